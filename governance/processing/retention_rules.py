"""Retention rules beside the purposes' own ceilings: proposed by one person, approved by another on a preview."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connection

from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.guard.authorize import authorize
from governance.guard.second_approval import EndedProposal, approve, ended_of, not_the_same
from governance.ids import NIL
from governance.models import Retention, Tenant
from governance.policy.purpose_terms import MAX_DAYS
from governance.policy.retention import Authority, Level, PeriodStart, RetentionRule, RuleKind
from governance.processing.purposes import purpose_named
from governance.vocabulary import Action, DataClass, ReasonCode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.context import Caller


# Taken by every transaction that stores a memory, before it reads the rules. A change of the rules waits for all of
# these, and only then are all memories dated anew. Takes the tenant's id.
RULES_STAY = "pg_advisory_xact_lock_shared(hashtextextended('retention rules ' || %s::text, 0))"
_RULES_CHANGE = "SELECT pg_advisory_xact_lock(hashtextextended('retention rules ' || %s::text, 0))"
_IN_FORCE = "SELECT * FROM governance_retention WHERE approved_at IS NOT NULL AND end_approved_at IS NULL"


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """The terms of a rule. `purpose`, `data_class`, `subject_id`: None means every one."""

    name: str
    kind: RuleKind
    days: int
    anchor: PeriodStart = PeriodStart.CREATED
    authority: Authority = Authority.DEFAULT
    purpose: str | None = None
    data_class: DataClass | None = None
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule. `state`: proposed, declined, withdrawn, in_force, end_proposed, ended.

    `ended`: how the last proposal ended that was not approved; of a rule in force, the last one to end it.
    `proposed_by`: the author of the proposal that waits.
    """

    id: UUID
    terms: RuleTerms
    state: str
    requested_by: UUID
    approved_by: UUID | None
    requested_at: datetime
    proposed_by: UUID | None
    ended: EndedProposal | None


def propose_rule(*, caller: Caller, terms: RuleTerms) -> RuleView:
    """Propose a rule. It has no effect until a second person approves it. Raises AccessRefused, InvalidChange."""
    grant = authorize(caller=caller, action=Action.PROPOSE_RULE)
    with grant.effect():
        row = draft(caller, terms)
        row.save(force_insert=True)
        grant.record(object_id=row.id)
    return view(row, _names(caller))


def draft(caller: Caller, terms: RuleTerms) -> Retention:
    """Return the rule as it would be, not saved. Call it inside the tenant's context.

    Raises InvalidChange, NoSuchObject (an unknown purpose).
    """
    if not terms.name.strip():
        raise InvalidChange("name", "name the law or decision behind the rule")
    if not 0 < terms.days <= MAX_DAYS:
        raise InvalidChange("days", f"expected 1 to {MAX_DAYS} days")
    rule = purpose_named(caller.tenant_id, terms.purpose) if terms.purpose is not None else None
    return Retention(
        tenant_id=caller.tenant_id,
        name=terms.name.strip()[:100],
        kind=terms.kind,
        days=terms.days,
        anchor=terms.anchor,
        authority=terms.authority,
        purpose_id=rule.purpose_id if rule else None,
        data_class=terms.data_class or "",
        subject_id=terms.subject_id,
        requested_by=caller.principal.id,
    )


def approve_rule(*, caller: Caller, row: Retention, plan: bytes, seen: bytes) -> None:
    """Approve a rule as the second person, on the preview `seen`.

    Call it inside the transaction of `memstore.oversight.retention_preview`. Raises AccessRefused: PLAN_CHANGED when
    the preview is not what it would be now, SAME_PERSON, ALREADY_DECIDED.
    """
    if not hmac.compare_digest(plan, seen):
        raise AccessRefused(ReasonCode.PLAN_CHANGED)
    approve(row, caller)
    row.plan_sha256 = plan
    row.save(update_fields=["approved_by", "approved_at", "plan_sha256"])
    _wait_for_writers(caller.tenant_id)
    recompute_all(caller.tenant_id)


def propose_end(*, caller: Caller, rule_id: UUID) -> RuleView:
    """Propose to end a rule in force. Raises NoSuchObject, AccessRefused(ALREADY_DECIDED)."""
    grant = authorize(caller=caller, action=Action.PROPOSE_RULE_END, object_id=rule_id)
    with grant.effect():
        row = rule_by_id(rule_id)
        if row.approved_at is None or row.end_requested_at is not None:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        row.end_requested_by, row.end_requested_at = caller.principal.id, datetime.now(UTC)
        row.save(update_fields=["end_requested_by", "end_requested_at"])
        grant.record(object_id=row.id)
    return view(row, _names(caller))


