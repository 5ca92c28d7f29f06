"""What a memory says, as it is sealed: the wording and everything beside it that a person could be known by."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from governance.errors import Unopenable
from governance.keyring.sealing import Field, Sealer, pad, unpad
from memstore.models import MemoryVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from memstore.models import Memory

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
    found: tuple[str, ...] = ()  # the exact categories that the detector saw

    def seal(self, sealer: Sealer, memory_id: UUID, version: int) -> bytes:
        content = json.dumps(
            {
                "text": self.text,
                "role": self.role,
                "speaker": self.speaker,
                "kind": self.kind,
                "categories": self.categories,
                "metadata": self.metadata,
                "found": self.found,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        return sealer.seal(Field.TEXT, memory_id, version, pad(content.encode(), BUCKET))

    @classmethod
    def unsealed(cls, opened: bytes) -> Payload:
        content = json.loads(unpad(opened))
        lists = {"categories": tuple(content["categories"]), "found": tuple(content.get("found", ()))}
        return cls(**content | lists)


def current_versions(memories: Iterable[Memory]) -> dict[UUID, MemoryVersion]:
    """The wording in force of each memory, by its id: one query."""
    wanted = {memory.id: memory.version for memory in memories}
    rows = MemoryVersion.objects.filter(memory_id__in=wanted)
    return {row.memory_id: row for row in rows if row.version == wanted[row.memory_id]}


def open_payloads(sealer: Sealer, versions: Sequence[MemoryVersion]) -> list[Payload]:
    """The payloads of version rows, in order. Raises Unopenable."""
    return unseal_payloads(sealer, [(row.memory_id.bytes, row.version, bytes(row.sealed)) for row in versions])


def unseal_payloads(sealer: Sealer, rows: Sequence[tuple[bytes, int, bytes]]) -> list[Payload]:
    """The payloads of (memory id, version, sealed) rows, in order. Raises Unopenable."""
    opened = sealer.unseal_many(Field.TEXT, rows)
    payloads = [Payload.unsealed(content) for content in opened if content is not None]
    if len(payloads) < len(rows):
        raise Unopenable("the text of a memory does not open")
    return payloads
