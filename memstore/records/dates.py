"""Dates of a memory: the end of its use, the day of its destruction, and until when the law forbids that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.policy.retention import Anchors, Kept, NoCeiling, PeriodStart, resolve
from governance.processing.retention_rules import applying
from governance.vocabulary import DataClass, ReasonCode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.models import Retention
    from governance.policy.decide import PurposeRule
    from governance.policy.retention import RetentionRule


EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
CENTURY = 36_525  # days
LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # far enough from the end of the calendar to add CENTURY


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates of one memory.

    `sealed_until` is the latest end that its card allows: use may move `expires_at` up to it.
    """

    expires_at: datetime
    destroy_at: datetime
    keep_until: datetime | None
    sealed_until: datetime
    rule_ids: tuple[UUID, ...]


def dates_of(
    rules: Iterable[Retention],
    *,
    purpose: PurposeRule,
    subject_id: UUID,
    data_class: DataClass,
    anchors: Anchors,
    expires_on: date | None = None,
) -> Dates:
    """Return the dates of a memory by the rules in force and the caller's own last day (UTC, inclusive).

    The earlier end of use counts.

    Raises AccessRefused(NO_CEILING) when no rule ends the memory.
    """
    schedule = schedule_of(rules, purpose=purpose, subject_id=subject_id, data_class=data_class)
    return schedule.dates(anchors, expires_on)


def schedule_of(
    rules: Iterable[Retention], *, purpose: PurposeRule, subject_id: UUID, data_class: DataClass
) -> Schedule:
    """Return the schedule of all memories of one purpose, person and class. Raises AccessRefused(NO_CEILING)."""
    return Schedule(
        applying(
            rules,
            purpose_id=purpose.purpose_id,
            version_id=purpose.version_id,
            ceiling_days=purpose.ceiling_days,
            data_class=data_class,
            subject_id=subject_id,
        )
    )


class Schedule:
    """Retention rules that apply to one memory after another. Raises AccessRefused(NO_CEILING) when none is a ceiling.

    Where all of them count from the creation, every date has a fixed distance from it: resolved once, for all memories.
    """

    def __init__(self, rules: Iterable[RetentionRule]) -> None:
        self._rules = tuple(rules)
        fixed = all(rule.anchor is PeriodStart.CREATED and rule.days < CENTURY for rule in self._rules)
        self._at_epoch = _kept(self._rules, Anchors(created=EPOCH)) if fixed else None

    def dates(self, anchors: Anchors, expires_on: date | None = None) -> Dates:
        """Return the dates of the memory with these starting points. Raises AccessRefused(NO_CEILING)."""
        if self._at_epoch is None or anchors.created > LATEST:
            return _dates(_kept(self._rules, anchors), expires_on)
        since, at = anchors.created - EPOCH, self._at_epoch
        keep_until = None if at.keep_until is None else at.keep_until + since
        kept = Kept(at.expires_at + since, at.destroy_at + since, keep_until, at.sealed_until + since, at.rule_ids)
        return _dates(kept, expires_on)


def _kept(found: Iterable[RetentionRule], anchors: Anchors) -> Kept:
    kept = resolve(found, anchors)
    if isinstance(kept, NoCeiling):
        raise AccessRefused(ReasonCode.NO_CEILING)
    return kept


def _dates(kept: Kept, expires_on: date | None) -> Dates:
    own = end_of(expires_on)
    expires_at = min(kept.expires_at, own) if own else kept.expires_at
    destroy_at = max(expires_at, kept.keep_until or expires_at)
    sealed_until = min(kept.sealed_until, own) if own else kept.sealed_until
    return Dates(expires_at, destroy_at, kept.keep_until, sealed_until, kept.rule_ids)


def end_of(expires_on: date | None) -> datetime | None:
    """Return the end of a day, which is the first moment of the next (UTC).

    None stands for no end: no day was given, or the last day of the calendar.
    """
    if expires_on is None or expires_on == date.max:
        return None
    return datetime.combine(expires_on + timedelta(days=1), time.min, UTC)
