"""Reading of one memory by its id, and of its history of wordings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from governance.errors import Unopenable
from governance.guard.alarms import report_damage
from governance.guard.authorize import on_current_facts, subjects_of
from governance.vocabulary import Action
from memstore.errors import MemoryNotFound
from memstore.models import Card, MemoryVersion
from memstore.records.card import open_card
from memstore.records.load import load_memories
from memstore.records.payload import Payload, open_payloads, readable_payloads

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.context import Caller
    from governance.keyring.sealing import Sealer
    from memstore.records.card import OpenedCard
    from memstore.records.memory_view import MemoryView
    from memstore.records.scope_ids import ScopeIds


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry of a memory's history, with its provenance. `before` is the wording that it replaced, or None."""

    id: UUID
    memory_id: UUID
    version: int
    event: str
    before: str | None
    payload: Payload
    scope: ScopeIds
    extractor: str
    model: str
    prompt_version: str
    stated: str
    confidence: float
    source_id: UUID | None
    principal_id: UUID
    created_at: datetime


@on_current_facts
def get(*, caller: Caller, memory_id: UUID) -> MemoryView:
    """Return one memory. Raises MemoryNotFound for a missing one and for one that the caller may not know of."""
    [loaded] = load_memories(caller=caller, action=Action.READ, ids=[memory_id])
    sealer = loaded.sealer
    with loaded.grant.effect(subjects=subjects_of([loaded.grant])):
        card = _open_card(sealer, memory_id)
        versions = list(MemoryVersion.objects.filter(memory_id=memory_id, version=card.version))
        if not versions:  # deleted meanwhile
            raise MemoryNotFound
        [payload] = open_payloads(sealer, versions)
        loaded.grant.record(items=[(memory_id, card.version)], object_id=memory_id)
    return replace(card.view(payload.text), state=loaded.memory.state, replaced_by=loaded.memory.replaced_by)


def _open_card(sealer: Sealer, memory_id: UUID) -> OpenedCard:
    """Return the opened card. Raises Unopenable, and MemoryNotFound if the memory was deleted meanwhile."""
    card = Card.objects.filter(memory_id=memory_id).first()
    if card is None:
        raise MemoryNotFound
    return open_card(sealer, card)


@on_current_facts
def history(*, caller: Caller, memory_id: UUID) -> list[HistoryEntry]:
    """Return every wording, oldest first, without rectified and damaged ones. Raises MemoryNotFound.

    Raises Unopenable when no wording opens.
    """
    [loaded] = load_memories(caller=caller, action=Action.HISTORY, ids=[memory_id])
    sealer = loaded.sealer
    with loaded.grant.effect(subjects=subjects_of([loaded.grant])):
        scope = _open_card(sealer, memory_id).scope
        versions = list(MemoryVersion.objects.filter(memory_id=memory_id, rectified=False).order_by("version"))
        opened = readable_payloads(sealer, versions)
        if None in opened:
            report_damage(caller.tenant_id, [memory_id], subject_id=loaded.memory.subject_id)
        readable = [(row, payload) for row, payload in zip(versions, opened, strict=True) if payload is not None]
        if not readable:
            raise Unopenable("no wording of a memory opens", memory_id)
        loaded.grant.record(items=[(memory_id, row.version) for row, _ in readable], object_id=memory_id)
    before = [None, *(payload.text for _, payload in readable)]
    return [
        HistoryEntry(
            id=row.id,
            memory_id=memory_id,
            version=row.version,
            event=row.event,
            before=earlier,
            payload=payload,
            scope=scope,
            extractor=row.extractor,
            model=row.model,
            prompt_version=row.prompt_version,
            stated=row.stated,
            confidence=row.confidence,
            source_id=row.source_id,
            principal_id=row.principal_id,
            created_at=row.created_at,
        )
        for (row, payload), earlier in zip(readable, before, strict=False)
    ]
