"""Accesses of one principal in a period: whose memories it read, how many, for which purposes; and its refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.accountability.actors import names_of
from governance.accountability.event_scan import scan
from governance.accountability.events import DEFAULT_LIMIT, EventLine, check_limit, lines, page, read_cursor
from governance.accountability.period import period
from governance.accountability.purpose_names import purpose_names
from governance.accountability.read_events import READING_WORDS
from governance.guard.authorize import authorize
from governance.models import AuditEvent
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from governance.accountability.event_scan import Kind, Scan
    from governance.accountability.events import After
    from governance.accountability.period import Period
    from governance.context import Caller

MAX_SUBJECTS = 10_000
_OF_ONE = "principal_id = %s AND at >= %s AND at < %s AND (type = ANY(%s) OR reason <> %s)"


@dataclass(frozen=True, slots=True)
class PrincipalTotals:
    """Allowed reads, and refusals of any action. `unlisted`: see `AccessTotals`."""

    events: int
    reads: int
    refusals: int
    subjects: int
    memories: int
    unlisted: int


@dataclass(frozen=True, slots=True)
class SubjectRead:
    """Reads about one subject. `subject_id` None: events about no subject, or that list memories of several people."""

    subject_id: UUID | None
    purposes: tuple[str, ...]
    reads: int
    memories: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class RefusalCount:
    action: str
    reason: str
    events: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class PrincipalAccess:
    """The report of one principal. `subjects` are the most read first, 10,000 at most; `totals` counts all of them.

    `events` is one page.
    """

    principal_id: UUID
    actors: tuple[str, ...]
    name: str | None
    since: datetime
    until: datetime
    made_at: datetime
    totals: PrincipalTotals
    subjects: tuple[SubjectRead, ...]
    refusals: tuple[RefusalCount, ...]
    events: tuple[EventLine, ...]
    next_cursor: str | None


def principal_access(
    *,
    caller: Caller,
    principal_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> PrincipalAccess:
    """Return the report of a key or a member of staff, by id; it is empty for an unknown id.

    Raises AccessRefused, InvalidChange.
    """
    grant = authorize(caller=caller, action=Action.READ_REPORT, object_id=principal_id)
    now = datetime.now(UTC)
    with grant.effect():
        wanted, after, limit = period(since, until, now), read_cursor(cursor), check_limit(limit)
        report = _report(principal_id, wanted, now, after, limit)
        grant.record(object_id=principal_id, n_items=len(report.events))
    return report


def _report(principal_id: UUID, wanted: Period, now: datetime, after: After | None, limit: int) -> PrincipalAccess:
    found = scan(_OF_ONE, [principal_id, wanted.since, wanted.until, READING_WORDS, ReasonCode.ALLOWED.value])
    subjects = _subjects(found)
    reads = sum(line.reads for line in subjects)
    events = sum(kind.events for kind in found.kinds)
    of_one = AuditEvent.objects.filter(principal_id=principal_id, at__gte=wanted.since, at__lt=wanted.until)
    shown_sources = [
        of_one.filter(type__in=READING_WORDS),
        of_one.exclude(type__in=READING_WORDS).exclude(reason=ReasonCode.ALLOWED.value),
    ]
    shown, next_cursor = page(shown_sources, after=after, limit=limit)
    return PrincipalAccess(
        principal_id=principal_id,
        actors=tuple(sorted({str(kind.who) for kind in found.kinds})),
        name=names_of([principal_id]).get(principal_id),
        since=wanted.since,
        until=wanted.until,
        made_at=now,
        totals=PrincipalTotals(
            events=events,
            reads=reads,
            refusals=events - reads,
            subjects=sum(line.subject_id is not None for line in subjects),
            memories=len(found.memories.regrouped([0] * len(found.kinds))),
            unlisted=found.unlisted,
        ),
        subjects=tuple(subjects[:MAX_SUBJECTS]),
        refusals=_refusals(found.kinds),
        events=lines(shown),
        next_cursor=next_cursor,
    )


def _subjects(found: Scan) -> list[SubjectRead]:
    purposes = purpose_names(kind.purpose_version_id for kind in found.kinds)
    places: dict[UUID | None, int] = {}
    for kind in found.kinds:
        places.setdefault(kind.subject_id, len(places))
    memories = found.memories.regrouped([places[kind.subject_id] for kind in found.kinds]).per_group(len(places))
    allowed: dict[UUID | None, list[Kind]] = {}
    for kind in found.kinds:
        if kind.allowed:
            allowed.setdefault(kind.subject_id, []).append(kind)
    lines = [
        SubjectRead(
            subject_id=subject_id,
            purposes=tuple(sorted({name for kind in kinds if (name := purposes.get(kind.purpose_version_id))})),
            reads=sum(kind.events for kind in kinds),
            memories=memories[places[subject_id]],
            first_at=min(kind.first_at for kind in kinds),
            last_at=max(kind.last_at for kind in kinds),
        )
        for subject_id, kinds in allowed.items()
    ]
    return sorted(lines, key=lambda line: (-line.reads, str(line.subject_id)))


def _refusals(kinds: Sequence[Kind]) -> tuple[RefusalCount, ...]:
    refused: dict[tuple[str, str], list[Kind]] = {}
    for kind in kinds:
        if not kind.allowed:
            refused.setdefault((kind.type, kind.reason), []).append(kind)
    counts = [
        RefusalCount(
            action=action,
            reason=reason,
            events=sum(kind.events for kind in same),
            first_at=min(kind.first_at for kind in same),
            last_at=max(kind.last_at for kind in same),
        )
        for (action, reason), same in refused.items()
    ]
    return tuple(sorted(counts, key=lambda count: (-count.events, count.action, count.reason)))
