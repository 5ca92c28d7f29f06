"""Aggregates for the console dashboard: what is kept, what ends when, what is read for which purpose.

They name no person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, models

from governance.accountability.reads_by_day import reads_by_day
from governance.guard.authorize import authorize
from governance.models import AuditQueued, PurposeVersion, RightsRequest
from governance.rights.clocks import days_left
from governance.vocabulary import Action, Capability, MemoryState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from governance.context import Caller

WEEKS_AHEAD, DAYS_BACK = 12, 30
# Upper ends of the buckets of days left; more days than the last are in a bucket of their own.
DAYS_LEFT = (3, 7, 14, 30)
# Both halves are answered from an index alone, however large the memories are.
_MEMORIES = """
    SELECT purpose_id, data_class, NULL::int AS week, count(*) FROM memstore_memory
     WHERE tenant_id = %s AND state <> %s GROUP BY purpose_id, data_class
     UNION ALL
    SELECT purpose_id, NULL, width_bucket(extract(epoch FROM destroy_at - %s)::float8 / 604800, 0, %s, %s) AS week,
           count(*)
      FROM memstore_memory WHERE tenant_id = %s AND destroy_at >= %s AND destroy_at < %s GROUP BY purpose_id, week
"""


@dataclass(frozen=True, slots=True)
class Count:
    """One number of a chart. `label` is a purpose, a class, a bucket or a day; `series` is what it is split by."""

    label: str
    series: str
    number: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Counts of the dashboard. `requests` by days left, split by state, empty for a role that does not handle them.

    `ending`: per week from now. `unsealed` events wait for their leaf, the oldest since `unsealed_since`.
    """

    kept: tuple[Count, ...]
    ending: tuple[Count, ...]
    reads: tuple[Count, ...]
    requests: tuple[Count, ...]
    unsealed: int
    unsealed_since: datetime | None


def overview(*, caller: Caller) -> Dashboard:
    """Return the counts of the dashboard, for every member of staff."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    now = datetime.now(UTC)
    with grant.effect():
        versions = list(PurposeVersion.objects.values_list("id", "purpose_id", "purpose__name"))
        kept, ending = _memories(caller.tenant_id, {purpose: name for _, purpose, name in versions}, now)
        waiting = AuditQueued.objects.aggregate(n=models.Count("event_id"), since=models.Min("at"))
        found = Dashboard(
            kept=kept,
            ending=ending,
            reads=_reads(caller.tenant_id, {version: name for version, _, name in versions}, now),
            requests=_requests(now) if Capability.HANDLE_RIGHTS in caller.principal.capabilities else (),
            unsealed=waiting["n"],
            unsealed_since=waiting["since"],
        )
        grant.record()
    return found


def bucket_of(left: int) -> str:
    """Return the bucket of so many days left; below zero is overdue."""
    if left < 0:
        return "overdue"
    low = 0
    for high in DAYS_LEFT:
        if left <= high:
            return f"{low}-{high}"
        low = high + 1
    return f"{low}+"


def buckets() -> tuple[str, ...]:
    return ("overdue", *(bucket_of(high) for high in DAYS_LEFT), bucket_of(DAYS_LEFT[-1] + 1))


def _memories(tenant_id: UUID, names: dict[UUID, str], now: datetime) -> tuple[tuple[Count, ...], tuple[Count, ...]]:
    """Return the counts of (what is kept, what ends)."""
    until = now + timedelta(weeks=WEEKS_AHEAD)
    with connection.cursor() as cursor:
        kept_values = (tenant_id, MemoryState.ERASED.value)
        cursor.execute(_MEMORIES, (*kept_values, now, WEEKS_AHEAD, WEEKS_AHEAD, tenant_id, now, until))
        rows = cursor.fetchall()
    kept = [Count(names.get(purpose, ""), kind, number) for purpose, kind, week, number in rows if week is None]
    found = {(names.get(purpose, ""), week): number for purpose, _, week, number in rows if week is not None}
    ending = tuple(
        Count(f"{now + timedelta(weeks=week - 1):%d %b}", name, found.get((name, week), 0))
        for week in range(1, WEEKS_AHEAD + 1)
        for name in sorted({name for name, _ in found})
    )
    return tuple(sorted(kept, key=_in_order)), ending


def _reads(tenant_id: UUID, names: dict[UUID | None, str], now: datetime) -> tuple[Count, ...]:
    found = {
        day: _by_name(counted, names)
        for day, counted in reads_by_day(tenant_id, now.date() - timedelta(days=DAYS_BACK - 1), now).items()
    }
    purposes = sorted({purpose for counted in found.values() for purpose in counted})
    return tuple(Count(f"{day:%d %b}", name, found[day].get(name, 0)) for day in sorted(found) for name in purposes)


def _by_name(counted: Mapping[UUID | None, int], names: dict[UUID | None, str]) -> dict[str, int]:
    """Sum the versions of one purpose."""
    found: dict[str, int] = {}
    for version, number in counted.items():
        name = names.get(version, "")
        found[name] = found.get(name, 0) + number
    return found


def _requests(now: datetime) -> tuple[Count, ...]:
    counted: dict[tuple[str, str], int] = {}
    for due_at, state in RightsRequest.objects.open().values_list("due_at", "state"):
        place = (bucket_of(-1 if due_at < now else days_left(due_at, now)), state)
        counted[place] = counted.get(place, 0) + 1
    states = sorted({state for _, state in counted})
    return tuple(Count(bucket, state, counted.get((bucket, state), 0)) for bucket in buckets() for state in states)


def _in_order(one: Count) -> tuple[str, str]:
    return one.label, one.series
