"""Undo by the person in the portal: what a newer memory replaced by mistake is current again (Art. 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import AccessRefused, NoSuchObject
from governance.guard.authorize import authorize, on_current_facts
from governance.subjects.oneself import oneself
from governance.subjects.subjects import subject_sealer
from governance.vocabulary import Action, MemoryState, ReasonCode
from memstore.errors import Conflict
from memstore.models import Memory
from memstore.reconcile.revive import replaced_with, revive
from memstore.records.insert import hold_subject
from memstore.rights.portal.own_memories import own_memory

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller


@on_current_facts
def undo_own(*, caller: Caller, memory_id: UUID) -> None:
    """Make one's own memory current again, beside the one that replaced it.

    Raises NoSuchObject alike for a missing one, another person's, and one that the sitting does not show;
    AccessRefused(ALREADY_DECIDED) when there is nothing to undo.
    """
    allowed = authorize(caller=caller, action=Action.REVIVE_OWN, subject=oneself(caller), object_id=memory_id)
    subject = allowed.subject
    if subject is None:
        raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)
    own_memory(caller=caller, memory_id=memory_id)
    with allowed.effect(subjects=[subject.id], object_id=memory_id):
        hold_subject(caller.tenant_id, subject, even_restricted=True)
        memory = Memory.objects.filter(id=memory_id, subject_id=subject.id).first()
        if memory is None:
            raise NoSuchObject("memory")
        found = replaced_with(memory) if memory.state == MemoryState.SUPERSEDED.value else []
        try:
            sealer = subject_sealer(caller.tenant_id, subject, memory.purpose_id)
            revived = revive(sealer, found, by=caller.principal.id)
        except Conflict:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED) from None
        allowed.record(items=[(one.id, one.version) for one in revived], object_id=memory_id)
