"""A setting that asks for a package which is not installed stops the start, and says how to install it."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from api.configuration import extras
from api.configuration.env import BadSetting

ROOT = Path(__file__).parents[3]
ASKING = [
    ("BROKER_URL", {"BROKER_URL": "redis://127.0.0.1/0"}, "redis"),
    ("BROKER_URL", {"BROKER_URL": "rediss://127.0.0.1/0"}, "redis"),
    ("MEMSTORE_RATE_LIMIT_STORE", {"MEMSTORE_RATE_LIMIT_STORE": "redis://127.0.0.1/0"}, "redis"),
    ("MEMSTORE_ROOT_KEY", {"MEMSTORE_ROOT_KEY": "aws"}, "aws"),
    ("MEMSTORE_ROOT_KEY", {"MEMSTORE_ROOT_KEY": "vault", "VAULT_ADDR": "https://v", "VAULT_TOKEN": "t"}, "vault"),
    ("MEMSTORE_LEDGER", {"MEMSTORE_LEDGER": "s3://bucket/ledger"}, "s3"),
    ("MEMSTORE_AUDIT_ANCHORS", {"MEMSTORE_AUDIT_ANCHORS": "file:/a,s3://bucket/anchors"}, "s3"),
    (
        "MEMSTORE_OIDC_ISSUER",
        {"MEMSTORE_OIDC_ISSUER": "https://i", "MEMSTORE_OIDC_CLIENT_ID": "c", "MEMSTORE_OIDC_TENANT": "t"},
        "oidc",
    ),
]


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)


@pytest.mark.parametrize(("name", "environment", "extra"), ASKING)
def test_a_missing_package_stops_the_start_with_the_line_that_installs_it(
    name: str, environment: dict[str, str], extra: str, tmp_path: Path
) -> None:
    modules = extras.MODULES[extra]
    script = (
        f"import sys, importlib.util as u; sys.modules.update(dict.fromkeys({modules!r}))\n"
        f"whole = u.find_spec; u.find_spec = lambda name, *a: None if name in {modules!r} else whole(name, *a)\n"
        "import api.settings"
    )
    home = {"PATH": "/usr/bin:/bin", "MEMSTORE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=home | environment, capture_output=True, text=True, check=False
    )
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert f"{name}: expected the package {modules[0]}" in last
    assert shlex.split(last.partition("install it with: ")[2])[1:4] == ["-m", "pip", "install"]
    assert f"[{extra}]" in last
    assert "127.0.0.1" not in last


@pytest.mark.parametrize("broker", ["sqs://", "redis", "mongodb://x", "http://x", "REDIS://x"])
def test_a_broker_of_another_kind_is_refused(broker: str) -> None:
    with pytest.raises(BadSetting, match=r"BROKER_URL: expected redis://"):
        extras.require_scheme("BROKER_URL", broker, extras.BROKERS)


@pytest.mark.usefixtures("nothing_installed")
def test_a_broker_that_comes_with_kombu_needs_nothing() -> None:
    extras.require_scheme("BROKER_URL", "amqp://guest@127.0.0.1//", extras.BROKERS)
    extras.require_scheme("MEMSTORE_RATE_LIMIT_STORE", "memory://", extras.STORES)


def test_every_extra_of_the_project_is_known_or_for_developers() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(declared) - {"dev", "bench"} == set(extras.MODULES)
    for extra, modules in extras.MODULES.items():
        wanted = " ".join(declared[extra])
        assert all(module in wanted for module in modules)
