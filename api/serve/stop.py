"""The request to stop, which comes as a signal at any time: noted, and passed on to the command that a start is at."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from types import FrameType


class Stopped(Exception):
    """A start was asked to stop before it had come to its end."""


class Stop:
    """`wanted` is true once SIGTERM or SIGINT has come."""

    def __init__(self) -> None:
        self.wanted = False
        self._passed_to: subprocess.Popen[str] | None = None

    def listen(self) -> None:
        """Take the signals from here on."""
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGINT, self._note)

    def check(self) -> None:
        """Raise Stopped if a stop is wanted: called between two steps of a start."""
        if self.wanted:
            raise Stopped

    @contextmanager
    def ends(self, process: subprocess.Popen[str]) -> Iterator[None]:
        """Pass the signal on to this process, as SIGTERM, when it comes or has come."""
        self._passed_to = process
        try:
            if self.wanted:
                process.terminate()
            yield
        finally:
            self._passed_to = None

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.wanted = True
        if self._passed_to is not None:
            self._passed_to.terminate()
