"""Files that root makes in a folder of the services' user belong to that user; no link of theirs is followed."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import pytest

from governance.secret_file import open_private, private_folder, replace_file, write_once

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")
NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
    return folder


def test_what_root_makes_there_is_theirs(theirs: Path) -> None:
    private_folder(theirs / "deep")
    os.close(open_private(theirs / "deep" / "lines", os.O_WRONLY | os.O_CREAT))
    write_once(theirs / "key", lambda: b"k")
    for path in (theirs / "deep", theirs / "deep" / "lines", theirs / "key"):
        assert path.stat().st_uid == NOBODY.pw_uid
        assert path.stat().st_mode & 0o077 == 0


def test_what_takes_a_files_place_belongs_to_the_same(tmp_path: Path) -> None:
    key = tmp_path / "root.key"  # the service's file in root's folder
    key.write_bytes(b"old")
    os.chown(key, NOBODY.pw_uid, NOBODY.pw_gid)
    replace_file(key, b"new")
    assert (key.read_bytes(), key.stat().st_uid) == (b"new", NOBODY.pw_uid)
    assert tmp_path.stat().st_uid == 0


def test_what_was_there_keeps_its_owner(theirs: Path) -> None:
    (theirs / "lines").write_bytes(b"")
    os.close(open_private(theirs / "lines", os.O_WRONLY | os.O_CREAT))
    assert (theirs / "lines").stat().st_uid == 0


def test_root_follows_no_link_of_theirs(theirs: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"as it was")
    (theirs / "lines").symlink_to(precious)
    with pytest.raises(OSError, match="symbolic links"):
        open_private(theirs / "lines", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    assert precious.read_bytes() == b"as it was"
