"""Second witness: each process reports the events that it commits to a place that the database cannot reach.

A change of the trail before the sealer saw the event shows when the two are compared
(`governance.evidence.witness_comparison`). Reporting waits for nothing: there is a bounded backlog in memory, and one
thread that writes. When the backlog is full, the newest lines are dropped and counted, and until there is room again
the guard lets no special or criminal data be read in clear.

A line holds ids, words and counts; no address, no list of memories, no content.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from django.conf import settings

from governance.guard.witness_sinks import open_sink

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from governance.guard.witness_sinks import Sink

    # The values of FIELDS, in their order.
    Told = tuple[UUID | str | int | bytes | None, ...]

log = logging.getLogger(__name__)

FIELDS = (
    "id",
    "tenant",
    "type",
    "reason",
    "principal",
    "role",
    "job",
    "request",
    "subject",
    "object",
    "purpose_version",
    "lawful_basis",
    "n_items",
    "item_digest",
)
BATCH = 200  # lines that are written together: about a millisecond of work
GATHER_SECONDS = 0.02  # a busy process wakes the thread fifty times a second, not once per event
CHECK_SECONDS = 2.0
HEARTBEAT_SECONDS = 10.0
RETRY_SECONDS = 0.5
OVERFLOW_SECONDS = 60.0  # between two events about dropped lines
BEHIND_SECONDS = 30.0  # without a line written, heartbeats included
FLUSH_SECONDS = 2.0  # that an ending process spends on its last lines


@dataclass(frozen=True, slots=True)
class WitnessState:
    """State of the witness of one process.

    `written`, `dropped`, `lost` and `backlog` are counts. `quiet_seconds`: since the last line was written; None before
    the first event.
    """

    written: int
    dropped: int
    lost: int
    backlog: int
    full: bool
    quiet_seconds: float | None

    @property
    def is_behind(self) -> bool:
        return self.full or (self.quiet_seconds is not None and self.quiet_seconds > BEHIND_SECONDS)


class Witness:
    """Bounded backlog of lines, and the thread that empties it into `sink`.

    `report(n_dropped)` records an incident: lines dropped, or with 0 that written lines are gone. It runs in the
    thread, and is called again when it raises.
    """

    def __init__(self, sink: Sink, *, backlog: int, report: Callable[[int], None]) -> None:
        self.full = False
        self._sink = sink
        self._limit = backlog
        self._report = report
        self._lines: SimpleQueue[tuple[int, Told] | None] = SimpleQueue()
        self._unwritten = b""  # whole lines that the sink has not taken yet
        self._n_unwritten = 0
        self._written = self._dropped = self._lost = 0
        self._robbed = False  # not on the record yet
        self._n_reported = 0  # of the dropped lines
        self._overflow_at = self._report_at = -OVERFLOW_SECONDS
        self._heartbeat_at = self._failed_at = -HEARTBEAT_SECONDS
        self._wrote_at = time.monotonic()
        self._ending = self._given_up = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def tell(self, told: Told) -> None:
        """Report one line. Never waits and never raises; called when the event's transaction has committed."""
        if self._lines.qsize() >= self._limit:
            with self._lock:
                self._dropped += 1
                self.full = True
            return
        self._lines.put((time.time_ns(), told))
        if self._thread is None:
            self._start()

    def state(self) -> WitnessState:
        """Return the present counts of this witness."""
        backlog = self._lines.qsize() + self._n_unwritten
        quiet = None if self._thread is None else time.monotonic() - self._wrote_at
        return WitnessState(self._written, self._dropped, self._lost, backlog, self.full, quiet)

    def end(self, seconds: float = FLUSH_SECONDS) -> None:
        """Write the waiting lines and stop; lines that take longer than `seconds` are left."""
        if self._thread is not None:
            self._lines.put(None)
            self._thread.join(seconds)
            self._given_up = True

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._wrote_at = time.monotonic()
                self._thread = threading.Thread(target=self._run, name="audit-witness", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._given_up and (self._unwritten or not self._ending):
            try:
                if self._unwritten:
                    time.sleep(RETRY_SECONDS)  # the sink could not take it all
                else:
                    self._take()
                self._look()
                self._write()
                self._tell_of_incidents()
            except Exception as error:  # noqa: BLE001 - the witness outlives whatever goes wrong
                self._complain(error)
        self._sink.close()

    def _take(self) -> None:
        """Gather the next lines, and a heartbeat every HEARTBEAT_SECONDS."""
        try:
            first = self._lines.get(timeout=CHECK_SECONDS)
        except Empty:
            self._add_heartbeat()
            return
        if self._lines.qsize() < BATCH:
            time.sleep(GATHER_SECONDS)
        batch = [first]
        while len(batch) < BATCH and batch[-1] is not None:
            try:
                batch.append(self._lines.get_nowait())
            except Empty:
                break
        lines = [_line(*entry) for entry in batch if entry is not None]
        self._unwritten, self._n_unwritten = b"".join(lines), len(lines)
        self._ending = batch[-1] is None
        self._add_heartbeat()

    def _add_heartbeat(self) -> None:
        now = time.monotonic()
        if now - self._heartbeat_at >= HEARTBEAT_SECONDS:
            self._heartbeat_at = now
            self._unwritten += _heartbeat(self.state())

    def _look(self) -> None:
        if self._sink.is_robbed():
            self._lost += 1
            self._robbed = True
            log.error("witness_lost")

    def _write(self) -> None:
        if not self._unwritten:
            return
        taken = self._sink.write(self._unwritten)
        whole = self._unwritten.rfind(b"\n", 0, taken) + 1
        self._written += self._unwritten.count(b"\n", 0, whole)
        # A line that was taken in part is written again as a whole, on a line of its own.
        self._unwritten = (b"\n" if taken > whole else b"") + self._unwritten[whole:]
        if whole:
            self._wrote_at = time.monotonic()
        if not self._unwritten:
            self._n_unwritten = 0
            if self.full and self._lines.qsize() <= self._limit // 2:
                self.full = False

    def _tell_of_incidents(self) -> None:
        now, dropped = time.monotonic(), self._dropped
        overflowed = dropped > self._n_reported and now - self._overflow_at >= OVERFLOW_SECONDS
        if not (self._robbed or overflowed) or now < self._report_at:
            return
        self._report_at = now + CHECK_SECONDS  # when the record cannot be written, it is tried again then
        if self._robbed:
            self._report(0)
            self._robbed = False
        if overflowed:
            self._report(dropped - self._n_reported)
            self._overflow_at, self._n_reported = now, dropped

    def _complain(self, error: Exception) -> None:
        """Log the failure, at most every HEARTBEAT_SECONDS: a log line for each try would fill a full disk."""
        now = time.monotonic()
        if now - self._failed_at >= HEARTBEAT_SECONDS:
            self._failed_at = now
            log.error("witness_failed", extra={"fields": {"problem": type(error).__name__}})


def _line(told_at_ns: int, told: Told) -> bytes:
    fields: dict[str, object] = {name: _plain(value) for name, value in zip(FIELDS, told, strict=True)}
    fields |= {"pid": os.getpid(), "told_at": _moment(told_at_ns)}
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _plain(value: UUID | str | int | bytes | None) -> str | int | None:
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, (str, int)) else str(value)


