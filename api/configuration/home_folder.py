"""MEMSTORE_HOME: the one folder of the embedded profile (database, keys, logs, demo credentials)."""

from __future__ import annotations

import secrets
from importlib.util import find_spec
from pathlib import Path

from governance.secret_file import write_once


def secret_key(home: Path) -> str:
    """Return Django's SECRET_KEY, made once and kept in a file of mode 0600."""
    return write_once(home / "secret.key", lambda: secrets.token_urlsafe(48).encode()).decode().strip()


def folders_of(package: str, name: str) -> list[Path]:
    """Return the folder `name` of an installed package, without importing it; empty when it is not installed."""
    found = find_spec(package)
    return [Path(place) / name for place in (found.submodule_search_locations or ())] if found else []
