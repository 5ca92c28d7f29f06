"""A Celery scheduler on the monotonic clock: when the computer's time is set back an hour, the sweep still runs.

Celery's own scheduler stores the time of day of each entry's last run and waits until the clock has caught up with it.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from celery.beat import ScheduleEntry, Scheduler
from celery.schedules import schedstate, schedule

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


DRIFT = 0.01  # seconds that a tick takes, as in Celery's own


class Every(schedule):
    """A schedule of every so many seconds, the first run at once.

    Its state is in memory: after a restart all is due.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self._next = 0.0

    def begin(self) -> None:
        """Note that a run begins; the next one is due `seconds` later."""
        self._next = monotonic() + self.seconds

    def is_due(self, last_run_at: datetime) -> schedstate:
        """Return whether a run is due, and the seconds until the next check. Ignores Celery's `last_run_at`."""
        left = self._next - monotonic()
        return schedstate(is_due=left <= 0, next=left if left > 0 else self.seconds)


class SteadyScheduler(Scheduler):
    """Celery's scheduler with its heap ordered by the monotonic clock. It keeps no file."""

    def setup_schedule(self) -> None:
        super().setup_schedule()
        for entry in self.schedule.values():
            if type(entry.schedule) is schedule:
                entry.schedule = Every(entry.schedule.seconds)

    def reserve(self, entry: ScheduleEntry) -> ScheduleEntry:  # type: ignore[override]  # the stubs say an event
        if isinstance(entry.schedule, Every):
            entry.schedule.begin()
        return super().reserve(entry)  # type: ignore[return-value]  # as above

    def _when(self, entry: ScheduleEntry, next_time_to_run: float, mktime: Callable[..., float] | None = None) -> float:
        return monotonic() + max(0.0, next_time_to_run - DRIFT)
