"""MEMSTORE_HOME: the one folder of the embedded profile (database, keys, logs, demo credentials)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from governance.secret_file import write_once

if TYPE_CHECKING:
    from pathlib import Path


def secret_key(home: Path) -> str:
    """Django's SECRET_KEY, made once and kept in a 0600 file."""
    return write_once(home / "secret.key", lambda: secrets.token_urlsafe(48).encode()).decode().strip()
