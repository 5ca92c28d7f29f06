"""Retention of a memory: until when it is used and until when it is kept (GDPR Art. 5(1)(e), 17(3)(b)). Pure.

Order of evaluation:

1. floors: the longest of all that apply; one whose starting point is not known yet keeps until it is
2. ceilings of authority "mandatory": all apply
3. ceilings of authority "default": only those of the most specific level that has one
4. the shortest of the ceilings that apply ends use; one whose starting point is not known yet does not count
5. without a ceiling the answer is NoCeiling, and the write is refused
6. a memory that must be kept longer than it may be used is kept, out of use, until the longest floor
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


class RuleKind(StrEnum):
    """Kind of a retention rule: the shortest or the longest time of keeping."""

    FLOOR = "floor"
    CEILING = "ceiling"


class PeriodStart(StrEnum):
    """Starting point from which a period counts."""

    CREATED = "created"
    LAST_USED = "last_used"
    CONTRACT_END = "contract_end"


class Authority(StrEnum):
    """Authority of a retention rule: the law binds; a default gives way to a more specific default."""

    MANDATORY = "mandatory"
    DEFAULT = "default"


class Level(IntEnum):
    """Specificity of a retention rule; higher is more specific."""

    TENANT = 0
    CLASS = 1
    PURPOSE = 2
    SUBJECT = 3
    MEMORY = 4


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One floor or ceiling of `days` days from its starting point. Raises ValueError for less than one day."""

    id: UUID
    kind: RuleKind
    days: int
    anchor: PeriodStart
    authority: Authority
    level: Level

    def __post_init__(self) -> None:
        if self.days <= 0:
            raise ValueError("a retention period has at least one day")


@dataclass(frozen=True, slots=True)
class Anchors:
    """Starting points of one memory's periods, in UTC.

    `last_used` None: never since it was created. `contract_end` None: the contract still runs. Raises ValueError for a
    moment that is naive or in another zone.
    """

    created: datetime
    last_used: datetime | None = None
    contract_end: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.created, self.last_used, self.contract_end):
            if moment is not None and moment.utcoffset() != timedelta(0):
                raise ValueError("expected a moment in UTC")


@dataclass(frozen=True, slots=True)
class Kept:
    """Dates of one memory.

    At `expires_at` use ends; at `destroy_at` the memory is deleted. Between the two it is kept because the law demands
    it, and for nothing else. `keep_until`: the longest floor, before which it may not be deleted. `sealed_until`: the
    latest `expires_at` that these rules can give it, whenever it is used. `rule_ids`: the rules that decided, sorted.
    """

    expires_at: datetime
    destroy_at: datetime
    keep_until: datetime | None
    sealed_until: datetime
    rule_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class NoCeiling:
    """Answer when no rule limits storage, so nothing may be stored."""


def resolve(rules: Iterable[RetentionRule], anchors: Anchors) -> Kept | NoCeiling:
    """Return the dates of one memory, or NoCeiling.

    Total, and independent of the order of the rules. Adding a floor never shortens. Adding a mandatory ceiling never
    lengthens. Adding a default ceiling lengthens only where it is more specific than every default that counts so far,
    and so replaces them (DESIGN section 8); one whose starting point is not known yet replaces nothing.
    """
    every = list(dict.fromkeys(rules))
    floors = [(_end(rule, anchors) or FOREVER, rule.id) for rule in every if rule.kind is RuleKind.FLOOR]
    ceilings = _applying_ceilings(every, anchors)
    if not ceilings:
        return NoCeiling()
    ends = [(_end(rule, anchors) or FOREVER, rule) for rule in ceilings]
    expires_at = min(end for end, _ in ends)
    keep_until = max((end for end, _ in floors), default=None)
    destroy_at = max(expires_at, keep_until or expires_at)
    decided = {rule.id for end, rule in ends if end == expires_at}
    if keep_until is not None and keep_until > expires_at:
        decided |= {rule_id for end, rule_id in floors if end == keep_until}
    fixed = [end for end, rule in ends if rule.anchor is not PeriodStart.LAST_USED]
    return Kept(
        expires_at=expires_at,
        destroy_at=destroy_at,
        keep_until=keep_until,
        sealed_until=min(fixed, default=FOREVER),
        rule_ids=tuple(sorted(decided)),
    )


def _applying_ceilings(rules: list[RetentionRule], anchors: Anchors) -> list[RetentionRule]:
    countable = [rule for rule in rules if rule.kind is RuleKind.CEILING and _end(rule, anchors) is not None]
    defaults = [rule for rule in countable if rule.authority is Authority.DEFAULT]
    most_specific = max((rule.level for rule in defaults), default=Level.TENANT)
    return [rule for rule in countable if rule.authority is Authority.MANDATORY or rule.level == most_specific]


def _end(rule: RetentionRule, anchors: Anchors) -> datetime | None:
    """Return the end of the rule's period; None while its starting point is not known."""
    start = {
        PeriodStart.CREATED: anchors.created,
        PeriodStart.LAST_USED: max(anchors.created, anchors.last_used or anchors.created),
        PeriodStart.CONTRACT_END: anchors.contract_end,
    }[rule.anchor]
    if start is None:
        return None
    return start + timedelta(days=rule.days) if (FOREVER - start).days >= rule.days else FOREVER
