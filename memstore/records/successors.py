"""Successors: which memory took the place of another, as every reading of history shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from memstore.models import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memstore.records.memory_view import MemoryView


def with_successors(views: Sequence[MemoryView]) -> list[MemoryView]:
    """Return the memories with their states and successors. One query, inside the tenant's context."""
    rows = Memory.objects.filter(id__in=[view.id for view in views]).values_list("id", "state", "replaced_by")
    found = {memory_id: (state, successor) for memory_id, state, successor in rows}
    return [
        replace(view, state=found[view.id][0], replaced_by=found[view.id][1]) if view.id in found else view
        for view in views
    ]
