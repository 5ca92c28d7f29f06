"""Anomalies: hours with very many reads, people or refusals, with deletions above the limit, or outside working hours.

A principal is measured by itself. Over its hours with any event, from four weeks before the period to its end, the
median and the median absolute deviation (MAD) are taken; both stay where they are when up to half of the hours are
outliers. An hour of the period is an anomaly when it is above all three of

* a floor, below which no hour is an anomaly, * five times the median, * the median plus six deviations (MAD x 1.4826,
which is the standard deviation where hours vary normally).

The first attempt of a key to delete above its deletion limit is one at once.

A principal with fewer than 24 such hours has no habit yet; a fixed limit replaces it, higher for machines. An anomaly
is a reason to look, and never a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING

from django.db import connection

from governance.accountability.actors import Who, names_of
from governance.accountability.period import period
from governance.accountability.read_events import READING_WORDS
from governance.guard.authorize import authorize
from governance.ids import NIL
from governance.vocabulary import STAFF, Action, ReasonCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from governance.context import Caller

HISTORY = timedelta(days=28)
MIN_HOURS = 24  # with fewer active hours a principal has no habit that an hour could depart from
TIMES_MEDIAN, DEVIATIONS, MAD_TO_SIGMA = 5, 6, 1.4826
# Working hours, in UTC for every tenant: 07:00 to 20:00, Monday to Friday.
WORK_BEGINS, WORK_ENDS, WORK_DAYS = 7, 20, 5


class AnomalyKind(StrEnum):
    VOLUME = "volume"  # reads in an hour
    BREADTH = "breadth"  # people read in an hour
    REFUSALS = "refusals"  # refusals in an hour
    DELETIONS = "deletions"  # people whom a key wanted to delete above its limit of an hour
    HOURS = "hours"  # a person at work outside working hours


class Explanation(StrEnum):
    ABOVE_OWN_HABIT = "above_own_habit"
    ABOVE_LIMIT_OF_THE_NEW = "above_limit_of_the_new"
    ABOVE_DELETION_LIMIT = "above_deletion_limit"
    OUTSIDE_WORKING_HOURS = "outside_working_hours"


# (floor, limit of a new member of staff, limit of any other new principal)
LIMITS = {
    AnomalyKind.VOLUME: (20, 100, 5_000),
    AnomalyKind.BREADTH: (10, 30, 1_000),
    AnomalyKind.REFUSALS: (20, 20, 100),
}
_STAFF = {role.value for role in STAFF}
_PER_HOUR = """
    SELECT principal_id, role, date_trunc('hour', at, 'UTC'), count(*),
           count(*) FILTER (WHERE is_read), count(DISTINCT subject_id) FILTER (WHERE is_read),
           count(*) FILTER (WHERE reason <> %s), count(*) FILTER (WHERE reason = %s)
    FROM (SELECT principal_id, role, at, subject_id, reason, reason = %s AND type = ANY(%s) AS is_read
          FROM governance_auditevent WHERE at >= %s AND at < %s AND principal_id <> %s) e
    GROUP BY 1, 2, 3 ORDER BY 3
"""


@dataclass(frozen=True, slots=True)
class HourCounts:
    """One principal in one hour (UTC) with at least one event.

    `subjects`: different people that it read; `braked`: deletions that the deletion limit refused.
    """

    principal_id: UUID
    role: str
    hour: datetime
    events: int
    reads: int
    subjects: int
    refusals: int
    braked: int = 0

    def value(self, kind: AnomalyKind) -> int:
        """Return the count that an anomaly of this kind is about."""
        values = {
            AnomalyKind.VOLUME: self.reads,
            AnomalyKind.BREADTH: self.subjects,
            AnomalyKind.REFUSALS: self.refusals,
            AnomalyKind.DELETIONS: self.braked,
            AnomalyKind.HOURS: self.events,
        }
        return values[kind]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One anomaly: `value` in that hour, where at most `expected` would have been none."""

    kind: AnomalyKind
    explanation: Explanation
    principal_id: UUID
    actor: str
    name: str | None
    hour: datetime
    value: int
    expected: int


