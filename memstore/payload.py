"""What a memory says, as it is sealed: the wording and everything beside it that a person could be known by."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from governance.keyring.sealing import Field, Sealer, pad, unpad

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from memstore.models import MemoryVersion

BUCKET = 128  # bytes; texts of one bucket are of one size at rest

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Payload:
    text: str
    role: str = "user"
    speaker: str | None = None
    kind: str = "fact"
    categories: tuple[str, ...] = ()
    metadata: dict[str, Json] = field(default_factory=dict)

    def seal(self, sealer: Sealer, memory_id: UUID, version: int) -> bytes:
        content = json.dumps(
            {
                "text": self.text,
                "role": self.role,
                "speaker": self.speaker,
                "kind": self.kind,
                "categories": self.categories,
                "metadata": self.metadata,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        return sealer.seal(Field.TEXT, memory_id, version, pad(content.encode(), BUCKET))

    @classmethod
    def unsealed(cls, opened: bytes) -> Payload:
        content = json.loads(unpad(opened))
        return cls(**content | {"categories": tuple(content["categories"])})


def open_payloads(sealer: Sealer, versions: Sequence[MemoryVersion]) -> list[Payload]:
    """The payloads of version rows, in order. Raises Unopenable."""
    return [
        Payload.unsealed(sealer.unseal(Field.TEXT, row.memory_id, row.version, bytes(row.sealed))) for row in versions
    ]
