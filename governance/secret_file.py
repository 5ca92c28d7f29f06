"""Secrets in files: made once, mode 0600, never half-written."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of `path`; created with mode 0600 when missing. Two starters at once agree on one content.

    The content is linked into place whole, so that no reader ever sees half a key. Raises OSError.
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
    """Make `folder` (0700) where it is missing; made by root, it belongs to whom the one above belongs to."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        as_owner_of(folder.parent, folder)


def open_private(path: Path, flags: int) -> int:
    """A descriptor of `path`, made with mode 0600 where it is missing. Raises OSError.

    Root may work in a folder of the services' user: what it makes there is theirs, else they could not go on; and it
    follows no link of theirs to a file that only root may change.
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
    """As root, give `path` to whom `example` belongs to."""
    if os.geteuid() == 0:
        found = example.stat()
        os.chown(path, found.st_uid, found.st_gid, follow_symlinks=False)


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` where the old one was, whole and on the disk, or leave the old one. Raises OSError.

    The old bytes may stay on the medium: who must be sure of their end keeps the root key outside this machine.
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
