"""The watchdog ends a web process that gives no sign of life, and no other."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from api.serve.watchdog import NONE_SECONDS, SILENT_SECONDS, Vigil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def web() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as process:
        yield process
        process.kill()


@pytest.fixture
def vigil(tmp_path: Path) -> Vigil:
    made = Vigil(tmp_path / "run")
    made.begin()
    return made


def sign(vigil: Vigil, name: object, at: int = 0) -> None:
    path = vigil.folder / f"web.{name}"
    path.touch()
    os.utime(path, (at, at))


def ended(vigil: Vigil, group: int, seconds: float, *, given: int | None = None, name: object = None) -> list[int]:
    """Return the processes ended while one look a second is taken, with one sign or (None) a new one each time."""
    found: list[int] = []
    for second in range(1, int(seconds) + 1):
        sign(vigil, name if name is not None else group, second if given is None else given)
        found += vigil.end_silent(group, now=1000.0 + second)
    return found


def test_who_gives_signs_lives_on(vigil: Vigil, web: subprocess.Popen[bytes]) -> None:
    assert ended(vigil, web.pid, 3 * NONE_SECONDS) == []
    assert web.poll() is None


def test_who_falls_silent_is_ended(vigil: Vigil, web: subprocess.Popen[bytes]) -> None:
    assert ended(vigil, web.pid, SILENT_SECONDS + 5, given=7)[:1] == [web.pid]
    assert web.wait(5) == -9


def test_a_clock_that_is_set_ends_nobody(vigil: Vigil, web: subprocess.Popen[bytes]) -> None:
    for second, given in enumerate([5, 99_999_999, 99_999_999, 6, 6, 1], start=1):
        sign(vigil, web.pid, given)
        assert vigil.end_silent(web.pid, now=1000.0 + 2 * second) == []


def test_after_a_pause_of_the_whole_machine_nobody_is_ended(vigil: Vigil, web: subprocess.Popen[bytes]) -> None:
    sign(vigil, web.pid)
    vigil.end_silent(web.pid, now=1000.0)
    assert vigil.end_silent(web.pid, now=9000.0) == []
    assert vigil.end_silent(web.pid, now=9001.0 + 1) == []


def test_a_service_without_any_sign_is_started_again(vigil: Vigil, web: subprocess.Popen[bytes]) -> None:
    found: list[int] = []
    for second in range(int(NONE_SECONDS) + 10):
        found += vigil.end_silent(web.pid, now=1000.0 + second * 1.01)
    assert found == [web.pid]
    assert web.wait(5) == -9


@pytest.mark.parametrize("name", ["own", 1, 2**40, "x", "-1", "0x1", ""])
def test_no_process_of_another_group_is_ended(vigil: Vigil, web: subprocess.Popen[bytes], name: object) -> None:
    sign(vigil, web.pid)
    name = os.getpid() if name == "own" else name
    assert ended(vigil, web.pid, SILENT_SECONDS - 1, given=7, name=name) == []
    assert os.getpgid(os.getpid()) != web.pid


def test_signs_of_an_earlier_run_say_nothing(vigil: Vigil) -> None:
    sign(vigil, 1)
    (vigil.folder / "worker").touch()
    assert vigil.is_ready("worker")
    vigil.begin()
    assert not vigil.is_ready("worker")
    assert list(vigil.folder.iterdir()) == []
