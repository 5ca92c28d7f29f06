"""The dates of a memory: until when it is used, when it must go, and how long the law forbids that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.retention import Anchors, NoCeiling, resolve
from governance.retention_rules import applying
from governance.vocabulary import DataClass, ReasonCode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.models import Retention
    from governance.policy import PurposeRule
    from governance.retention import RetentionRule


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
    found = applying(
        rules,
        purpose_id=purpose.purpose_id,
        version_id=purpose.version_id,
        ceiling_days=purpose.ceiling_days,
        data_class=data_class,
        subject_id=subject_id,
    )
    return dates_by(found, anchors, expires_on)


def dates_by(found: Iterable[RetentionRule], anchors: Anchors, expires_on: date | None = None) -> Dates:
    """The same by the rules that apply to one memory. Raises AccessRefused(NO_CEILING)."""
    kept = resolve(found, anchors)
    if isinstance(kept, NoCeiling):
        raise AccessRefused(ReasonCode.NO_CEILING)
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
