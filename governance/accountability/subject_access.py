"""Accesses to one person's data in a period: who read which memories, and for what purpose.

Sources: Art. 15(1)(c); 45 CFR 164.312(b). The person is named by the surrogate id, which works after an erasure as
well, or by the external id while it is known. Refused attempts are included, marked as such.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from governance.accountability.actors import names_of
from governance.accountability.event_scan import moment, scan
from governance.accountability.events import (
    DEFAULT_LIMIT,
    EventLine,
    check_limit,
    decision_of,
    lines,
    page,
    read_cursor,
)
from governance.accountability.period import period
from governance.accountability.purpose_names import purpose_names
from governance.accountability.read_events import READING_WORDS, STORING_WORDS
from governance.guard.audit_event import unpacked
from governance.guard.authorize import authorize
from governance.models import AuditEvent
from governance.subjects.look_up import clear, subject_named
from governance.vocabulary import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from governance.accountability.actors import Who
    from governance.accountability.event_scan import Kind
    from governance.accountability.events import After
    from governance.accountability.period import Period
    from governance.accountability.tally import Table
    from governance.context import Caller
    from governance.vocabulary import SubjectKind

_READS = "at >= %s AND at < %s AND (subject_id = %s AND type = ANY(%s) OR id = ANY(%s))"


@dataclass(frozen=True, slots=True)
class AccessTotals:
    """Totals of a report. `unlisted`: events with more memories than an event can list.

    They are counted in `events`, but their memories are not in `memories`.
    """

    events: int
    reads: int
    refusals: int
    actors: int
    memories: int
    unlisted: int


@dataclass(frozen=True, slots=True)
class AccessLine:
    """All events of one actor, purpose, action and decision."""

    actor: str
    name: str | None
    role: str
    purpose: str | None
    action: str
    decision: str
    reason: str
    events: int
    memories: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class MemoryRead:
    """One memory: how often it was read, by how many actors, first and last."""

    memory_id: UUID
    reads: int
    actors: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class SubjectAccess:
    """The report of one person. `subject_id` None: no subject is known by that external id now.

    `events` is one page; the rest is about the whole period.
    """

    subject_id: UUID | None
    since: datetime
    until: datetime
    made_at: datetime
    totals: AccessTotals
    summary: tuple[AccessLine, ...]
    memories: tuple[MemoryRead, ...]
    events: tuple[EventLine, ...]
    next_cursor: str | None


def subject_access(
    *,
    caller: Caller,
    subject: UUID | tuple[SubjectKind, str],
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> SubjectAccess:
    """Return who read one person's data, in the last 30 days by default.

    `subject`: surrogate id, or kind and external id. Raises AccessRefused, InvalidChange.
    """
    # Without the facts of the subject: reads are on record whatever the person's state is now.
    grant = authorize(caller=caller, action=Action.READ_REPORT)
    subject_id = subject if isinstance(subject, UUID) else _known(caller, *subject)
    now = datetime.now(UTC)
    with grant.effect():
        wanted, after, limit = period(since, until, now), read_cursor(cursor), check_limit(limit)
        if subject_id is None:
            report = SubjectAccess(
                None, wanted.since, wanted.until, now, AccessTotals(0, 0, 0, 0, 0, 0), (), (), (), None
            )
        else:
            report = _report(subject_id, wanted, now, after, limit)
        grant.record_under_lock(subject_id=subject_id, n_items=len(report.events))
    return report


def reads_of(subject_id: UUID, wanted: Period) -> list[Kind]:
    """Return the allowed reads of one person, by actor, purpose and action, for callers that may see no more than that.

    Call it inside the tenant's context.
    """
    _, in_lists = _reads_in_lists(subject_id, wanted)
    found = scan(_READS, [wanted.since, wanted.until, subject_id, READING_WORDS, in_lists])
    return [kind for kind in found.kinds if kind.allowed]


def _known(caller: Caller, kind: SubjectKind, external_id: str) -> UUID | None:
    cleared = clear(caller=caller, action=Action.READ_REPORT, names={kind: external_id}, kind=kind)
    found = subject_named(cleared, kind)
    return found.id if found else None


def _report(subject_id: UUID, wanted: Period, now: datetime, after: After | None, limit: int) -> SubjectAccess:
    own_memories, in_lists = _reads_in_lists(subject_id, wanted)
    found = scan(_READS, [wanted.since, wanted.until, subject_id, READING_WORDS, in_lists])
    table = found.memories.only(own_memories) if in_lists else found.memories
    summary = _summary(found.kinds, table)
    memories = _memories(found.kinds, table)
    within = AuditEvent.objects.filter(at__gte=wanted.since, at__lt=wanted.until)
    sources = [within.filter(subject_id=subject_id, type__in=READING_WORDS), within.filter(id__in=in_lists)]
    shown, next_cursor = page(sources, after=after, limit=limit)
    reads = sum(kind.events for kind in found.kinds if kind.allowed)
    events = sum(kind.events for kind in found.kinds)
    totals = AccessTotals(
        events=events,
        reads=reads,
        refusals=events - reads,
        actors=len({kind.who for kind in found.kinds}),
        memories=len(memories),
        unlisted=found.unlisted,
    )
    return SubjectAccess(
        subject_id=subject_id,
        since=wanted.since,
        until=wanted.until,
        made_at=now,
        totals=totals,
        summary=summary,
        memories=memories,
        events=lines(shown, only=own_memories),
        next_cursor=next_cursor,
    )


def _reads_in_lists(subject_id: UUID, wanted: Period) -> tuple[set[UUID], list[UUID]]:
    """Return the subject's memories, and the events that list some of them among other people's.

    Such an event, a view of the quarantine for instance, names no subject, so it is found by the memories. The set is
    empty where there are no such lists.
    """
    within = AuditEvent.objects.filter(at__gte=wanted.since, at__lt=wanted.until)
    lists = list(within.filter(subject_id=None, type__in=READING_WORDS, items__isnull=False).values_list("id", "items"))
    if not lists:
        return set(), []
    stored = AuditEvent.objects.filter(subject_id=subject_id, type__in=STORING_WORDS, items__isnull=False)
    own = {memory for items in stored.values_list("items", flat=True) for memory, _ in unpacked(bytes(items or b""))}
    return own, [event for event, items in lists if any(memory in own for memory, _ in unpacked(bytes(items or b"")))]


def _summary(kinds: Sequence[Kind], table: Table) -> tuple[AccessLine, ...]:
    """Return one line for kinds of event that differ only in the version of their purpose."""
    names = names_of(kind.who.principal_id for kind in kinds)
    purposes = purpose_names(kind.purpose_version_id for kind in kinds)
    keys = [(kind.who, purposes.get(kind.purpose_version_id), kind.type, kind.reason) for kind in kinds]
    alike: dict[tuple[Who, str | None, str, str], list[Kind]] = {}
    for kind, key in zip(kinds, keys, strict=True):
        alike.setdefault(key, []).append(kind)
    places = {key: place for place, key in enumerate(alike)}
    memories = table.regrouped([places[key] for key in keys]).per_group(len(places))
    found = []
    for (who, purpose, action, reason), same in alike.items():
        found.append(
            AccessLine(
                actor=str(who),
                name=names.get(who.principal_id),
                role=who.role,
                purpose=purpose,
                action=action,
                decision=decision_of(reason),
                reason=reason,
                events=sum(kind.events for kind in same),
                memories=memories[places[who, purpose, action, reason]],
                first_at=min(kind.first_at for kind in same),
                last_at=max(kind.last_at for kind in same),
            )
        )
    return tuple(
        sorted(found, key=lambda line: (-line.events, line.actor, line.action, line.reason, str(line.purpose)))
    )


def _memories(kinds: Sequence[Kind], table: Table) -> tuple[MemoryRead, ...]:
    """Return the memories, the most read first."""
    everybody = {who: place for place, who in enumerate(dict.fromkeys(kind.who for kind in kinds))}
    actors = Counter(table.regrouped([everybody[kind.who] for kind in kinds]).ids())
    whole = table.regrouped([0] * len(kinds))
    rows = zip(whole.ids(), whole.events.tolist(), whole.first.tolist(), whole.last.tolist(), strict=True)
    found = [MemoryRead(memory, n, actors[memory], moment(first), moment(last)) for memory, n, first, last in rows]
    return tuple(sorted(found, key=lambda read: (-read.reads, read.memory_id)))
