"""The keyring against the trail: keys of a person's memories that were unwrapped without any audit event about them.

Each unwrapping of such a key is counted in the keys database, by the hour (`keyring.keys`). Every use case that opens
memories records an event about the person, so an hour with unwrappings and without any event means that the guard was
bypassed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from governance.keyring.models import UnwrapCount
from governance.models import AuditDrop
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from uuid import UUID

BATCH = 1_000
HOUR = timedelta(hours=1)
GRACE = timedelta(minutes=2)  # an unwrapped key stays for a minute, and clocks differ
_WITHOUT_EVENT = """
    SELECT w.place FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY
                        AS w (subject_id, first, last, place)
     WHERE NOT EXISTS (SELECT 1 FROM governance_auditevent e
                        WHERE e.tenant_id = %s AND e.subject_id = w.subject_id
                          AND e.at >= w.first AND e.at < w.last AND e.at >= %s AND e.at < %s)
"""


@dataclass(frozen=True, slots=True)
class Unwitnessed:
    """Keys of a subject that were unwrapped `n` times in the hour from `hour`, without any event about the subject."""

    subject_id: UUID
    hour: datetime
    n: int


def unwraps_without_event(tenant_id: UUID, since: datetime, until: datetime) -> list[Unwitnessed]:
    """Return the hours from `since` to `until` with unwrappings that no audit event accounts for.

    Only hours that begin at or after `since` are judged. An event counts from two minutes before the hour until two
    minutes and a job's lease after it; an hour whose grace is not over by `until` is left to the next check. Months
    whose events were dropped on the record are left out.
    """
    found: list[Unwitnessed] = []
    with tenant_context(tenant_id):
        dropped = set(AuditDrop.objects.values_list("month", flat=True))
    for batch in _counts(tenant_id, since, until - HOUR - _after()):
        found += _without_event(tenant_id, [one for one in batch if not _months(one.hour) & dropped])
    return found


def _after() -> timedelta:
    return GRACE + timedelta(seconds=settings.MEMSTORE_JOB_LEASE_SECONDS)


def _months(hour: datetime) -> set[date]:
    """Return the months (first days) in which an event of this hour may be."""
    return {moment.astimezone(UTC).date().replace(day=1) for moment in (hour - GRACE, hour + HOUR + _after())}


def _counts(tenant_id: UUID, since: datetime, last: datetime) -> Iterator[list[Unwitnessed]]:
    """Yield the counts in the order of time, up to BATCH at once, each batch from a transaction of its own."""
    after: tuple[datetime, UUID] | None = None
    while True:
        with tenant_context(tenant_id, using="keys"):
            rows = UnwrapCount.objects.filter(hour__gte=since, hour__lte=last).order_by("hour", "subject_id")
            if after is not None:
                hour, subject_id = after
                rows = rows.filter(hour__gte=hour).exclude(hour=hour, subject_id__lte=subject_id)
            batch = [Unwitnessed(row.subject_id, row.hour, row.n) for row in rows[:BATCH]]
        if not batch:
            return
        yield batch
        after = batch[-1].hour, batch[-1].subject_id


def _without_event(tenant_id: UUID, batch: list[Unwitnessed]) -> list[Unwitnessed]:
    if not batch:
        return []
    starts = [one.hour - GRACE for one in batch]
    ends = [one.hour + HOUR + _after() for one in batch]
    # The outer bounds are constants of the statement, so that only the partitions of these months are read.
    subjects = [one.subject_id for one in batch]
    with tenant_context(tenant_id), connection.cursor() as cursor:
        cursor.execute(_WITHOUT_EVENT, [subjects, starts, ends, tenant_id, min(starts), max(ends)])
        places = [row[0] for row in cursor.fetchall()]
    return [batch[place - 1] for place in sorted(places)]
