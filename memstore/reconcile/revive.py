"""Revival: what was made history by a newer statement is current again, beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.vocabulary import MemoryState
from memstore.errors import Conflict
from memstore.models import Card, Memory, Replacement, ReplacementKind
from memstore.records.card import Changes, resealed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.keyring.sealing import Sealer

HISTORY = (ReplacementKind.SUPERSEDES.value, ReplacementKind.RETRACTS.value)


def replaced_with(memory: Memory) -> list[Replacement]:
    """Return the replacements that an undo of this memory concerns: its own, or, for a current one, all it made."""
    rows = Replacement.objects.filter(kind__in=HISTORY, settled_at=None)
    rows = rows.filter(old=memory) if memory.state == MemoryState.SUPERSEDED.value else rows.filter(new=memory)
    return list(rows.select_related("old"))


def undoable(ids: Iterable[UUID]) -> set[UUID]:
    """Return those of these memories whose replacement can be undone. Inside the tenant's context."""
    rows = Replacement.objects.filter(
        old_id__in=list(ids), kind__in=HISTORY, settled_at=None, old__state=MemoryState.SUPERSEDED.value
    )
    return set(rows.values_list("old_id", flat=True))


def revive(sealer: Sealer, found: list[Replacement], *, by: UUID) -> list[Memory]:
    """Undo these replacements. Return the memories that are current again.

    Both stay: the newer one is not deleted, and it does not take the same place a second time. The caller has locked
    the subject's row. Raises Conflict when there is nothing to undo, or the same words are current already.
    """
    if not found:
        raise Conflict("nothing to undo: it was not replaced, and replaced nothing")
    revived = [row.old for row in found if row.old.state == MemoryState.SUPERSEDED.value]
    same = Memory.objects.filter(
        subject_id=found[0].subject_id,
        purpose_id=found[0].purpose_id,
        fingerprint__in=[one.fingerprint for one in revived],
        state__in=[MemoryState.ACTIVE.value, MemoryState.QUARANTINED.value],
    )
    if same.exists():
        raise Conflict("the same words are remembered as current already")
    for one in revived:
        one.state, one.replaced_by = MemoryState.ACTIVE.value, None
        one.save(update_fields=["state", "replaced_by"])
        card = Card.objects.filter(memory_id=one.id).first()
        if card is not None:
            card.sealed = resealed(sealer, card, Changes(valid_until="open"))
            card.current = True
            card.save(update_fields=["sealed", "current"])
    Replacement.objects.filter(id__in=[row.id for row in found]).update(settled_at=datetime.now(UTC), settled_by=by)
    return revived
