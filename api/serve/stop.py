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
        self._interruptible: subprocess.Popen[str] | None = None

    def listen(self) -> None:
        """Take the signals from here on."""
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGINT, self._note)

    def check(self) -> None:
        """Between two steps of a start. Raises Stopped."""
        if self.wanted:
            raise Stopped

    @contextmanager
    def ends(self, process: subprocess.Popen[str]) -> Iterator[None]:
        """End this process as well when the signal comes, or has come. Only for what may be ended at any point."""
        self._interruptible = process
        try:
            if self.wanted:
                process.terminate()
            yield
        finally:
            self._interruptible = None

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.wanted = True
        if self._interruptible is not None:
            self._interruptible.terminate()
