"""Folders of the embedded PostgreSQL's unix sockets: one for the user that runs the server, one for the services."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

SOCKET_PATH_BYTES = 107  # sun_path on Linux, without its closing NUL
SOCKET_NAME = ".s.PGSQL.5432.lock"
TOLD_FOLDER = "MEMSTORE_SOCKET_FOLDER"  # from the supervisor to its services; never set by hand


def socket_folder(home: Path) -> Path:
    """Return the folder of the server's own socket: its data folder, or a temporary one.

    It is the data folder if a socket's path there fits into sun_path and needs no quoting.
    """
    data = home.absolute() / "postgres"
    plain = not set(str(data)) & set(" ,'\"\\")
    if plain and len(os.fsencode(data / SOCKET_NAME)) <= SOCKET_PATH_BYTES:
        return data
    name = hashlib.sha256(os.fsencode(home.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"memstore-{name}"


def service_folder(home: Path) -> Path:
    """Return the socket folder for services that run as another user and may not enter the server's data folder."""
    folder = socket_folder(home)
    return folder.with_name("socket" if folder.name == "postgres" else f"{folder.name}-app")


def reachable_folder(home: Path) -> Path:
    """Return the folder to connect to: the one the supervisor gave this service, or else the server's own."""
    return Path(os.environ.get(TOLD_FOLDER) or socket_folder(home))
