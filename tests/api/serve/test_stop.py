"""A request to stop is noted at any time, and ends the command that a start is at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from api.serve.stop import Stop, Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stop() -> Iterator[Stop]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    made = Stop()
    made.listen()
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def command() -> Iterator[subprocess.Popen[str]]:
    """A command that would run for a minute."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], text=True) as running:
        yield running
        running.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_no_step_begins_after_the_signal(stop: Stop, number: signal.Signals) -> None:
    stop.check()
    os.kill(os.getpid(), number)
    assert stop.wanted
    with pytest.raises(Stopped):
        stop.check()


def test_the_signal_ends_the_command_that_a_start_is_at(stop: Stop, command: subprocess.Popen[str]) -> None:
    with stop.ends(command):
        os.kill(os.getpid(), signal.SIGTERM)
        assert command.wait(10) == -signal.SIGTERM


def test_a_command_that_begins_after_the_signal_is_ended_as_well(stop: Stop, command: subprocess.Popen[str]) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    with stop.ends(command):
        assert command.wait(10) == -signal.SIGTERM


def test_a_command_that_is_over_is_left_alone(stop: Stop, command: subprocess.Popen[str]) -> None:
    with stop.ends(command):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    assert command.poll() is None
