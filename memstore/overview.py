"""The pictures of the first look: what is kept, what ends when, who reads for what. Numbers of nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection

from governance.guard import authorize, effect
from governance.models import ENDED, AuditQueued, Purpose, PurposeVersion, RightsRequest
from governance.rights.clocks import days_left
from governance.vocabulary import Action, Capability, MemoryState

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from governance.guard import Caller

WEEKS_AHEAD, DAYS_BACK = 12, 30
# Upper ends of the buckets of days left; what is beyond the last is in a bucket of its own.
DAYS_LEFT = (3, 7, 14, 30)
_KEPT = """
    SELECT purpose_id, data_class, count(*) FROM memstore_memory
     WHERE tenant_id = %s AND state <> %s GROUP BY purpose_id, data_class
"""
_ENDING = """
    SELECT purpose_id, width_bucket(extract(epoch FROM destroy_at - %s) / 604800, 0, %s, %s) AS week, count(*)
      FROM memstore_memory WHERE tenant_id = %s AND destroy_at >= %s AND destroy_at < %s GROUP BY purpose_id, week
"""
_READS = """
    SELECT (at AT TIME ZONE 'UTC')::date AS day, purpose_version_id, count(*) FROM governance_auditevent
     WHERE tenant_id = %s AND at >= %s AND type = ANY(%s) AND reason = 'allowed' GROUP BY day, purpose_version_id
"""
READ_TYPES = [Action.RECALL.value, Action.READ.value, Action.BROWSE.value]


@dataclass(frozen=True, slots=True)
class Count:
    """`label` is a purpose, a class, a bucket or a day; `series` what it is split by."""

    label: str
    series: str
    number: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`requests` by days left, split by state; empty for who does not handle them. `ending`: per week from now.

    `unsealed` events wait for their leaf, the oldest since `unsealed_since`.
    """

    kept: tuple[Count, ...]
    ending: tuple[Count, ...]
    reads: tuple[Count, ...]
    requests: tuple[Count, ...]
    unsealed: int
    unsealed_since: datetime | None


def overview(*, caller: Caller) -> Overview:
    """For every member of staff: counts, and nothing of anybody's."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    now = datetime.now(UTC)
    with effect(caller, Action.READ_CONFIGURATION):
        names = dict(Purpose.objects.values_list("id", "name"))
        waiting = AuditQueued.objects.order_by("at").values_list("at", flat=True)
        found = Overview(
            kept=_kept(caller.tenant_id, names),
            ending=_ending(caller.tenant_id, names, now),
            reads=_reads(caller.tenant_id, now),
            requests=_requests(now) if Capability.HANDLE_RIGHTS in caller.principal.capabilities else (),
            unsealed=waiting.count(),
            unsealed_since=waiting.first(),
        )
        grant.record()
    return found


def bucket_of(left: int) -> str:
    """In which bucket so many days left are; below zero is overdue."""
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


def _kept(tenant_id: UUID, names: dict[UUID, str]) -> tuple[Count, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [tenant_id, MemoryState.ERASED.value])
        rows = cursor.fetchall()
    return tuple(sorted((Count(names.get(one, ""), kind, n) for one, kind, n in rows), key=_in_order))


def _ending(tenant_id: UUID, names: dict[UUID, str], now: datetime) -> tuple[Count, ...]:
    until = now + timedelta(weeks=WEEKS_AHEAD)
    with connection.cursor() as cursor:
        cursor.execute(_ENDING, [now, WEEKS_AHEAD, WEEKS_AHEAD, tenant_id, now, until])
        found = {(names.get(one, ""), week): n for one, week, n in cursor.fetchall()}
    purposes = sorted({name for name, _ in found})
    return tuple(
        Count(f"{now + timedelta(weeks=week - 1):%d %b}", name, found.get((name, week), 0))
        for week in range(1, WEEKS_AHEAD + 1)
        for name in purposes
    )


def _reads(tenant_id: UUID, now: datetime) -> tuple[Count, ...]:
    since = (now - timedelta(days=DAYS_BACK - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_READS, [tenant_id, since, READ_TYPES])
        rows = cursor.fetchall()
    names = dict(PurposeVersion.objects.values_list("id", "purpose__name"))
    found: dict[tuple[date, str], int] = {}
    for day, version, number in rows:
        place = (day, names.get(version, ""))
        found[place] = found.get(place, 0) + number
    purposes = sorted({purpose for _, purpose in found})
    days = [(since + timedelta(days=n)).date() for n in range(DAYS_BACK)]
    return tuple(Count(f"{day:%d %b}", name, found.get((day, name), 0)) for day in days for name in purposes)


def _requests(now: datetime) -> tuple[Count, ...]:
    counted: dict[tuple[str, str], int] = {}
    for due_at, state in RightsRequest.objects.exclude(state__in=ENDED).values_list("due_at", "state"):
        place = (bucket_of(-1 if due_at < now else days_left(due_at, now)), state)
        counted[place] = counted.get(place, 0) + 1
    states = sorted({state for _, state in counted})
    return tuple(Count(bucket, state, counted.get((bucket, state), 0)) for bucket in buckets() for state in states)


def _in_order(one: Count) -> tuple[str, str]:
    return one.label, one.series
