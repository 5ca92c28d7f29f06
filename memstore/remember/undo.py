"""Undo: what a newer statement replaced by mistake is current again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.guard.authorize import on_current_facts, subjects_of
from governance.vocabulary import Action
from memstore.reconcile.revive import replaced_with, revive
from memstore.records.insert import hold_subject
from memstore.records.load import load_memories

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller


@on_current_facts
def undo(*, caller: Caller, memory_id: UUID) -> list[UUID]:
    """Undo the replacement of a memory, or all that a current one replaced. Return the ids that are current again.

    Raises MemoryNotFound (also for one that was erased meanwhile), Conflict when there is nothing to undo.
    """
    [loaded] = load_memories(caller=caller, action=Action.REVISE, ids=[memory_id])
    sealer, subject = loaded.sealer, loaded.grant.subject
    with loaded.grant.effect(subjects=subjects_of([loaded.grant])):
        if subject is not None:
            hold_subject(caller.tenant_id, subject)
        found = replaced_with(loaded.memory)
        loaded.grant.record(items=[(row.old.id, row.old.version) for row in found], object_id=memory_id)
        revived = revive(sealer, found, by=caller.principal.id)
    return [one.id for one in revived]
