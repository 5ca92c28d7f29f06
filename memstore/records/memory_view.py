"""Result type of the use cases for one memory: opened, complete, and in no wire format yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from governance.detect import detector, mask_shape
from governance.vocabulary import MemoryState, View

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from uuid import UUID

    from memstore.records.payload import Json
    from memstore.records.scope_ids import ScopeIds


@dataclass(frozen=True, slots=True)
class MemoryView:
    """One opened memory.

    `score` is in [0, 1], higher is nearer; `parts` are its signals, filled when asked to explain.
    """

    id: UUID
    version: int
    text: str
    scope: ScopeIds
    role: str
    speaker: str | None
    categories: tuple[str, ...]
    metadata: Mapping[str, Json]
    created_at: datetime
    updated_at: datetime
    said_at: datetime | None
    expires_on: date | None
    valid_until: datetime | None = None
    """When it stopped being so, or None while it is."""
    times_said: int = 1
    state: str = MemoryState.ACTIVE.value
    replaced_by: UUID | None = None
    score: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)


def as_seen(text: str, view: View) -> str | None:
    """Return the text in clear or masked, or None where it is hidden."""
    if view is View.HIDDEN:
        return None
    return text if view is View.CLEAR else mask_shape(text, detector().detect(text))
