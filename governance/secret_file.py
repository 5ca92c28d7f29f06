"""Secrets in files: created once, with mode 0600, and replaced atomically."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return the content of `path`; create it with mode 0600 from `make()` when it is missing.

    Two processes that start at once agree on one content: it is linked into place whole, so no reader sees half a key.
    Raises OSError.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _written_beside(path, make())
    try:
        with contextlib.suppress(FileExistsError):  # another process was first; its content is the one
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path.read_bytes()


def private_folder(folder: Path) -> None:
    """Make `folder` with mode 0700 where it is missing.

    Made by root, it gets the owner of its parent folder.
    """
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        as_owner_of(folder.parent, folder)


def open_private(path: Path, flags: int) -> int:
    """Return a descriptor of `path`, created with mode 0600 where it is missing.

    Root may work in a folder of the services' user: a file that it creates there gets that owner, else the services
    could not write it. In such a folder it follows no symbolic link, which could lead to a file that only root may
    change. Raises OSError.
    """
    if os.geteuid() != 0:
        return os.open(path, flags, 0o600)
    owner = path.parent.stat()
    if owner.st_uid != 0:
        flags |= os.O_NOFOLLOW
    is_new = not path.exists()
    descriptor = os.open(path, flags, 0o600)
    if is_new:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def as_owner_of(example: Path, path: Path) -> None:
    """Give `path` the owner and group of `example`, when running as root; otherwise do nothing."""
    if os.geteuid() == 0:
        found = example.stat()
        os.chown(path, found.st_uid, found.st_gid, follow_symlinks=False)


def replace_file(path: Path, content: bytes) -> None:
    """Replace the content of `path` atomically and sync it to disk, or leave the old content.

    The old bytes may stay on the medium. An operator who needs certainty of their end keeps the root key outside this
    machine. Raises OSError.
    """
    temporary = _written_beside(path, content)
    try:
        if path.exists():
            as_owner_of(path, temporary)
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _written_beside(path: Path, content: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = open_private(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
