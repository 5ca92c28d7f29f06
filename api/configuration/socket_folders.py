"""The folders of the embedded PostgreSQL's unix sockets: where who starts it connects, and where the services do."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

SOCKET_PATH_BYTES = 107  # sun_path on Linux, without its closing NUL
SOCKET_NAME = ".s.PGSQL.5432.lock"
TOLD_FOLDER = "MEMSTORE_SOCKET_FOLDER"  # from the supervisor to its services; nobody sets it by hand


def socket_folder(home: Path) -> Path:
    """Where clients find the server of `home`. The data folder, if a socket's path there fits and needs no quoting."""
    data = home.absolute() / "postgres"
    plain = not set(str(data)) & set(" ,'\"\\")
    if plain and len(os.fsencode(data / SOCKET_NAME)) <= SOCKET_PATH_BYTES:
        return data
    name = hashlib.sha256(os.fsencode(home.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"memstore-{name}"


def service_folder(home: Path) -> Path:
    """Where the services find it that run as another user than the server's and may not enter its data folder."""
    folder = socket_folder(home)
    return folder.with_name("socket" if folder.name == "postgres" else f"{folder.name}-app")


def reachable_folder(home: Path) -> Path:
    """Where this process connects: what the supervisor told it as a service, or the server's own folder."""
    return Path(os.environ.get(TOLD_FOLDER) or socket_folder(home))
