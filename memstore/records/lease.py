"""Leases on the rows of a work queue (jobs, erasures): a worker takes a due row for a limited time.

`attempt` is the fencing token: a worker that returns after its lease has ended matches no row, and changes nothing. The
row decides; the message to a worker is a hint.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from celery import current_app
from django.conf import settings
from django.db.models import Q

from governance.models import Erasure
from memstore.models import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.db.models import QuerySet

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(minutes=5)

Row = TypeVar("Row", Job, Erasure)


@dataclass(frozen=True)
class LeaseQueue(Generic[Row]):
    """Rows of one table that workers take under a lease. All methods but `hint` run inside the tenant's context."""

    name: str  # of a row in the log
    task: str  # the Celery task that a hint is for
    rows: Callable[[], QuerySet[Row]]
    running: Q  # taken by a worker, whose lease may have ended
    untaken: Q  # due, without any lease

    def hint(self, row_id: UUID, tenant_id: UUID) -> None:
        """Tell a worker. A lost hint costs seconds: the sweep finds the row."""
        try:
            current_app.send_task(self.task, [str(row_id), str(tenant_id)], ignore_result=True)
        except Exception as error:  # noqa: BLE001 - each broker fails in its own way, and none may fail the request
            log.warning("hint_lost", extra={"fields": {self.name: str(row_id), "problem": type(error).__name__}})

    def due(self) -> QuerySet[Row]:
        """Rows that no worker holds: never taken, or with a lease that has ended."""
        return self.rows().filter(self.untaken | (self.running & lease_has_ended()))

    def lock_due(self, row_id: UUID) -> Row | None:
        """Lock the row, or return None when it is finished, held by another worker, being taken, or gone."""
        return self.due().select_for_update(skip_locked=True).filter(id=row_id).first()

    def held(self, row_id: UUID, attempt: int) -> QuerySet[Row]:
        """The row while the lease of this attempt is the last one; no row afterwards."""
        return self.rows().filter(self.running, id=row_id, attempt=attempt)


def take_lease(row: Job | Erasure, *, changed: tuple[str, ...] = ()) -> None:
    """Start a lease and save it, with the other fields that the caller `changed`. The row is locked."""
    row.attempt += 1
    row.lease_until = datetime.now(UTC) + timedelta(seconds=settings.MEMSTORE_JOB_LEASE_SECONDS)
    row.save(update_fields=["attempt", "lease_until", *changed])


def lease_has_ended() -> Q:
    """Return the condition for a lease that has ended, or whose end is further away than any lease reaches.

    The latter is so after a clock was set back.
    """
    now, longest = datetime.now(UTC), max(timedelta(seconds=settings.MEMSTORE_JOB_LEASE_SECONDS), LONGEST_PAUSE)
    return Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * longest)


def pause_after(attempt: int) -> timedelta:
    """Return the pause before the next attempt: 2 to the power of `attempt` in seconds, at most LONGEST_PAUSE."""
    return min(timedelta(seconds=2 ** min(attempt, 10)), LONGEST_PAUSE)
