"""Preview of a change of the retention rules, before it is approved, and the approval bound to that preview."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from governance.guard.authorize import authorize
from governance.models import Purpose, Retention, Tenant
from governance.processing import retention_rules
from governance.processing.retention_rules import rule_by_id, rules_in_force
from governance.vocabulary import Action, MemoryState
from memstore.forget.sweep import overdue
from memstore.models import Memory
from memstore.records.redate import new_dates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from uuid import UUID

    from governance.context import Caller
    from governance.processing.retention_rules import RuleTerms
    from memstore.records.dates import Dates

BATCH = 5_000
MONTHS_AHEAD = 12
AT_ONCE, LATER = "at_once", "later"


@dataclass(frozen=True, slots=True)
class Ending:
    """Number of memories that are destroyed in a month: as things are (`now`), and after the change (`then`).

    `month` is at_once for what is due already, YYYY-MM for this month and those after it, later for what follows.
    """

    month: str
    now: int
    then: int


@dataclass(frozen=True, slots=True)
class RetentionPreview:
    """Effect of a change of rules, as counts of memories. An approval names the `digest` (hex).

    `out_of_use` are readable now and would not be; `destroyed` would be due at once; `shortened` and `lengthened` are
    those whose use ends earlier or later than now; `out_of_use_by_purpose` breaks the first down. `endings` has every
    memory once in `now` and once in `then`, holds left aside. Memories that are out of use already are not counted.
    """

    rule_id: UUID
    ends_rule: bool
    total: int
    out_of_use: int
    destroyed: int
    shortened: int
    lengthened: int
    kept_longer: int
    out_of_use_by_purpose: dict[str, int]
    endings: tuple[Ending, ...]
    digest: str


def preview(*, caller: Caller, rule_id: UUID) -> RetentionPreview:
    """Return the effect of a proposed rule, or of the proposed end of one. Changes nothing. Raises NoSuchObject."""
    allowed = authorize(caller=caller, action=Action.PREVIEW_RULE, object_id=rule_id)
    with allowed.effect():
        plan = _plan(rule_by_id(rule_id))
        allowed.record(object_id=rule_id, n_items=plan.total)
    return plan


def preview_terms(*, caller: Caller, terms: RuleTerms) -> RetentionPreview:
    """Return the effect of a rule that is not proposed yet. Raises InvalidChange. Its digest approves nothing."""
    allowed = authorize(caller=caller, action=Action.PREVIEW_RULE)
    with allowed.effect():
        plan = _plan(retention_rules.draft(caller, terms))
        allowed.record(n_items=plan.total)
    return plan


def approve_rule(*, caller: Caller, rule_id: UUID, digest: str) -> RetentionPreview:
    """Approve a rule as the second person, on the preview with this digest.

    Raises AccessRefused: PLAN_CHANGED, SAME_PERSON, ALREADY_DECIDED.
    """
    return _approve(caller, rule_id, digest, Action.APPROVE_RULE)


def approve_rule_end(*, caller: Caller, rule_id: UUID, digest: str) -> RetentionPreview:
    """Approve the end of a rule as the second person, on the preview with this digest. Raises as `approve_rule`."""
    return _approve(caller, rule_id, digest, Action.APPROVE_RULE_END)


def _approve(caller: Caller, rule_id: UUID, digest: str, action: Action) -> RetentionPreview:
    allowed = authorize(caller=caller, action=action, object_id=rule_id)
    with allowed.effect():
        row = rule_by_id(rule_id)
        plan = _plan(row)
        decide = retention_rules.approve_rule if action is Action.APPROVE_RULE else retention_rules.approve_end
        decide(caller=caller, row=row, plan=bytes.fromhex(plan.digest), seen=_from_hex(digest))
        allowed.record(object_id=rule_id, n_items=plan.out_of_use)
    return plan


@dataclass(frozen=True, slots=True)
class RetentionStatus:
    """State of the retention. `overdue` must be 0: due for destruction and still there.

    `held`: due and kept by a hold or restriction. `rules_pending`: dates are being recomputed.
    """

    overdue: int
    held: int
    restricted: int
    expire_within_30_days: int
    rules_pending: bool


def status(*, caller: Caller) -> RetentionStatus:
    """Return the state of the retention, for every member of staff."""
    allowed = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    now = datetime.now(UTC)
    with allowed.effect():
        due = Memory.objects.filter(destroy_at__lte=now).count()
        late = overdue(now)
        found = RetentionStatus(
            overdue=late,
            held=due - late,
            restricted=Memory.objects.filter(state=MemoryState.RESTRICTED.value).count(),
            expire_within_30_days=Memory.objects.filter(
                expires_at__gt=now, expires_at__lte=now + timedelta(days=30)
            ).count(),
            rules_pending=Tenant.objects.filter(id=caller.tenant_id, retention_cursor__isnull=False).exists(),
        )
        allowed.record()
    return found


def _plan(row: Retention) -> RetentionPreview:
    now = datetime.now(UTC)
    ends = row.approved_at is not None
    rules = [rule for rule in rules_in_force() if rule.id != row.id]
    if not ends:
        rules.append(row)
    counts: Counter[str] = Counter()
    by_purpose: Counter[UUID] = Counter()
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for memory, dates in _every(rules):
        counts["total"] += 1
        before[_month(memory.destroy_at, now)] += 1
        after[_month(dates.destroy_at, now)] += 1
        found = _difference(memory, dates, now)
        counts.update(found)
        if "out_of_use" in found:
            by_purpose[memory.purpose_id] += 1
    names = dict(Purpose.objects.values_list("id", "name"))
    told = f"{row.id} {ends} {row.kind} {row.days} {row.anchor} {row.authority} {row.purpose_id} {row.data_class}"
    told += f" {row.subject_id} {counts['out_of_use']} {counts['destroyed']}"
    return RetentionPreview(
        rule_id=row.id,
        ends_rule=ends,
        total=counts["total"],
        out_of_use=counts["out_of_use"],
        destroyed=counts["destroyed"],
        shortened=counts["shortened"],
        lengthened=counts["lengthened"],
        kept_longer=counts["kept_longer"],
        out_of_use_by_purpose={names.get(purpose, ""): n for purpose, n in by_purpose.items()},
        endings=tuple(Ending(month, before[month], after[month]) for month in _months(now)),
        digest=hashlib.sha256(told.encode()).hexdigest(),
    )


def _difference(memory: _Row, dates: Dates, now: datetime) -> list[str]:
    found = []
    if dates.expires_at < memory.expires_at:
        found.append("shortened")
    if dates.expires_at > memory.expires_at:
        found.append("lengthened")
    if dates.expires_at <= now < memory.expires_at:
        found.append("out_of_use")
    if dates.destroy_at <= now < memory.destroy_at:
        found.append("destroyed")
    if dates.destroy_at > memory.destroy_at:
        found.append("kept_longer")
    return found


def _month(at: datetime, now: datetime) -> str:
    if at <= now:
        return AT_ONCE
    ahead = (at.year - now.year) * 12 + at.month - now.month
    return f"{at.year:04}-{at.month:02}" if ahead < MONTHS_AHEAD else LATER


def _months(now: datetime) -> list[str]:
    first = now.year * 12 + now.month - 1
    named = [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(first, first + MONTHS_AHEAD)]
    return [AT_ONCE, *named, LATER]


class _Row(NamedTuple):
    """Columns of a memory that the dry run reads: there may be very many, and model instances are costly."""

    id: UUID
    subject_id: UUID
    purpose_id: UUID
    purpose_version_id: UUID
    data_class: str
    created_at: datetime
    last_seen_at: datetime | None
    last_used_at: datetime | None
    expires_on: date | None
    expires_at: datetime
    destroy_at: datetime

    @property
    def anchored_at(self) -> datetime:
        return self.last_seen_at or self.created_at


def _every(rules: list[Retention]) -> Iterator[tuple[_Row, Dates]]:
    """Yield every memory with the dates that `rules` would give, read in batches by id, without those out of use."""
    rows = Memory.objects.exclude(state=MemoryState.RESTRICTED.value).order_by("id").values_list(*_Row._fields)
    batch = [_Row(*row) for row in rows[:BATCH]]
    while batch:
        yield from new_dates(batch, rules)
        batch = [_Row(*row) for row in rows.filter(id__gt=batch[-1].id)[:BATCH]]


def _from_hex(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return b""