def approve_end(*, caller: Caller, row: Retention, plan: bytes, seen: bytes) -> None:
    """Approve the end of a rule as the second person. Conditions and exceptions are those of `approve_rule`."""
    if row.end_requested_at is None or row.end_approved_at is not None:
        raise AccessRefused(ReasonCode.ALREADY_DECIDED)
    if not hmac.compare_digest(plan, seen):
        raise AccessRefused(ReasonCode.PLAN_CHANGED)
    not_the_same(caller, row.end_requested_by)
    row.end_approved_by, row.end_approved_at = caller.principal.id, datetime.now(UTC)
    row.save(update_fields=["end_approved_by", "end_approved_at"])
    _wait_for_writers(caller.tenant_id)
    recompute_all(caller.tenant_id)


def recompute_all(tenant_id: UUID) -> None:
    """Make the sweep date every memory anew, from the first. It resumes wherever it is interrupted."""
    Tenant.objects.filter(id=tenant_id).update(retention_cursor=NIL)


def _wait_for_writers(tenant_id: UUID) -> None:
    """Wait for the transactions that store under the old rules.

    Never call it while a subject's row is locked: they may be waiting for it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RULES_CHANGE, [tenant_id])


def list_rules(*, caller: Caller) -> list[RuleView]:
    """Return all rules, newest first."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        rows = list(Retention.objects.order_by("-requested_at"))
        grant.record(n_items=len(rows))
    names = _names(caller)
    return [view(row, names) for row in rows]


def rule_by_id(rule_id: UUID) -> Retention:
    """Return a rule, locked. Raises NoSuchObject. Call it inside the tenant's context."""
    row = Retention.objects.select_for_update().filter(id=rule_id).first()
    if row is None:
        raise NoSuchObject("retention rule")
    return row


def rules_in_force() -> list[Retention]:
    """Return the current tenant's rules in force.

    Read them in the transaction that stores, so that no rule is missed.
    """
    return list(Retention.objects.raw(_IN_FORCE))  # runs for every stored memory, so the ORM builds no query


def applying(
    rows: Iterable[Retention],
    *,
    purpose_id: UUID,
    version_id: UUID,
    ceiling_days: int,
    data_class: DataClass,
    subject_id: UUID,
) -> list[RetentionRule]:
    """Return the rules for one memory: its purpose's own ceiling, and those of `rows` that apply to it."""
    own = RetentionRule(
        version_id, RuleKind.CEILING, ceiling_days, PeriodStart.CREATED, Authority.DEFAULT, Level.PURPOSE
    )
    return [
        own,
        *(
            pure(row)
            for row in rows
            if row.purpose_id in (None, purpose_id)
            and row.data_class in ("", data_class.value)
            and row.subject_id in (None, subject_id)
        ),
    ]


def pure(row: Retention) -> RetentionRule:
    """Return a rule in the form that `policy.retention` computes with."""
    level = (
        Level.SUBJECT
        if row.subject_id
        else Level.PURPOSE
        if row.purpose_id
        else Level.CLASS
        if row.data_class
        else Level.TENANT
    )
    return RetentionRule(row.id, RuleKind(row.kind), row.days, PeriodStart(row.anchor), Authority(row.authority), level)


def view(row: Retention, names: dict[UUID, str]) -> RuleView:
    """Return a rule as it is listed. `names`: of purposes, by id."""
    state = (
        "ended"
        if row.end_approved_at
        else "end_proposed"
        if row.end_requested_at
        else "in_force"
        if row.approved_at
        else row.ended_as or "proposed"
    )
    waits = {"proposed": row.requested_by, "end_proposed": row.end_requested_by}
    terms = RuleTerms(
        name=row.name,
        kind=RuleKind(row.kind),
        days=row.days,
        anchor=PeriodStart(row.anchor),
        authority=Authority(row.authority),
        purpose=names.get(row.purpose_id) if row.purpose_id else None,
        data_class=DataClass(row.data_class) if row.data_class else None,
        subject_id=row.subject_id,
    )
    return RuleView(
        id=row.id,
        terms=terms,
        state=state,
        requested_by=row.requested_by,
        approved_by=row.approved_by,
        requested_at=row.requested_at,
        proposed_by=waits.get(state),
        ended=ended_of(row),
    )


def _names(caller: Caller) -> dict[UUID, str]:
    return {rule.purpose_id: rule.name for rule in caller.principal.purposes}
