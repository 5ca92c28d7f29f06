"""System users, and access of one of them to a folder by an access-control entry: no other user gains anything."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from pathlib import Path

ATTRIBUTE = "system.posix_acl_access"
VERSION = (2).to_bytes(4, "little")
NO_ID = 0xFFFFFFFF
OWNER, USER, GROUP_OBJECT, MASK, OTHERS = 0x01, 0x02, 0x04, 0x10, 0x20
PASS = 1  # x

Entry = tuple[int, int, int]  # tag, permission, id: acl(5)


class AsUser(TypedDict, total=False):
    """Options of subprocess that choose the user of a child process."""

    cwd: str
    user: int
    group: int
    extra_groups: list[str | int]


def as_user(user: pwd.struct_passwd) -> AsUser:
    """Return the options that drop root's rights for those of `user`; without groups of root's."""
    return {"cwd": "/", "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def system_user(name: str) -> pwd.struct_passwd:
    """Return the user `name`, made when it is missing. Raises OSError, subprocess.SubprocessError."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command
        return pwd.getpwnam(name)


def let_through(folder: Path, user: pwd.struct_passwd) -> None:
    """Make each parent of `folder` passable (x) for `user`."""
    for parent in folder.absolute().parents:
        let_in(parent, user)


def let_in(folder: Path, user: pwd.struct_passwd) -> None:
    """Make `folder` itself passable for `user`, who can then open what is in it by its name and its own rights."""
    if may(user, "-x", folder):
        return
    try:
        os.setxattr(folder, ATTRIBUTE, _packed(_with(_entries(folder), user.pw_uid)))
    except OSError:
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)  # a file system without ACLs


def may(user: pwd.struct_passwd, what: str, path: Path) -> bool:
    """Return whether `user` may read (-r), write (-w) or pass (-x) the path, as the kernel decides."""
    return subprocess.run(["test", what, str(path)], check=False, **as_user(user)).returncode == 0  # noqa: S603, S607


def _entries(folder: Path) -> list[Entry]:
    try:
        raw = os.getxattr(folder, ATTRIBUTE)[len(VERSION) :]
    except OSError:
        mode = stat.S_IMODE(folder.stat().st_mode)
        return [(OWNER, mode >> 6 & 7, NO_ID), (GROUP_OBJECT, mode >> 3 & 7, NO_ID), (OTHERS, mode & 7, NO_ID)]
    parts = (raw[begin : begin + 8] for begin in range(0, len(raw), 8))
    return [tuple(int.from_bytes(part[a:b], "little") for a, b in ((0, 2), (2, 4), (4, 8))) for part in parts]  # type: ignore[misc]  # three of them


def _with(entries: list[Entry], uid: int) -> list[Entry]:
    """Return the entries with `u:uid:--x`, and a mask that lets it count."""
    found = {(tag, who): permission for tag, permission, who in entries}
    group = found[GROUP_OBJECT, NO_ID]
    found[USER, uid] = found.get((USER, uid), 0) | PASS
    found[MASK, NO_ID] = found.get((MASK, NO_ID), group) | PASS
    return [(tag, permission, who) for (tag, who), permission in sorted(found.items())]


def _packed(entries: list[Entry]) -> bytes:
    return VERSION + b"".join(
        tag.to_bytes(2, "little") + permission.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, permission, who in entries
    )