def _heartbeat(state: WitnessState) -> bytes:
    said = {"heartbeat": True, "pid": os.getpid(), "told_at": _moment(time.time_ns())}
    counts = {"written": state.written, "dropped": state.dropped, "backlog": state.backlog}
    return json.dumps(said | counts, separators=(",", ":")).encode() + b"\n"


def _moment(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat(timespec="microseconds")


# The witness of this process


def _unreported(_n_dropped: int) -> None:
    """Record nothing: until the application is loaded, the log line is all there is."""


_report: Callable[[int], None] = _unreported
_current: Witness | None = None
_is_off = False
_beginning = threading.Lock()


def report_with(report: Callable[[int], None]) -> None:
    """Set how this process records an incident. Called once, when the application is loaded."""
    global _report  # noqa: PLW0603 - one witness per process
    _report = report


def tell(told: Told) -> None:
    """Report a committed event to this process's witness, which the first call starts."""
    if _current is not None:
        _current.tell(told)
    elif not _is_off:
        _begin()
        tell(told)


def is_full() -> bool:
    """Return whether lines are being dropped."""
    return _current is not None and _current.full


def state() -> WitnessState | None:
    """Return the state of this process's witness; None where none is configured, or none was needed yet."""
    return None if _current is None else _current.state()


def _begin() -> None:
    global _current, _is_off  # noqa: PLW0603 - one witness per process, started by its first event
    with _beginning:
        if _current is not None or _is_off:
            return
        sink = open_sink(settings.MEMSTORE_WITNESS, max_megabytes=settings.MEMSTORE_WITNESS_MAX_MB)
        if sink is None:
            _is_off = True
            return
        _current = Witness(sink, backlog=settings.MEMSTORE_WITNESS_BACKLOG, report=_report)
        atexit.register(end)


def end() -> None:
    """Write the waiting lines, before the process ends."""
    if _current is not None:
        _current.end()


def _forget() -> None:
    """Drop the witness in a forked child, which has neither the thread nor a right to the parent's lines."""
    global _current, _beginning  # the lock may have been held in the parent
    _current, _beginning = None, threading.Lock()
    atexit.unregister(end)


os.register_at_fork(after_in_child=_forget)
