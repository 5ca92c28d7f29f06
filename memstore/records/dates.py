"""The dates of a memory: until when it is used, when it must go, and how long the law forbids that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.policy.retention import Anchor, Anchors, Kept, NoCeiling, resolve
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
LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # a century before the end of the calendar, and some


@dataclass(frozen=True, slots=True)
class Dates:
    """`sealed_until` is what the card promises at most: use may move the plain date up to it, and no further."""

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
    """By the rules in force and the caller's own last day (UTC, inclusive), whichever ends use earlier.

    Raises AccessRefused(NO_CEILING) when nothing would ever end it.
    """
    schedule = schedule_of(rules, purpose=purpose, subject_id=subject_id, data_class=data_class)
    return schedule.dates(anchors, expires_on)


def schedule_of(
    rules: Iterable[Retention], *, purpose: PurposeRule, subject_id: UUID, data_class: DataClass
) -> Schedule:
    """By the rules in force, of any memory of this purpose, person and class. Raises AccessRefused(NO_CEILING)."""
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
    """What the same rules give one memory after the other. Raises AccessRefused(NO_CEILING).

    Where all of them count from the creation, every date lies the same time after it: worked out once, for a bank.
    """

    def __init__(self, rules: Iterable[RetentionRule]) -> None:
        self._rules = tuple(rules)
        fixed = all(rule.anchor is Anchor.CREATED and rule.days < CENTURY for rule in self._rules)
        self._at_epoch = _kept(self._rules, Anchors(created=EPOCH)) if fixed else None

    def dates(self, anchors: Anchors, expires_on: date | None = None) -> Dates:
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
    """The last moment of a day is the first of the next."""
    if expires_on is None or expires_on == date.max:
        return None
    return datetime.combine(expires_on + timedelta(days=1), time.min, UTC)
