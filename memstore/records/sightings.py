"""Sightings: the same fact said once more. Each is a row of its own, and the memory's card lists where it was said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.policy.retention import Anchors
from governance.processing.contract_end import contract_end
from governance.processing.holds import held_purposes, holds_on
from governance.processing.retention_rules import rules_in_force
from governance.vocabulary import DataClass, SubjectKind
from memstore.models import READABLE, Card, Memory, MemoryVersion, Sighting
from memstore.records.card import Changes, open_card, resealed, seal_card
from memstore.records.dates import dates_of
from memstore.records.identity_end import named_by, note_loose
from memstore.records.payload import open_payloads, readable_payloads
from memstore.records.redate import apply_dates, new_dates
from memstore.records.seen import Seen, for_card, unseal_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from uuid import UUID

    from django.db.models import Q, QuerySet

    from governance.keyring.sealing import Sealer
    from governance.policy.decide import PurposeRule
    from memstore.records.insert import Owner, Provenance


@dataclass(frozen=True, slots=True)
class Again:
    """A memory that was said once more, with the occurrence and the caller's last day for it."""

    memory_id: UUID
    seen: Seen
    expires_on: date | None


def add_sightings(owner: Owner, again: Iterable[Again], provenance: Provenance) -> None:
    """Note each occurrence, and date its memory anew: its retention counts from when it was last said.

    The caller has locked the subject's row.
    """
    by_memory: dict[UUID, list[Again]] = {}
    for one in again:
        by_memory.setdefault(one.memory_id, []).append(one)
    if not by_memory:
        return
    rows = {row.id: row for row in Memory.objects.filter(id__in=by_memory)}
    for memory_id, said in by_memory.items():
        Sighting.objects.bulk_create(_row(owner, one, provenance) for one in said)
        _said_again(owner, rows[memory_id], said)


def _row(owner: Owner, again: Again, provenance: Provenance) -> Sighting:
    row = Sighting(
        tenant_id=owner.tenant_id,
        memory_id=again.memory_id,
        subject_id=owner.subject.id,
        purpose_id=owner.purpose.purpose_id,
        agent_ref=owner.refs.get(SubjectKind.AGENT),
        app_ref=owner.refs.get(SubjectKind.APP),
        run_ref=owner.refs.get(SubjectKind.RUN),
        source_id=provenance.source_id,
        principal_id=provenance.principal_id,
        job_id=provenance.job_id,
        created_at=again.seen.created_at,
    )
    row.sealed = again.seen.seal(owner.sealer, row.id)
    return row


def _said_again(owner: Owner, memory: Memory, said: list[Again]) -> None:
    memory.last_seen_at = max([memory.anchored_at, *(one.seen.created_at for one in said)])
    memory.expires_on = said[-1].expires_on
    sealed_until = _redate(memory, owner.purpose)
    card = Card.objects.filter(memory_id=memory.id).first()
    if card is None:  # in quarantine: its card is made when it is released
        return
    known = open_card(owner.sealer, card).seen
    seen = for_card([*known, *(one.seen for one in said)])
    card.sealed = resealed(owner.sealer, card, Changes(expires_at=sealed_until, seen=seen))
    card.expires_at = memory.expires_at
    card.save(update_fields=["sealed", "expires_at"])


def _redate(memory: Memory, purpose: PurposeRule) -> datetime:
    """Date the memory anew. Return the end of use that its sealed card may state."""
    dates = dates_of(
        rules_in_force(),
        purpose=purpose,
        subject_id=memory.subject_id,
        data_class=DataClass(memory.data_class),
        anchors=Anchors(memory.anchored_at, memory.last_used_at, contract_end(memory.subject_id, memory.purpose_id)),
        expires_on=memory.expires_on,
    )
    memory.expires_at, memory.destroy_at = dates.expires_at, dates.destroy_at
    memory.keep_until, memory.retention_rules = dates.keep_until, list(dates.rule_ids)
    memory.save(
        update_fields=["last_seen_at", "expires_on", "expires_at", "destroy_at", "keep_until", "retention_rules"]
    )
    return dates.sealed_until


