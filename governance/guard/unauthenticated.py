"""Refusals of callers who are not authenticated, counted per minute and process.

So a flood of such requests cannot fill the disk with events.
"""

from __future__ import annotations

import threading
import time

from governance.guard import audit_event
from governance.ids import NIL, uuid7
from governance.vocabulary import Action, ReasonCode, Role, SystemJob

WINDOW_SECONDS = 60.0


class _Counter:
    """Counter of refusals: the first of a minute is written at once, the rest with the first of the next one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = 0
        self._written_at = -WINDOW_SECONDS

    def note(self) -> int:
        """Count one refusal. Return how many to write now: 0 while the minute lasts."""
        with self._lock:
            self._waiting += 1
            now = time.monotonic()
            if now - self._written_at < WINDOW_SECONDS:
                return 0
            count, self._waiting, self._written_at = self._waiting, 0, now
            return count


_counter = _Counter()


def note_refusal() -> None:
    """Record refusals under the nil tenant, since no tenant is known yet. Raises AuditUnavailable."""
    count = _counter.note()
    if count:
        audit_event.write_alone(
            audit_event.Event(
                type=Action.AUTHENTICATE,
                reason=ReasonCode.KEY_UNKNOWN,
                tenant_id=NIL,
                principal_id=NIL,
                role=Role.SYSTEM,
                job=SystemJob.DOOR,
                request_id=uuid7(),
                n_items=count,
            )
        )
