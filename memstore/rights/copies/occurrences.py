"""Occurrences in a copy: how often each memory was said, when and through what, and until when it was so."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.errors import KeyUnavailable, Unopenable
from governance.subjects.subjects import subject_sealer
from governance.tenancy.tenant_context import tenant_context
from memstore.models import Card, ForgottenWording, Sighting
from memstore.records.card import open_card
from memstore.records.seen import unseal_seen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from governance.keyring.sealing import Sealer
    from governance.policy.decide import SubjectFacts
    from memstore.models import Memory
    from memstore.records.seen import Seen


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that it was said, and the ids of the agent, app and run that it came through."""

    at: datetime
    agent_id: str | None = None
    app_id: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Occurrences of a memory that can be opened, oldest first, of `times` in all. `valid_until`: not so any more."""

    times: int
    occurrences: tuple[Occurrence, ...]
    valid_until: datetime | None


def told_of(tenant_id: UUID, subject: SubjectFacts, memories: Sequence[Memory]) -> dict[UUID, Told]:
    """Return the occurrences of these memories of one person. What is damaged is counted, and left out."""
    ids = [row.id for row in memories]
    with tenant_context(tenant_id):
        cards = {card.memory_id: card for card in Card.objects.filter(memory_id__in=ids)}
        sightings: dict[UUID, list[Sighting]] = {}
        for row in Sighting.objects.filter(memory_id__in=ids).order_by("created_at", "id"):
            sightings.setdefault(row.memory_id, []).append(row)
    return {row.id: _told(subject, row, cards.get(row.id), sightings.get(row.id, [])) for row in memories}


def _told(subject: SubjectFacts, memory: Memory, card: Card | None, sightings: Sequence[Sighting]) -> Told:
    first, valid_until = Occurrence(memory.created_at), None
    further: list[Occurrence] = []
    with suppress(KeyUnavailable):
        sealer = subject_sealer(memory.tenant_id, subject, memory.purpose_id)
        with suppress(Unopenable):
            if card is not None and (opened := open_card(sealer, card)).is_sound():
                first, valid_until = _occurrence(opened.own()), opened.valid_until
        further = [one for row in sightings if (one := _opened(sealer, row)) is not None]
    return Told(1 + len(sightings), tuple(sorted([first, *further], key=lambda one: one.at)), valid_until)


def _opened(sealer: Sealer, row: Sighting) -> Occurrence | None:
    with suppress(Unopenable):
        return _occurrence(unseal_seen(sealer, row.id, bytes(row.sealed)))
    return None


def _occurrence(seen: Seen) -> Occurrence:
    return Occurrence(seen.at, seen.scope.agent_id, seen.scope.app_id, seen.scope.run_id)


def forgotten_wordings(subject_id: UUID, purposes: Mapping[UUID, str]) -> list[dict[str, object]]:
    """Return how many fingerprints of deleted wordings are kept, by their days. Inside the tenant's context."""
    days: dict[tuple[str, str, UUID], int] = {}
    rows = ForgottenWording.objects.filter(subject_id=subject_id).order_by("forgotten_at", "expires_at")
    for forgotten_at, expires_at, purpose_id in rows.values_list("forgotten_at", "expires_at", "purpose_id"):
        key = forgotten_at.date().isoformat(), expires_at.date().isoformat(), purpose_id
        days[key] = days.get(key, 0) + 1
    return [
        {"number": number, "deleted_on": deleted, "kept_until": until, "purpose": purposes.get(purpose_id, "")}
        for (deleted, until, purpose_id), number in days.items()
    ]
