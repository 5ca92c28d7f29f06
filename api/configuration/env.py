"""Typed readers of environment variables. A bad value stops the start with its name and what was expected.

Each reader notes the name that it was asked for, so that a misspelled one can be told from a setting.
"""

from __future__ import annotations

import os
import re
from difflib import SequenceMatcher, get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SHORTEST_TOKEN = 16
# Every variable with such a name is ours.
OWN = ("MEMSTORE_", "KEYS_DATABASE_")
# Other programs have variables of these names as well: one is ours when it is a slip away from a setting.
SHARED = ("OPENAI_", "VAULT_", "BROKER_", "MEMST")
SLIP = 0.9  # of difflib's ratio: one letter of ten is wrong or missing, or two neighbours have changed places
# Names that the settings do not read, or not always: the owner's addresses, those of supervisor and services, and
# those of tests and attacks.
ELSEWHERE = (
    *("DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE", "KEYS_DATABASE_OWNER_URL", "KEYS_DATABASE_OWNER_URL_FILE"),
    *("MEMSTORE_SOCKET_FOLDER", "MEMSTORE_TEST_HOME", "MEMSTORE_TEST_PG"),
    *("MEMSTORE_ATTACK_CONNECTIONS", "MEMSTORE_ATTACK_SECONDS"),
)
# Set by Kubernetes in every pod for a Service named memstore, or memstore-something; the second with an address.
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
SERVICE = re.compile(r"MEMSTORE_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
SERVICE_ADDRESS = re.compile(r"MEMSTORE_(\w+_)?PORT=(tcp|udp|sctp)://.*")
_known = set(ELSEWHERE)


class BadSetting(ImproperlyConfigured):
    """A setting with a bad value.

    `name` is the variable; the message says what was expected and never repeats the value.
    """

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: expected {expected}")
        self.name = name
        self.expected = expected


class UnknownSetting(BadSetting):
    """A variable that no setting is read from; `nearest` is the setting that was probably meant, or empty."""

    def __init__(self, name: str, nearest: str) -> None:
        super().__init__(name, nearest or "a setting of docs/settings.md")
        meant = f"Did you mean {nearest}?" if nearest else "docs/settings.md lists all of them."
        self.args = (f"{name} is not a setting. {meant}",)


def refuse_unknown() -> None:
    """Refuse variables that look like a setting and are none. Call it when all settings have been read.

    A misspelled safety setting would silently have its default. Raises UnknownSetting.
    """
    for name in sorted(os.environ.keys() - _known):
        written = name.upper()
        if written.startswith(OWN):
            if SERVICE.fullmatch(name) or SERVICE_ADDRESS.fullmatch(f"{name}={os.environ[name]}"):
                continue
            # Compared without the prefix, which makes everything alike; some settings have none: MEMSTORE_PORT.
            bare = {known.removeprefix(OWN[0]): known for known in sorted(_known)}
            nearest = get_close_matches(written.removeprefix(OWN[0]), bare, n=1)
            raise UnknownSetting(name, bare[nearest[0]] if nearest else "")
        if written.startswith(SHARED):
            for known in sorted(_known):
                # A name longer than the setting is another program's: OPENAI_API_KEY_2.
                if len(name) <= len(known) and SequenceMatcher(None, written, known).ratio() >= SLIP:
                    raise UnknownSetting(name, known)


def text(name: str, default: str = "") -> str:
    _known.add(name)
    return os.environ.get(name, "").strip() or default


def secret(name: str) -> str:
    """Return the value of `name`, or the content of the file named by `name_FILE` (mode 0600 or stricter advised).

    Raises BadSetting for a file that cannot be read.
    """
    _known.add(name)
    path = text(f"{name}_FILE")
    if not path:
        return text(name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{name}_FILE", "the path of a readable text file") from error


def token(name: str) -> str:
    """Return a secret of at least 16 characters, or "" without one. Raises BadSetting for a shorter one."""
    value = secret(name)
    if value and len(value) < SHORTEST_TOKEN:
        raise BadSetting(name, f"at least {SHORTEST_TOKEN} characters")
    return value


def integer(name: str, default: int, *, low: int, high: int) -> int:
    raw = text(name)
    if not raw:
        return default
    expected = f"a whole number from {low} to {high}"
    try:
        value = int(raw)
    except ValueError:
        raise BadSetting(name, expected) from None
    if not low <= value <= high:
        raise BadSetting(name, expected)
    return value


def flag(name: str, *, default: bool) -> bool:
    raw = text(name).lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(name, "1 or 0")


def choice(name: str, default: str, options: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in options:
        raise BadSetting(name, "one of " + ", ".join(options))
    return value


def names(name: str, default: tuple[str, ...]) -> list[str]:
    """Return the entries of a comma-separated list; `default` without a value."""
    raw = text(name)
    return [part.strip() for part in raw.split(",") if part.strip()] if raw else list(default)


def anchors(name: str, default: str) -> list[tuple[str, str]]:
    """Return `file:<folder>` and `s3://<bucket>/<prefix>`, separated by commas, as (kind, place); `none` adds none.

    Raises BadSetting.
    """
    expected = "none, or file:/a/folder and s3://bucket/prefix separated by commas"
    found = []
    for entry in names(name, (default,)):
        kind, _, place = entry.partition(":")
        if entry == "none":
            continue
        if kind == "file" and Path(place).is_absolute():
            found.append(("file", place))
        elif kind == "s3" and place.strip("/"):
            found.append(("s3", place.strip("/")))
        else:
            raise BadSetting(name, expected)
    return found


def ledger(name: str, default: Path) -> tuple[str, str]:
    """Return `file:<absolute path>` or `s3://<bucket>/<prefix>` as (kind, place). Raises BadSetting."""
    kind, _, place = text(name, f"file:{default}").partition(":")
    if kind == "file" and Path(place).is_absolute() and not Path(place).is_dir():
        return kind, place
    if kind == "s3" and place.strip("/"):
        return kind, place.strip("/")
    raise BadSetting(name, "file:/a/file or s3://bucket/prefix")


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return a comma-separated list of addresses and networks; empty without a value. Raises BadSetting."""
    try:
        return tuple(ip_network(part) for part in names(name, ()))
    except ValueError:
        raise BadSetting(name, "networks such as 10.0.0.0/8, ::1") from None


def sink(name: str, default: Path) -> str:
    """Return the second witness's sink: `file:<absolute path>`, `syslog:`, `syslog:<host>:<port>` or `none:`.

    Raises BadSetting.
    """
    kind, _, place = text(name, f"file:{default}").partition(":")
    expected = "file:<path>, syslog:, syslog:<host>:<port> or none"
    if (kind, place) in {("none", ""), ("syslog", "")}:
        return f"{kind}:"
    if kind == "file" and place and not Path(place).is_dir():
        return f"file:{Path(place).absolute()}"
    host, _, port = place.rpartition(":")
    sound = kind == "syslog" and host.strip("[]") and port.isascii() and port.isdigit() and int(port) in range(1, 65536)
    if not sound:
        raise BadSetting(name, expected)
    return f"syslog:{place}"


def http_url(name: str) -> str:
    value = text(name)
    if not value:
        return ""
    expected = "an http:// or https:// address"
    try:
        parts = urlsplit(value)
    except ValueError:
        raise BadSetting(name, expected) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSetting(name, expected)
    return value


def postgres_url(name: str) -> dict[str, str]:
    """Return `postgresql://user:password@host:port/database?sslmode=...` as parts of a Django DATABASES entry.

    Options of the query come as OPTION_<name>. Empty without a value. Raises BadSetting.
    """
    value = secret(name)
    if not value:
        return {}
    expected = "postgresql://user:password@host:port/database"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise BadSetting(name, expected) from None
    database = unquote(parts.path.lstrip("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not database:
        raise BadSetting(name, expected)
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": database,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(port or options.pop("port", "")),
        **{f"OPTION_{key}": option for key, option in options.items()},
    }
