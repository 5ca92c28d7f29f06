"""Raised statements: objections that people said in a chat, and what an officer makes of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import NoSuchObject
from governance.guard.alarms import report_damage
from governance.guard.authorize import authorize, on_current_facts, refuse
from governance.guard.facts import subject_facts
from governance.processing.objections import is_objectionable
from governance.subjects.look_up import clear, subject_numbered
from governance.subjects.subject_lock import lock_living, standing_of
from governance.subjects.subjects import fetch_sealers, subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, DataClass, FieldGroup, MemoryState, ReasonCode, View
from memstore.forget.end_of_purpose import finish_shred
from memstore.forget.erasure.plan import as_seen as unchanged_since
from memstore.models import RaisedStatement, StatementOutcome
from memstore.records.memory_view import as_seen
from memstore.records.payload import current_versions, readable_payloads
from memstore.records.raised import waiting_statements
from memstore.rights.choices import note_objection

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.policy.decide import PurposeRule, SubjectFacts
    from memstore.models import MemoryVersion


@dataclass(frozen=True, slots=True)
class Raised:
    """One statement that waits for an officer. `text` is as the role sees it; None where it is hidden or over.

    `objectionable`: an objection to the purpose can be recorded.
    """

    id: UUID
    memory_id: UUID
    subject_id: UUID
    purpose: str
    objectionable: bool
    text: str | None
    raised_at: datetime


def raised_statements(*, caller: Caller, page: int = 1, page_size: int = 50) -> tuple[list[Raised], int]:
    """Return one page of what waits, oldest first, and how many there are in all. Raises AccessRefused."""
    allowed = authorize(caller=caller, action=Action.READ_OBJECTIONS)
    rules = {rule.purpose_id: rule for rule in caller.principal.purposes}
    seen: set[UUID] = set()
    with allowed.effect(subjects=seen):
        waiting = waiting_statements().select_related("memory")
        total = waiting.count()
        rows = list(waiting.order_by("raised_at", "id")[(page - 1) * page_size : page * page_size])
        seen |= {row.subject_id for row in rows}
        facts = subject_facts(caller.tenant_id, seen)
        now = datetime.now(UTC)
        in_use = [row for row in rows if row.memory.expires_at > now]  # no read returns what is over
        versions = current_versions(row.memory for row in in_use)
        fetch_sealers(caller.tenant_id, [(facts[row.subject_id], row.purpose_id) for row in in_use])
        shown = [
            _show(allowed, facts[row.subject_id], row, versions.get(row.memory_id), rules.get(row.purpose_id))
            for row in rows
        ]
        of: dict[UUID, list[tuple[UUID, int]]] = {}
        for row in rows:
            of.setdefault(row.subject_id, []).append((row.memory_id, row.memory.version))
        allowed.record_each(of)
        if not of:
            allowed.record()
    return shown, total


def _show(
    allowed: Grant,
    subject: SubjectFacts,
    row: RaisedStatement,
    version: MemoryVersion | None,
    rule: PurposeRule | None,
) -> Raised:
    memory, text = row.memory, None
    view = allowed.allowed.view(FieldGroup.CONTENT, DataClass(memory.data_class), MemoryState(memory.state))
    if version is not None and view is not View.HIDDEN:
        [payload] = readable_payloads(subject_sealer(row.tenant_id, subject, row.purpose_id), [version])
        if payload is None:  # the others are shown all the same
            report_damage(row.tenant_id, [memory.id], subject_id=subject.id)
        else:
            text = as_seen(payload.text, view)
    return Raised(
        id=row.id,
        memory_id=row.memory_id,
        subject_id=row.subject_id,
        purpose=rule.name if rule else "",
        objectionable=rule is not None and is_objectionable(rule),
        text=text,
        raised_at=row.raised_at,
    )


@on_current_facts
def record_statement(*, caller: Caller, statement_id: UUID, seen: str = "") -> StatementOutcome:
    """Record a statement as the person's objection to the purpose of its memory, and return what came of it.

    Where the purpose cannot be objected to, it is only marked as handled; an objection that stands is not made twice.
    `seen`: the digest of the preview that the officer looked at, if any. Raises NoSuchObject, AccessRefused:
    PLAN_CHANGED if the present preview is another one.
    """
    purpose_id, facts = _find(caller, statement_id)
    handling = authorize(caller=caller, action=Action.SETTLE_OBJECTION, subject=facts, object_id=statement_id)
    objecting = authorize(caller=caller, action=Action.OBJECT, subject=facts, object_id=statement_id)
    rule = next((rule for rule in caller.principal.purposes if rule.purpose_id == purpose_id), None)
    if rule is None:
        raise NoSuchObject("purpose")
    outcome = StatementOutcome.RECORDED if is_objectionable(rule) else StatementOutcome.NOT_OBJECTIONABLE
    with handling.effect(object_id=statement_id):
        subject = lock_living(facts.id)
        if seen:
            unchanged_since(subject, seen)
        _handle(caller, statement_id, outcome)
        stands = standing_of(subject, purpose_id).objected_at is not None
        if outcome is StatementOutcome.RECORDED and not stands:
            note_objection(grant=objecting, subject=subject, rule=rule)
        handling.record_under_lock(subject_id=subject.id, object_id=statement_id)
    finish_shred(tenant_id=caller.tenant_id, subject_id=facts.id, purpose_id=purpose_id)
    return outcome


@on_current_facts
def dismiss_statement(*, caller: Caller, statement_id: UUID) -> None:
    """Mark a statement as no objection: by an officer's judgement. Raises NoSuchObject, AccessRefused."""
    _, facts = _find(caller, statement_id)
    handling = authorize(caller=caller, action=Action.SETTLE_OBJECTION, subject=facts, object_id=statement_id)
    with handling.effect(object_id=statement_id):
        subject = lock_living(facts.id)
        _handle(caller, statement_id, StatementOutcome.NO_OBJECTION)
        handling.record_under_lock(subject_id=subject.id, object_id=statement_id)


def _handle(caller: Caller, statement_id: UUID, outcome: StatementOutcome) -> None:
    """Mark a statement as handled. The subject is locked by the caller. Raises NoSuchObject if it waits no more."""
    changed = (
        waiting_statements()
        .filter(id=statement_id)
        .update(handled_at=datetime.now(UTC), handled_by=caller.principal.id, outcome=outcome)
    )
    if not changed:
        raise NoSuchObject("statement")


def _find(caller: Caller, statement_id: UUID) -> tuple[UUID, SubjectFacts]:
    """Return the purpose and the subject of a statement that waits. Raises NoSuchObject, on the record."""
    action = Action.SETTLE_OBJECTION
    cleared = clear(caller=caller, action=action, object_id=statement_id)
    with tenant_context(caller.tenant_id):
        row = waiting_statements().filter(id=statement_id).first()
    facts = subject_numbered(cleared, row.subject_id if row else None)
    if row is None or facts is None:
        refuse(caller, action, ReasonCode.NOT_FOUND, object_id=statement_id)
        raise NoSuchObject("statement")
    return row.purpose_id, facts
