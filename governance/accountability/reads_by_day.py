"""Reads of memories per day and purpose: counts of events only, without any person."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from django.db import connection

from governance.vocabulary import Action

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from uuid import UUID

READS = [Action.RECALL.value, Action.READ.value, Action.BROWSE.value]
MAX_DAYS = 10_000  # of all tenants together
# A transaction that began before midnight may still be open: its events count for the day that it began on.
SETTLES = timedelta(hours=1)
# Days by whole numbers: a date and its zone worked out per event takes a third more.
_COUNT = """
    SELECT date_bin('1 day', at, %s) AS day, purpose_version_id, count(*) FROM governance_auditevent
     WHERE tenant_id = %s AND at >= %s AND type = ANY(%s) AND reason = 'allowed'
     GROUP BY day, purpose_version_id
"""
_Day = dict["UUID | None", int]
# Days that are over stay as they are: the trail is append-only. So each is counted once per process.
_over: OrderedDict[tuple[UUID, date], _Day] = OrderedDict()
_lock = Lock()


def reads_by_day(tenant_id: UUID, first: date, now: datetime) -> Mapping[date, Mapping[UUID | None, int]]:
    """Return the number of allowed reads by purpose version, for each day from `first` to today (UTC).

    Call it inside the tenant's context. A day that is over is counted once per process.
    """
    days = [first + timedelta(days=n) for n in range((now.date() - first).days + 1)]
    with _lock:
        known = {day: found for day in days if (found := _over.get((tenant_id, day))) is not None}
    missing = [day for day in days if day not in known]
    counted = _counted(tenant_id, missing[0]) if missing else {}
    settled = (now - SETTLES).date()
    with _lock:
        for day in missing:
            known[day] = counted.get(day, {})
            if day < settled:
                _over[tenant_id, day] = known[day]
        while len(_over) > MAX_DAYS:
            _over.popitem(last=False)
    return known


def _counted(tenant_id: UUID, first: date) -> dict[date, _Day]:
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [since, tenant_id, since, READS])
        rows = cursor.fetchall()
    found: dict[date, _Day] = {}
    for day, version, number in rows:
        found.setdefault(day.astimezone(UTC).date(), {})[version] = number
    return found
