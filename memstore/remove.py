"""Rows of memories out of every table, in the current transaction: the one place that deletes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memstore.models import Card, Memory, MemoryVersion, Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


def remove(ids: Sequence[UUID]) -> None:
    """Rows that refer first. A source may hold other words than this memory's; it goes whole all the same."""
    versions = MemoryVersion.objects.filter(memory_id__in=ids)
    sources = versions.filter(source_id__isnull=False).values_list("source_id", flat=True).distinct()
    Source.objects.filter(id__in=list(sources)).delete()
    Card.objects.filter(memory_id__in=ids).delete()
    versions.delete()
    Memory.objects.filter(id__in=ids).delete()
