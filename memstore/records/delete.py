"""Deletion of memories from every table, or their restriction: the one place that deletes their rows.

A memory that a legal hold or a retention floor keeps is taken out of use, and is deleted when that ends. All of it runs
in a transaction that has locked the subject's row, as placing a hold does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest, Least

from governance.processing.holds import held_purposes, holds_on
from governance.vocabulary import MemoryState
from memstore.models import (
    Card,
    Memory,
    MemoryVersion,
    Quarantine,
    RaisedStatement,
    Replacement,
    Sighting,
    Slot,
    Source,
)
from memstore.records.identity_end import named_by, note_loose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Removed:
    """Result of a deletion as (id, version) pairs: `gone` are deleted, `kept` are out of use.

    Sources that stay are counted.
    """

    gone: tuple[tuple[UUID, int], ...] = ()
    kept: tuple[tuple[UUID, int], ...] = ()
    n_sources_kept: int = 0

    @property
    def retained(self) -> bool:
        return bool(self.kept) or self.n_sources_kept > 0

    @property
    def all(self) -> tuple[tuple[UUID, int], ...]:
        return self.gone + self.kept


def let_go(rows: QuerySet[Memory], subject_id: UUID) -> Removed:
    """Delete these memories of one subject, or restrict those that a hold or a retention floor keeps."""
    now = datetime.now(UTC)
    everything, purposes = held_purposes(holds_on(subject_id, now))
    gone: list[tuple[UUID, int]] = []
    kept: list[tuple[UUID, int]] = []
    found = (
        rows.filter(subject_id=subject_id).select_for_update().values_list("id", "version", "purpose_id", "keep_until")
    )
    for memory_id, version, purpose_id, keep_until in found:
        must_stay = everything or purpose_id in purposes or (keep_until is not None and keep_until > now)
        (kept if must_stay else gone).append((memory_id, version))
    remove([memory_id for memory_id, _ in gone])
    put_out_of_use([memory_id for memory_id, _ in kept], now)
    return Removed(tuple(gone), tuple(kept))


def let_sources_go(rows: QuerySet[Source], subject_id: UUID) -> int:
    """Delete the subject's sources among `rows`.

    Return how many stay: those under a hold, sealed, which no job reads.
    """
    now = datetime.now(UTC)
    everything, purposes = held_purposes(holds_on(subject_id, now))
    found = rows.filter(subject_id=subject_id)
    if not everything:
        going = found.exclude(purpose_id__in=purposes)
        _note_loose(going)
        going.delete()
    return found.update(expires_at=Least(F("expires_at"), now))


def put_out_of_use(ids: Sequence[UUID], now: datetime) -> None:
    """Restrict memories: without a card they are not recalled. Their wordings stay sealed until `destroy_at`.

    `destroy_at` becomes the end of the retention floor, or `now` where there is none.
    """
    if not ids:
        return
    Card.objects.filter(memory_id__in=ids).delete()
    Quarantine.objects.filter(memory_id__in=ids).delete()
    Slot.objects.filter(memory_id__in=ids).delete()
    Memory.objects.filter(id__in=ids).update(
        state=MemoryState.RESTRICTED.value,
        expires_at=Least(F("expires_at"), now),
        destroy_at=Greatest(Coalesce(F("keep_until"), now), now),
    )


def make_way(rows: QuerySet[Memory], now: datetime) -> None:
    """Delete expired memories that a new one of the same wording replaces, or restrict those that must be kept."""
    for subject_id in set(rows.values_list("subject_id", flat=True)):
        let_go(rows.filter(expires_at__lte=now), subject_id)


def remove(ids: Sequence[UUID]) -> None:
    """Delete memories with all rows that refer to them.

    Their sources are deleted whole, with the words of other memories, unless a restricted memory rests on them.
    """
    versions = MemoryVersion.objects.filter(memory_id__in=ids)
    sources = versions.filter(source_id__isnull=False).values_list("source_id", flat=True).distinct()
    _note_loose(Memory.objects.filter(id__in=ids))
    _note_loose(Sighting.objects.filter(memory_id__in=ids))
    Source.objects.filter(id__in=_not_needed(sources, ids)).delete()
    Slot.objects.filter(memory_id__in=ids).delete()
    Sighting.objects.filter(memory_id__in=ids).delete()
    Replacement.objects.filter(Q(old_id__in=ids) | Q(new_id__in=ids)).delete()
    RaisedStatement.objects.filter(memory_id__in=ids).delete()
    Card.objects.filter(memory_id__in=ids).delete()
    Quarantine.objects.filter(memory_id__in=ids).delete()
    versions.delete()
    Memory.objects.filter(id__in=ids).delete()


def _note_loose(rows: QuerySet[Memory] | QuerySet[Sighting] | QuerySet[Source]) -> None:
    """Have the identities that these rows name checked after the commit: no other row may name them."""
    tenant_id = rows.order_by().values_list("tenant_id", flat=True).first()
    if tenant_id is not None:
        note_loose(tenant_id, named_by(rows))


def _not_needed(sources: Iterable[UUID | None], ids: Sequence[UUID]) -> list[UUID]:
    """Return the sources on which no restricted memory outside `ids` rests: those keep their provenance."""
    wanted = [source for source in sources if source is not None]
    needed = MemoryVersion.objects.filter(source_id__in=wanted, memory__state=MemoryState.RESTRICTED.value).exclude(
        memory_id__in=ids
    )
    kept = set(needed.values_list("source_id", flat=True))
    return [source for source in wanted if source not in kept]
