"""Optional packages that some settings need: without them the start is refused with the line that installs them."""

from __future__ import annotations

import sys
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from api.configuration.env import BadSetting

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(str(resources.files("api"))).resolve().parent
# Extra of pyproject.toml, and the modules that it brings. A broker over AMQP needs none: kombu brings its driver.
MODULES = {
    "redis": ("redis",),
    "s3": ("boto3",),
    "aws": ("boto3",),
    "vault": ("hvac",),
    "oidc": ("authlib", "joserfc", "requests"),
}
REDIS = ("redis", "rediss", "sentinel", "redis+cluster", "redis+sentinel")
BROKERS = (*REDIS[:3], "amqp", "amqps", "pyamqp")
STORES = ("memory", *REDIS)


def require(setting: str, extra: str) -> None:
    """Check that the packages of `extra` are installed. Raises BadSetting, which names `setting`, if one is missing."""
    missing = [module for module in MODULES[extra] if find_spec(module) is None]
    if missing:
        raise BadSetting(setting, f"the package {missing[0]} to be there; install it with: {install_line(extra)}")


def require_scheme(setting: str, address: str, known: Iterable[str]) -> None:
    """Check that the scheme of `address` is among `known` and its package installed. Raises BadSetting."""
    scheme = address.partition("://")[0]
    if "://" not in address or scheme not in known:
        raise BadSetting(setting, " or ".join(f"{name}://" for name in known))
    if scheme in REDIS:
        require(setting, "redis")


def install_line(extra: str) -> str:
    """Return a command that can be pasted to install `extra` for this Python, from where this code is."""
    source = f"{ROOT}[{extra}]" if (ROOT / "pyproject.toml").exists() else f"memstore[{extra}]"
    return f"{sys.executable} -m pip install '{source}'"
