"""Revision: a new version of a memory. The wording before stays in its history; recall sees the new one only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import TYPE_CHECKING

from django.db import IntegrityError

from governance.errors import AccessRefused
from governance.guard.authorize import effect_of, on_current_facts, refuse, subjects_of
from governance.ids import uuid7
from governance.policy.retention import Anchors
from governance.processing.contract_end import contract_end
from governance.processing.retention_rules import rules_in_force
from governance.vocabulary import Action, MemoryState, ReasonCode
from memstore.errors import Conflict, InvalidInput
from memstore.heavy_calls import at_work
from memstore.intake.call_size import READ_OF_ONE, check_amount, check_read_now
from memstore.intake.classify import classify
from memstore.intake.embed import embedder
from memstore.models import Card, Job, JobKind, JobStatus, Memory, MemoryVersion
from memstore.records.card import open_card
from memstore.records.dates import dates_of
from memstore.records.idempotency import Once, claim, replayed
from memstore.records.insert import (
    Draft,
    Provenance,
    card_row,
    check_expires_on,
    fingerprint,
    hold_subject,
    quarantine_row,
    version_row,
)
from memstore.records.load import Loaded, load_memories
from memstore.records.payload import open_payloads
from memstore.records.terms import text_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from governance.context import Caller
    from memstore.records.payload import Json


class Keep(Enum):
    """Marker for "leave as it is", where None means "clear"."""

    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Revision:
    """Changes to one memory. A field that is None (or KEEP) stays."""

    memory_id: UUID
    text: str | None = None
    metadata: dict[str, Json] | None = None
    said_at: datetime | None = None
    expires_on: date | Keep | None = Keep.KEEP


@on_current_facts
def revise(*, caller: Caller, revisions: Sequence[Revision], once: Once | None = None) -> UUID:
    """Make a new version of each memory, all or none. Return the event's id.

    Raises MemoryNotFound, InvalidInput, AccessRefused (CLASS_NOT_ALLOWED for the new text), Busy, ProviderError, and
    Conflict: the new text is another memory of the same person and purpose, or the memory was changed meanwhile.
    """
    for index, revision in enumerate(revisions):
        if revision.text is not None and not revision.text.strip():
            raise InvalidInput(f"memories[{index}].text" if len(revisions) > 1 else "text", "must not be empty")
        if isinstance(revision.expires_on, date):
            check_expires_on(revision.expires_on, datetime.now(UTC))
    field = "memories" if len(revisions) > 1 else "text"
    texts = [revision.text for revision in revisions if revision.text is not None]
    check_amount(field, texts, [revision.metadata for revision in revisions])
    with at_work(caller, check_read_now(field, texts) + READ_OF_ONE * len(revisions)):
        return _revise(caller, revisions, once)


def _revise(caller: Caller, revisions: Sequence[Revision], once: Once | None) -> UUID:
    event_id = uuid7()
    if once is not None and (earlier := replayed(caller, once)) is not None:
        return earlier
    loaded = load_memories(caller=caller, action=Action.REVISE, ids=[revision.memory_id for revision in revisions])
    vectors = _embed_changed(revisions)
    subjects = subjects_of(entry.grant for entry in loaded)
    try:
        with effect_of([entry.grant for entry in loaded], subjects=subjects):
            if once is not None and (first := claim(caller, once, event_id)) != event_id:
                return first
            _hold_subjects(loaded)
            for entry, revision, vector in zip(loaded, revisions, vectors, strict=True):
                revise_one(entry, revision, vector)
            Job.objects.create(
                id=event_id,
                tenant_id=caller.tenant_id,
                kind=JobKind.UPDATE,
                status=JobStatus.SUCCEEDED,
                principal_id=caller.principal.id,
                request_id=caller.request_id,
                n_results=len(loaded),
            )
    except IntegrityError:
        _refuse(caller, ReasonCode.DUPLICATE, subjects)
        raise Conflict("the same fact is remembered already") from None
    except Conflict:
        _refuse(caller, ReasonCode.OUT_OF_ORDER, subjects)
        raise
    return event_id


def _hold_subjects(loaded: Sequence[Loaded]) -> None:
    """Lock all subjects, in the order of their ids as everywhere, so that no two batches wait for each other."""
    held = {entry.grant.subject.id: entry for entry in loaded if entry.grant.subject is not None}
    for _, entry in sorted(held.items()):
        if entry.grant.subject is not None:
            hold_subject(entry.memory.tenant_id, entry.grant.subject)


def _refuse(caller: Caller, reason: ReasonCode, subjects: list[UUID]) -> None:
    """Record a refusal for each subject whose memories were opened for the comparison."""
    for subject_id in set(subjects):
        refuse(caller, Action.REVISE, reason, subject_id=subject_id)


def _embed_changed(revisions: Sequence[Revision]) -> list[NDArray[np.float32] | None]:
    """Return the vectors of the new texts, None where the text stays. May be remote: outside the transaction."""
    texts = [revision.text.strip() for revision in revisions if revision.text is not None]
    fresh = iter(embedder().embed(texts)) if texts else iter(())
    return [next(fresh) if revision.text is not None else None for revision in revisions]


def revise_one(entry: Loaded, revision: Revision, vector: NDArray[np.float32] | None) -> None:
    """Write a new version of one memory and its audit event into the current transaction.

    The caller has locked the subject. Raises Conflict when the memory was changed meanwhile,
    AccessRefused(CLASS_NOT_ALLOWED).
    """
    now = datetime.now(UTC)
    sealer = entry.sealer
    memory = Memory.objects.select_for_update().filter(id=entry.memory.id).first()
    if memory is None or memory.version != entry.memory.version:
        raise Conflict("the memory was changed by another request meanwhile")
    if memory.state == MemoryState.SUPERSEDED.value:
        raise Conflict("something newer took its place; undo that first, or add what is so now")
    old = open_card(sealer, Card.objects.get(memory_id=memory.id))
    [before] = open_payloads(sealer, [MemoryVersion.objects.get(memory_id=memory.id, version=memory.version)])
    payload = replace(
        before,
        text=before.text if revision.text is None else revision.text.strip(),
        metadata=before.metadata if revision.metadata is None else revision.metadata,
    )
    looked_at = classify(payload, entry.rule)
    if looked_at.refused:
        raise AccessRefused(ReasonCode.CLASS_NOT_ALLOWED)
    payload = looked_at.payload
    expires_on = old.expires_on if isinstance(revision.expires_on, Keep) else revision.expires_on
    dates = dates_of(
        rules_in_force(),
        purpose=entry.rule,
        subject_id=memory.subject_id,
        data_class=looked_at.data_class,
        anchors=Anchors(memory.anchored_at, memory.last_used_at, contract_end(memory.subject_id, memory.purpose_id)),
        expires_on=expires_on,
    )
    memory.version += 1
    memory.updated_at = now
    memory.fingerprint = fingerprint(sealer, payload)
    memory.data_class = looked_at.data_class.value
    memory.expires_on, memory.expires_at, memory.destroy_at = expires_on, dates.expires_at, dates.destroy_at
    memory.keep_until, memory.retention_rules = dates.keep_until, list(dates.rule_ids)
    memory.state = (MemoryState.QUARANTINED if looked_at.quarantine else MemoryState.ACTIVE).value
    memory.save()
    provenance = Provenance(principal_id=entry.grant.caller.principal.id, extractor="revised")
    version_row(memory.tenant_id, memory.id, memory.version, Draft(payload), sealer, provenance, now).save(
        force_insert=True
    )
    kept = old.content(payload)
    content = replace(
        kept,
        updated_at=now,
        context=kept.context if vector is None else "",  # of the old wording: nobody has said the new one there
        said_at=revision.said_at or old.said_at,
        expires_at=dates.sealed_until,
        data_class=looked_at.data_class,
        expires_on=expires_on,
        model=old.model if vector is None else text_hash(embedder().model_id),
    )
    card = card_row(sealer, memory, content, old.vector if vector is None else vector)
    if looked_at.quarantine is None:
        card.save(force_update=True)
    else:
        Card.objects.filter(memory_id=memory.id).delete()
        quarantine_row(card, looked_at.quarantine).save(force_insert=True)
    entry.grant.record(items=[(memory.id, memory.version)], object_id=memory.id)
