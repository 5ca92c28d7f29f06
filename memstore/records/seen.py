"""Occurrences of a fact: where, by whom and when it was said. The first is the memory itself, each more a sighting."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from governance.errors import Unopenable
from governance.keyring.sealing import Field, Sealer, pad, unpad
from memstore.records.scope_ids import ScopeIds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from memstore.records.payload import Json

BUCKET = 128  # bytes
MAX_SEEN = 200
"""Occurrences that a card lists, the newest of each scope and speaker; the rows keep them all."""


class SeenJson(TypedDict):
    """An occurrence as it is sealed. `ids` are user, agent, app and run, in this order."""

    ids: list[str | None]
    role: str
    speaker: str | None
    categories: list[str]
    metadata: dict[str, Json]
    said_at: str | None
    created_at: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One occurrence. `said_at` is by the caller's word, `created_at` when it was received."""

    scope: ScopeIds
    role: str
    speaker: str | None
    categories: tuple[str, ...]
    metadata: dict[str, Json]
    said_at: datetime | None
    created_at: datetime

    @property
    def at(self) -> datetime:
        return self.said_at or self.created_at

    def as_json(self) -> SeenJson:
        scope = self.scope
        return {
            "ids": [scope.user_id, scope.agent_id, scope.app_id, scope.run_id],
            "role": self.role,
            "speaker": self.speaker,
            "categories": list(self.categories),
            "metadata": self.metadata,
            "said_at": self.said_at.isoformat() if self.said_at else None,
            "created_at": self.created_at.isoformat(),
        }

    @classmethod
    def from_json(cls, stored: SeenJson) -> Seen:
        """Return the occurrence. Raises ValueError, TypeError or KeyError for what `as_json` does not write."""
        said_at = stored["said_at"]
        return cls(
            scope=ScopeIds.as_stored(stored["ids"]),
            role=stored["role"],
            speaker=stored["speaker"],
            categories=tuple(stored["categories"]),
            metadata=stored["metadata"],
            said_at=datetime.fromisoformat(said_at) if said_at else None,
            created_at=datetime.fromisoformat(stored["created_at"]),
        )

    def seal(self, sealer: Sealer, sighting_id: UUID) -> bytes:
        content = json.dumps(self.as_json(), ensure_ascii=False, separators=(",", ":"))
        return sealer.seal(Field.SIGHTING, sighting_id, 1, pad(content.encode(), BUCKET))


def unseal_seen(sealer: Sealer, sighting_id: UUID, sealed: bytes) -> Seen:
    """Return the occurrence of a sighting's row. Raises Unopenable."""
    opened = unpad(sealer.unseal(Field.SIGHTING, sighting_id, 1, sealed))
    try:
        return Seen.from_json(json.loads(opened))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Unopenable(f"sighting {sighting_id} holds what nothing here would write", sighting_id) from None


def for_card(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """Return the occurrences that a card lists: the newest of each scope and speaker, newest first."""
    newest: dict[tuple[ScopeIds, str | None], Seen] = {}
    for one in sorted(seen, key=lambda one: one.at, reverse=True):
        newest.setdefault((one.scope, one.speaker), one)
    return tuple(newest.values())[:MAX_SEEN]
