"""Decisions of officers about copies: what is withheld and for which ground, and what is shown in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.models import Ground

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from governance.models import RequestItem


@dataclass(frozen=True, slots=True)
class Decided:
    """Grounds by `withheld` memory and `refused` purpose, and the memories that are shown `in_full`, unredacted."""

    withheld: dict[UUID, str]
    refused: dict[UUID, str]
    in_full: frozenset[UUID]

    def ground(self, memory_id: UUID, purpose_id: UUID) -> str:
        """Return the ground for which a memory is left out, empty if it is not."""
        return self.withheld.get(memory_id) or self.refused.get(purpose_id, "")


def decided(items: QuerySet[RequestItem]) -> Decided:
    """Return the last decision on each memory and each purpose. Inside the tenant's context."""
    memories: dict[UUID, str] = {}
    purposes: dict[UUID, str] = {}
    for item in items.order_by("decided_at", "id"):
        if item.memory_id is not None:
            memories[item.memory_id] = item.ground
        elif item.purpose_id is not None:
            purposes[item.purpose_id] = item.ground
    in_full = frozenset(memory for memory, ground in memories.items() if ground == Ground.SHOWN_IN_FULL)
    return Decided({one: ground for one, ground in memories.items() if one not in in_full}, purposes, in_full)
