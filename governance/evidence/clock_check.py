"""The database's clock, by which audit events are dated: checked against this machine, and for jumps.

Three comparisons: with this machine's clock; with the time since this process last looked (by a clock that is never
set); and with the newest tree head, which was signed earlier.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from governance.guard.alarms import raise_alarm
from governance.ids import NIL
from governance.models import TreeHead
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action

log = logging.getLogger(__name__)
MOST_APART = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Look:
    """One reading: Unix seconds of the database's clock, and `time.monotonic()` of this process at that moment."""

    database: float
    steady: float


@dataclass(frozen=True, slots=True)
class Drift:
    """Seconds by which the database's clock is ahead of each reference; None where there was none to compare with."""

    of_this_machine: float
    since_last_look: float | None
    of_newest_head: float | None

    @property
    def is_jump(self) -> bool:
        """Return whether a difference exceeds MOST_APART.

        Being ahead of the newest head is normal and does not count.
        """
        apart = (self.of_this_machine, self.since_last_look or 0.0, min(0.0, self.of_newest_head or 0.0))
        return any(abs(one) > MOST_APART for one in apart)


_lock = threading.Lock()
_last: Look | None = None


def check_clock() -> Drift:
    """Read the clocks, and raise an alarm for a jump. Raises AuditUnavailable, DatabaseError.

    An answer that took longer than half of MOST_APART raises none.
    """
    global _last
    began = time.monotonic()
    with tenant_context(NIL), connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        database = float(cursor.fetchone()[0])
        steady, here = time.monotonic(), datetime.now(UTC).timestamp()
        head = TreeHead.objects.order_by("-size").values_list("at", flat=True).first()
    look = Look(database, steady)
    with _lock:
        last, _last = _last, look
    slow = steady - began  # the answer may have been on its way for as long
    drift = drift_of(look, last, here=here, newest_head=head.timestamp() if head else None)
    if drift.is_jump and slow < MOST_APART / 2:
        fields = {"of_this_machine": round(drift.of_this_machine, 1), "since_last_look": drift.since_last_look}
        log.error("clock_jumped", extra={"fields": fields})
        raise_alarm(Action.CLOCK_JUMPED)
    return drift


def drift_of(look: Look, last: Look | None, *, here: float, newest_head: float | None) -> Drift:
    """Return the drift of one reading. Pure."""
    since = None if last is None else (look.database - last.database) - (look.steady - last.steady)
    return Drift(look.database - here, since, None if newest_head is None else look.database - newest_head)
