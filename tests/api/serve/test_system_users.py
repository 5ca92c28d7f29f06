"""One more user may pass a folder: those who could before still can, and no other user gains anything."""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.serve.system_users import ATTRIBUTE, let_in, let_through, may

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act as other users")
NOBODY, DAEMON, BIN = (pwd.getpwnam(name) for name in ("nobody", "daemon", "bin"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A private folder, in a place that every user may pass and whose file system has ACLs."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        made = Path(name) / "private"
        made.mkdir(mode=0o700)
        Path(name).chmod(0o755)
        yield made


def test_two_users_pass_and_a_third_does_not(folder: Path) -> None:
    for user in (NOBODY, DAEMON, NOBODY):
        let_in(folder, user)
    assert [may(user, "-x", folder) for user in (NOBODY, DAEMON, BIN)] == [True, True, False]
    assert [may(NOBODY, what, folder) for what in ("-r", "-w")] == [False, False]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o710  # the group's bits show the mask


def test_an_entry_of_the_administrators_own_stays(folder: Path) -> None:
    let_in(folder, NOBODY)
    raw = bytearray(os.getxattr(folder, ATTRIBUTE))
    at = raw.index(NOBODY.pw_uid.to_bytes(4, "little")) - 2
    raw[at] = 7
    mask = next(begin for begin in range(4, len(raw), 8) if raw[begin] == 0x10)
    raw[mask + 2] = 7
    os.setxattr(folder, ATTRIBUTE, bytes(raw))
    let_in(folder, DAEMON)
    assert [may(NOBODY, what, folder) for what in ("-r", "-w", "-x")] == [True] * 3
    assert [may(DAEMON, what, folder) for what in ("-r", "-w", "-x")] == [False, False, True]


def test_parents_are_passed_and_the_folder_itself_stays_shut(folder: Path) -> None:
    inner = folder / "a" / "b"
    inner.mkdir(mode=0o700, parents=True)
    let_through(inner, NOBODY)
    assert may(NOBODY, "-x", folder)
    assert may(NOBODY, "-x", folder / "a")
    assert not may(NOBODY, "-x", inner)
    assert not may(BIN, "-x", folder)
