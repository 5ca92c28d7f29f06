"""Keeping: new statements are stored beside those that are current, and take the places that are theirs.

settle -> insert what is new -> sightings of what is said again -> objections raised -> replacements -> slots, all in
one transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from governance.vocabulary import MemoryState
from memstore.models import Card, Memory, Replacement, ReplacementKind, Slot
from memstore.reconcile.settle import HISTORY, Settled, settle
from memstore.records.card import Changes, resealed
from memstore.records.forgotten import said_before_forgotten
from memstore.records.insert import Stored, fingerprint, store
from memstore.records.raised import raise_objections
from memstore.records.seen import Seen
from memstore.records.sightings import Again, add_sightings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from numpy.typing import NDArray

    from governance.keyring.sealing import Sealer
    from memstore.records.insert import Draft, Owner, Provenance


def keep(
    *,
    owner: Owner,
    drafts: Sequence[Draft],
    vectors: NDArray[np.float32],
    model_id: str,
    provenance: Provenance,
    said_at: datetime | None = None,
    expires_on: date | None = None,
    own_agent_only: bool = False,
) -> list[Stored]:
    """Store the drafts in the current transaction, which has locked the subject's row. Return one result for each.

    A wording that was deleted after it was said is left out: an old source does not bring it back.

    Raises FactsMoved when an agent, app or run that they came through has ended meanwhile.
    """
    drafts, vectors = _not_forgotten(owner, drafts, vectors, said_at)
    if settings.MEMSTORE_RECONCILE:
        settled = settle(owner, drafts, vectors, said_at, own_agent_only=own_agent_only)
    else:
        settled = [Settled(draft) for draft in drafts]
    new = [place for place, one in enumerate(settled) if one.repeats is None]
    stored = store(
        owner=owner,
        drafts=[settled[place].draft for place in new],
        vectors=vectors[new] if new else np.zeros((0, 0), np.float32),
        model_id=model_id,
        provenance=provenance,
        said_at=said_at,
        expires_on=expires_on,
    )
    results = dict(zip(new, stored, strict=True))
    ids = {settled[place].draft.id: result.id for place, result in results.items()}
    for place, one in enumerate(settled):
        if one.repeats is not None:
            results[place] = Stored(ids.get(one.repeats, one.repeats), one.draft.payload.text, added=False)
    again = [
        Again(result.id, _seen(owner, settled[place].draft, said_at), expires_on)
        for place, result in sorted(results.items())
        if not result.added
    ]
    add_sightings(owner, again, provenance)
    raise_objections(owner, [results[place].id for place, one in enumerate(settled) if one.draft.objects])
    _note_late(owner, [settled[place] for place in new if results[place].added])
    for place in new:
        if results[place].added and not results[place].quarantined:
            results[place] = replace(
                results[place], supersedes=_take_places(owner, settled[place], said_at or datetime.now(UTC))
            )
    return [replace(result, sighting=not result.added) for _, result in sorted(results.items())]


def _not_forgotten(
    owner: Owner, drafts: Sequence[Draft], vectors: NDArray[np.float32], said_at: datetime | None
) -> tuple[list[Draft], NDArray[np.float32]]:
    """Return the drafts without those whose wording was deleted after it was said."""
    prints = {draft.id: fingerprint(owner.sealer, draft.payload) for draft in drafts}
    over = said_before_forgotten(owner, prints, said_at or datetime.now(UTC)) if prints else set()
    kept = [place for place, draft in enumerate(drafts) if draft.id not in over]
    return [drafts[place] for place in kept], vectors[kept] if over else vectors


def _seen(owner: Owner, draft: Draft, said_at: datetime | None) -> Seen:
    payload = draft.payload
    return Seen(
        owner.scope,
        payload.role,
        payload.speaker,
        payload.categories,
        payload.metadata,
        said_at,
        datetime.now(UTC),
    )


def _note_late(owner: Owner, settled: list[Settled]) -> None:
    """Note what came too late: the memory that was current already took its place, or a part of it."""
    wholly, partly = ReplacementKind.SUPERSEDES, ReplacementKind.PARTLY
    late = [(one, later, partly) for one in settled for later in one.older_than if later != one.draft.replaced_by]
    late += [(one, one.draft.replaced_by, wholly) for one in settled if one.draft.replaced_by is not None]
    Replacement.objects.bulk_create(
        [replacement(owner, one.draft.id, later, kind) for one, later, kind in late], ignore_conflicts=True
    )


def _take_places(owner: Owner, one: Settled, at: datetime) -> tuple[UUID, ...]:
    """Make history of what the statement replaces, and fill its slots. Return the ids of what is history now."""
    if one.draft.replaced_by is not None:
        return ()
    over = [old for old, kind in one.replaces if kind in HISTORY]
    make_history(owner.sealer, over, successor=one.draft.id, at=at)
    Replacement.objects.bulk_create(
        [replacement(owner, old, one.draft.id, kind) for old, kind in one.replaces], ignore_conflicts=True
    )
    fill_slots(owner, one.draft.id, one.slots)
    return tuple(over)


def fill_slots(owner: Owner, memory_id: UUID, macs: Sequence[bytes]) -> None:
    """Note that a current memory fills these slots. One that another fills stays with it: they contradict."""
    Slot.objects.bulk_create(
        [
            Slot(
                tenant_id=owner.tenant_id,
                memory_id=memory_id,
                subject_id=owner.subject.id,
                purpose_id=owner.purpose.purpose_id,
                mac=mac,
            )
            for mac in macs
        ],
        ignore_conflicts=True,
    )


def make_history(sealer: Sealer, ids: Sequence[UUID], *, successor: UUID, at: datetime) -> None:
    """Take memories out of what is current: they stay, with their dates, and say what took their place."""
    if not ids:
        return
    Slot.objects.filter(memory_id__in=ids).delete()
    Memory.objects.filter(id__in=ids, state=MemoryState.ACTIVE.value).update(
        state=MemoryState.SUPERSEDED.value, replaced_by=successor
    )
    for card in Card.objects.filter(memory_id__in=ids):
        card.sealed = resealed(sealer, card, Changes(valid_until=at))
        card.current = False
        card.save(update_fields=["sealed", "current"])


def replacement(owner: Owner, old: UUID, new: UUID, kind: ReplacementKind) -> Replacement:
    return Replacement(
        tenant_id=owner.tenant_id,
        subject_id=owner.subject.id,
        purpose_id=owner.purpose.purpose_id,
        old_id=old,
        new_id=new,
        kind=kind,
    )
