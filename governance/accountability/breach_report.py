"""Report of one breach: its clocks, and what the audit trail counts in its window (Art. 33(3)(a))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.accountability.breaches import BreachView, breach_by_id, view
from governance.accountability.event_scan import scan
from governance.accountability.purpose_names import purpose_names
from governance.accountability.read_events import READING_WORDS
from governance.evidence.key_use_comparison import unwraps_without_event
from governance.guard.authorize import authorize
from governance.vocabulary import Action

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.accountability.event_scan import Kind
    from governance.context import Caller
    from governance.models import Breach

_IN_WINDOW = "at >= %s AND at < %s"
_OF_ONE = _IN_WINDOW + " AND principal_id = %s"


@dataclass(frozen=True, slots=True)
class EventCount:
    """One count. `value`: a purpose, role, action or reason, as `by` says."""

    by: str
    value: str
    events: int


@dataclass(frozen=True, slots=True)
class BreachReport:
    """The report of one breach.

    `reads`: allowed events that showed something of a person. `memories_changed`: memories listed by all other events.
    `unlisted`: events with more memories than an event can list, so that more may have been read than is counted.
    `unwraps_without_event`: how often keys were unwrapped without any audit event, in the whole hours of the window
    that `key_use_comparison` can judge.
    """

    breach: BreachView
    made_at: datetime
    events: int
    reads: int
    refusals: int
    principals: int
    subjects: int
    memories_read: int
    memories_changed: int
    unlisted: int
    unwraps_without_event: int
    counts: tuple[EventCount, ...]


def breach_report(*, caller: Caller, breach_id: UUID) -> BreachReport:
    """Return the report of one breach. Raises AccessRefused, NoSuchObject."""
    grant = authorize(caller=caller, action=Action.READ_BREACHES, object_id=breach_id)
    now = datetime.now(UTC)
    with grant.effect():
        row = breach_by_id(breach_id)
        report = _counted(row, now)
        grant.record(object_id=row.id, n_items=report.events)
    return report


def _counted(row: Breach, now: datetime) -> BreachReport:
    condition, values = (_OF_ONE, [row.principal_id]) if row.principal_id else (_IN_WINDOW, [])
    found = scan(condition, [row.since, row.until, *values])
    read = [kind.allowed and kind.type in READING_WORDS for kind in found.kinds]
    per_use = found.memories.regrouped([int(is_read) for is_read in read]).per_group(2)
    reads = [kind for kind, is_read in zip(found.kinds, read, strict=True) if is_read]
    return BreachReport(
        breach=view(row, now),
        made_at=now,
        events=sum(kind.events for kind in found.kinds),
        reads=sum(kind.events for kind in reads),
        refusals=sum(kind.events for kind in found.kinds if not kind.allowed),
        principals=len({kind.who.principal_id for kind in found.kinds if kind.who.job is None}),
        subjects=len({kind.subject_id for kind in found.kinds if kind.allowed} - {None}),
        memories_read=per_use[1],
        memories_changed=per_use[0],
        unlisted=found.unlisted,
        unwraps_without_event=sum(one.n for one in unwraps_without_event(row.tenant_id, row.since, row.until)),
        counts=_counts(found.kinds),
    )


def _counts(kinds: Iterable[Kind]) -> tuple[EventCount, ...]:
    """Count allowed events by purpose, role and action, and refused ones by reason; the largest count first."""
    kinds = list(kinds)
    purposes = purpose_names(kind.purpose_version_id for kind in kinds)
    counts: dict[tuple[str, str], int] = {}
    for kind in kinds:
        said = {"role": kind.who.role, "action": kind.type, "purpose": purposes.get(kind.purpose_version_id)}
        for by, value in said.items() if kind.allowed else [("refused", kind.reason)]:
            if value is not None:
                counts[by, value] = counts.get((by, value), 0) + kind.events
    ordered = sorted(counts.items(), key=lambda entry: (entry[0][0], -entry[1], entry[0][1]))
    return tuple(EventCount(by, value, events) for (by, value), events in ordered)