@dataclass(frozen=True, slots=True)
class AnomalyReport:
    """The anomalies of a period, newest first. `principals` and `hours`: how many were measured."""

    since: datetime
    until: datetime
    made_at: datetime
    principals: int
    hours: int
    anomalies: tuple[Anomaly, ...]


def anomalies(*, caller: Caller, since: datetime | None = None, until: datetime | None = None) -> AnomalyReport:
    """Return the anomalies of a period, by default the last 30 days.

    The service's own work (sweeps, the sealer) is not measured. Raises AccessRefused, InvalidChange.
    """
    grant = authorize(caller=caller, action=Action.READ_REPORT)
    now = datetime.now(UTC)
    with grant.effect():
        wanted = period(since, until, now)
        counts = _per_hour(wanted.since - HISTORY, wanted.until)
        names = names_of(count.principal_id for count in counts)
        found = find_anomalies(counts, since=wanted.since, names=names)
        within = [count for count in counts if _ends(count) > wanted.since]
        grant.record(n_items=len(found))
    return AnomalyReport(
        since=wanted.since,
        until=wanted.until,
        made_at=now,
        principals=len({count.principal_id for count in within}),
        hours=len(within),
        anomalies=found,
    )


def find_anomalies(
    counts: Sequence[HourCounts], *, since: datetime, names: dict[UUID, str] | None = None
) -> tuple[Anomaly, ...]:
    """Return the anomalies, newest first. Pure.

    `counts` before `since` are history: they make the habit and are not judged themselves.
    """
    by_principal: dict[UUID, list[HourCounts]] = {}
    for count in counts:
        by_principal.setdefault(count.principal_id, []).append(count)
    found: list[Anomaly] = []
    for principal_id, hours in by_principal.items():
        judged = [count for count in hours if _ends(count) > since]
        bounds = {kind: bound(kind, hours) for kind in LIMITS}
        for count in judged:
            who, name = str(Who(principal_id, count.role, None)), (names or {}).get(principal_id)
            for kind, (expected, explanation) in bounds.items():
                if count.value(kind) > expected:
                    value = count.value(kind)
                    found.append(Anomaly(kind, explanation, principal_id, who, name, count.hour, value, expected))
            if count.braked:
                limit = Explanation.ABOVE_DELETION_LIMIT
                found.append(
                    Anomaly(AnomalyKind.DELETIONS, limit, principal_id, who, name, count.hour, count.braked, 0)
                )
            if count.role in _STAFF and not in_working_hours(count.hour):
                odd = Explanation.OUTSIDE_WORKING_HOURS
                found.append(Anomaly(AnomalyKind.HOURS, odd, principal_id, who, name, count.hour, count.events, 0))
    return tuple(sorted(found, key=lambda one: (-one.hour.timestamp(), one.kind, one.actor)))


def bound(kind: AnomalyKind, hours: Sequence[HourCounts]) -> tuple[int, Explanation]:
    """Return the most that an hour of this principal may reach: by its own habit, or by the limit for a new one."""
    floor, new_person, new_machine = LIMITS[kind]
    if len(hours) < MIN_HOURS:
        limit = new_person if any(count.role in _STAFF for count in hours) else new_machine
        return limit, Explanation.ABOVE_LIMIT_OF_THE_NEW
    values = [count.value(kind) for count in hours]
    middle = median(values)
    deviation = median(abs(value - middle) for value in values) * MAD_TO_SIGMA
    habit = max(floor, TIMES_MEDIAN * middle, middle + DEVIATIONS * deviation)
    return int(habit), Explanation.ABOVE_OWN_HABIT


def in_working_hours(hour: datetime) -> bool:
    """Return whether an hour lies in the working hours, by UTC."""
    at = hour.astimezone(UTC)
    return at.weekday() < WORK_DAYS and WORK_BEGINS <= at.hour < WORK_ENDS


def _ends(count: HourCounts) -> datetime:
    return count.hour + timedelta(hours=1)


def _per_hour(since: datetime, until: datetime) -> list[HourCounts]:
    allowed = ReasonCode.ALLOWED.value
    with connection.cursor() as cursor:
        limit = ReasonCode.DELETION_LIMIT.value
        cursor.execute(_PER_HOUR, [allowed, limit, allowed, READING_WORDS, since, until, NIL])
        return [HourCounts(*row) for row in cursor.fetchall()]
