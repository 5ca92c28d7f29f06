"""Quarantine: memories that wait for a reviewer.

A release moves the card to where recall finds it; a rejection deletes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import AccessRefused, NoSuchObject
from governance.evidence.ledger.protections import protect
from governance.guard.alarms import report_damage
from governance.guard.authorize import authorize, on_current_facts, refuse
from governance.guard.facts import subject_facts
from governance.models import ProtectionKind
from governance.subjects.look_up import clear, subject_numbered
from governance.subjects.subjects import fetch_sealers, subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, DataClass, FieldGroup, MemoryState, ReasonCode
from memstore.models import Card, Memory, Quarantine
from memstore.records.card import Changes, open_card, resealed
from memstore.records.delete import let_go
from memstore.records.insert import hold_subject
from memstore.records.memory_view import as_seen
from memstore.records.payload import current_versions, readable_payloads

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.policy.decide import SubjectFacts
    from memstore.models import MemoryVersion


@dataclass(frozen=True, slots=True)
class Waiting:
    """One memory in quarantine. `text` is masked; `found` are the categories that the detector saw."""

    memory_id: UUID
    subject_id: UUID
    purpose: str
    data_class: str
    reason: str
    found: tuple[str, ...]
    text: str | None
    created_at: datetime


def quarantined(*, caller: Caller, page: int = 1, page_size: int = 50) -> tuple[list[Waiting], int]:
    """Return one page, oldest first, and how many there are in all. Raises AccessRefused."""
    allowed = authorize(caller=caller, action=Action.READ_QUARANTINE)
    names = {rule.purpose_id: rule.name for rule in caller.principal.purposes}
    now = datetime.now(UTC)
    seen: set[UUID] = set()
    with allowed.effect(subjects=seen):
        live = Quarantine.objects.filter(memory__expires_at__gt=now).select_related("memory")
        total = live.count()
        rows = list(live.order_by("created_at", "memory_id")[(page - 1) * page_size : page * page_size])
        seen |= {row.memory.subject_id for row in rows}
        facts = subject_facts(caller.tenant_id, seen)
        versions = current_versions(row.memory for row in rows)
        rows = [row for row in rows if row.memory_id in versions]  # the others were deleted meanwhile
        fetch_sealers(caller.tenant_id, [(facts[row.memory.subject_id], row.memory.purpose_id) for row in rows])
        shown = [
            _show(
                allowed,
                facts[row.memory.subject_id],
                row,
                versions[row.memory_id],
                names.get(row.memory.purpose_id, ""),
            )
            for row in rows
        ]
        _record(allowed, rows)
    return shown, total


def _record(allowed: Grant, rows: list[Quarantine]) -> None:
    """Record one event for each person whose words were shown, or one without a person if none were."""
    of: dict[UUID, list[tuple[UUID, int]]] = {}
    for row in rows:
        of.setdefault(row.memory.subject_id, []).append((row.memory_id, row.memory.version))
    allowed.record_each(of)
    if not of:
        allowed.record()


def _show(allowed: Grant, subject: SubjectFacts, row: Quarantine, version: MemoryVersion, purpose: str) -> Waiting:
    memory = row.memory
    [payload] = readable_payloads(subject_sealer(row.tenant_id, subject, memory.purpose_id), [version])
    if payload is None:  # the others are shown all the same
        report_damage(row.tenant_id, [memory.id], subject_id=subject.id)
    view = allowed.allowed.view(FieldGroup.CONTENT, DataClass(memory.data_class), MemoryState.QUARANTINED)
    return Waiting(
        memory_id=memory.id,
        subject_id=memory.subject_id,
        purpose=purpose,
        data_class=memory.data_class,
        reason=row.reason,
        found=payload.found if payload else (),
        text=as_seen(payload.text, view) if payload else None,
        created_at=row.created_at,
    )


@on_current_facts
def release(*, caller: Caller, memory_id: UUID, data_class: DataClass | None = None) -> None:
    """Release a memory: from the commit on it can be recalled. `data_class` is its class by the reviewer's judgement.

    Raises NoSuchObject, and AccessRefused(CLASS_NOT_ALLOWED) when the purpose may not hold that class.
    """
    memory, facts = _find(caller, Action.RELEASE, memory_id)
    allowed = authorize(caller=caller, action=Action.RELEASE, subject=facts, object_id=memory_id)
    judged = data_class or DataClass(memory.data_class)
    rule = next((rule for rule in caller.principal.purposes if rule.purpose_id == memory.purpose_id), None)
    sealer = subject_sealer(caller.tenant_id, facts, memory.purpose_id)
    with allowed.effect(subjects=[facts.id]):
        if rule is None or not rule.holds(judged):
            raise AccessRefused(ReasonCode.CLASS_NOT_ALLOWED)
        hold_subject(caller.tenant_id, facts)
        row = Quarantine.objects.select_for_update().filter(memory_id=memory_id).first()
        if row is None:
            raise NoSuchObject("quarantined memory")
        memory = Memory.objects.get(id=memory_id)
        card = Card(
            memory_id=memory.id,
            tenant_id=memory.tenant_id,
            subject_id=memory.subject_id,
            purpose_id=memory.purpose_id,
            version=memory.version,
            data_class=judged.value,
            expires_at=memory.expires_at,
            sealed=row.sealed_card,
        )
        until = open_card(sealer, card).expires_at
        card.sealed = resealed(sealer, card, Changes(expires_at=until, data_class=judged))
        memory.state, memory.data_class = MemoryState.ACTIVE.value, judged.value
        memory.save(update_fields=["state", "data_class"])
        card.save(force_insert=True)
        row.delete()
        allowed.record(items=[(memory.id, memory.version)], object_id=memory.id)


@on_current_facts
def reject(*, caller: Caller, memory_id: UUID) -> None:
    """Reject a memory: it is deleted with its source, or stays sealed and out of reach under a hold.

    Raises NoSuchObject.
    """
    memory, facts = _find(caller, Action.REJECT, memory_id)
    allowed = authorize(caller=caller, action=Action.REJECT, subject=facts, object_id=memory_id)
    with allowed.effect():
        hold_subject(caller.tenant_id, facts)
        if not Quarantine.objects.select_for_update().filter(memory_id=memory_id).exists():
            raise NoSuchObject("quarantined memory")
        removed = let_go(Memory.objects.filter(id=memory_id), memory.subject_id)
        protect(ProtectionKind.DELETE, tenant_id=caller.tenant_id, memory_ids=[memory_id])
        allowed.record(items=removed.all, object_id=memory_id)


def _find(caller: Caller, action: Action, memory_id: UUID) -> tuple[Memory, SubjectFacts]:
    """Return the memory that waits, and its subject. Raises NoSuchObject, on the record, AccessRefused."""
    cleared = clear(caller=caller, action=action, object_id=memory_id)
    with tenant_context(caller.tenant_id):
        row = Memory.objects.filter(id=memory_id, state=MemoryState.QUARANTINED.value).first()
    facts = subject_numbered(cleared, row.subject_id if row else None)
    if row is None or facts is None:
        refuse(caller, Action.READ_QUARANTINE, ReasonCode.NOT_FOUND, object_id=memory_id)
        raise NoSuchObject("quarantined memory")
    return row, facts
