"""The watchdog of the services' signs of life: it ends a web process that gives none, and knows which are ready."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SILENT_SECONDS = 15.0
NONE_SECONDS = 60.0
LOOK_SECONDS = 1.0


@dataclass
class Vigil:
    """The signs in `folder`. Times are of the monotonic clock: a file's own time jumps with the wall clock."""

    folder: Path
    _seen: dict[int, tuple[int, float]] = field(default_factory=dict)  # pid: (its sign's time, when that was new)
    _any_at: float = 0.0
    _looked_at: float = 0.0

    def begin(self) -> None:
        """Empty the folder: signs of an earlier run say nothing."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for sign in self.folder.iterdir():
            if sign.name in {"worker", "scheduler"} or sign.name.startswith("web."):
                sign.unlink(missing_ok=True)

    def is_ready(self, name: str) -> bool:
        """Return whether `worker` or `scheduler` has given its sign."""
        return (self.folder / name).exists()

    def end_silent(self, group: int, *, now: float | None = None) -> list[int]:
        """Kill the web processes of this process group that gave no sign for 15 s. Returns their ids.

        Without a sign of any for a minute, the group's leader is killed, so that all of it is started again. Nothing is
        concluded after a pause of our own (a suspended machine): all signs are old then.
        """
        now = time.monotonic() if now is None else now
        if now - self._looked_at < LOOK_SECONDS:
            return []
        rested, self._looked_at = now - self._looked_at > SILENT_SECONDS / 3, now
        signs = {pid: given for pid, given in self._given() if _group_of(pid) == group}
        self._seen = {pid: seen for pid, seen in self._seen.items() if pid in signs}
        for pid, given in signs.items():
            if rested or self._seen.get(pid, (0, 0.0))[0] != given:
                self._seen[pid] = (given, now)
                self._any_at = now
        if rested:
            self._any_at = now
        silent = [pid for pid, (_, seen_at) in self._seen.items() if now - seen_at > SILENT_SECONDS]
        if now - self._any_at > NONE_SECONDS:
            self._any_at = now
            silent = [group]
        for pid in silent:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return silent

    def _given(self) -> Iterator[tuple[int, int]]:
        """Yield each web process's id and the time of its sign; signs of processes that are gone are removed."""
        for sign in self.folder.glob("web.*"):
            number = sign.name.removeprefix("web.")
            if not (number.isascii() and number.isdigit()):
                continue
            if _group_of(int(number)) is None:
                sign.unlink(missing_ok=True)
                continue
            with contextlib.suppress(FileNotFoundError):
                yield int(number), sign.lstat().st_mtime_ns


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except (ProcessLookupError, OverflowError):
        return None