def sightings_of(sealer: Sealer, memory_id: UUID) -> list[tuple[Sighting, Seen]]:
    """Return the sightings of a memory, oldest first, opened. Raises Unopenable."""
    rows = Sighting.objects.filter(memory_id=memory_id).order_by("created_at", "id")
    return [(row, unseal_seen(sealer, row.id, bytes(row.sealed))) for row in rows]


def withdraw_sightings(scope: Q, subject_id: UUID, sealer_of: Callable[[UUID], Sealer]) -> None:
    """Take one subject's facts out of a scope where they were said elsewhere as well; the fact stays as said there.

    `scope` is a condition on the ids that rows came through and on their purposes; `sealer_of` gives the sealer of a
    purpose. Of a fact that was said in the scope first, the oldest other occurrence takes the front.
    """
    everything, held = held_purposes(holds_on(subject_id, datetime.now(UTC)))
    if everything:  # nothing is destroyed: the facts are put out of use as they are
        return
    inside = Sighting.objects.filter(scope, subject_id=subject_id).exclude(purpose_id__in=held)
    first_inside = Memory.objects.filter(scope, subject_id=subject_id, state__in=READABLE).exclude(purpose_id__in=held)
    touched = set(inside.values_list("memory_id", flat=True))
    note_loose_of(inside)
    inside.delete()
    elsewhere = Sighting.objects.filter(memory_id__in=first_inside.values("id"))
    moved = set(elsewhere.values_list("memory_id", flat=True))
    note_loose_of(Memory.objects.filter(id__in=moved))
    for memory in Memory.objects.filter(id__in=touched | moved):
        sealer = sealer_of(memory.purpose_id)
        rows = sightings_of(sealer, memory.id)
        front = _to_the_front(memory, rows, sealer) if memory.id in moved else None
        _recard(memory, [seen for _, seen in rows], sealer, front)


def _to_the_front(memory: Memory, rows: list[tuple[Sighting, Seen]], sealer: Sealer) -> Seen:
    """Make the oldest sighting the memory's own occurrence; it is taken out of `rows`."""
    row, seen = rows.pop(0)
    memory.agent_ref, memory.app_ref, memory.run_ref = row.agent_ref, row.app_ref, row.run_ref
    memory.save(update_fields=["agent_ref", "app_ref", "run_ref"])
    versions = list(MemoryVersion.objects.filter(memory_id=memory.id))
    for version, payload in zip(versions, readable_payloads(sealer, versions), strict=True):
        if payload is not None:
            said_there = replace(
                payload, role=seen.role, speaker=seen.speaker, metadata=seen.metadata, categories=seen.categories
            )
            version.sealed = said_there.seal(sealer, memory.id, version.version)
            version.source_id, version.principal_id = row.source_id, row.principal_id
            version.save(update_fields=["sealed", "source_id", "principal_id"])
    row.delete()
    return seen


def _recard(memory: Memory, seen: list[Seen], sealer: Sealer, front: Seen | None) -> None:
    """Seal the memory's card anew with these further occurrences, and date it by the newest."""
    card = Card.objects.filter(memory_id=memory.id).first()
    version = MemoryVersion.objects.filter(memory_id=memory.id, version=memory.version).first()
    if card is not None and version is not None:
        old = open_card(sealer, card)
        [payload] = open_payloads(sealer, [version])
        content = replace(old.content(payload), seen=for_card(seen))
        if front is not None:
            content = replace(content, scope=front.scope, said_at=front.said_at)
        card.sealed = seal_card(sealer, memory.id, card.version, content, old.vector)
        card.save(update_fields=["sealed"])
    memory.last_seen_at = max((one.created_at for one in seen), default=None)
    memory.save(update_fields=["last_seen_at"])
    for row, dates in new_dates([memory], rules_in_force()):
        apply_dates(row, dates)


def note_loose_of(rows: QuerySet[Memory] | QuerySet[Sighting]) -> None:
    """Have the identities that these rows name checked after the commit: no other row may name them."""
    tenant_id = rows.order_by().values_list("tenant_id", flat=True).first()
    if tenant_id is not None:
        note_loose(tenant_id, named_by(rows))
