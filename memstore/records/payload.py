"""Payload of a memory, as it is sealed: the wording and everything beside it that could identify a person."""

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
        """Return the payload sealed for one version of a memory, padded to a multiple of BUCKET."""
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
        """Return the payload from opened, padded bytes. Raises Unopenable for content that `seal` does not write."""
        try:
            content = json.loads(unpad(opened))
            lists = {"categories": tuple(content["categories"]), "found": tuple(content.get("found", ()))}
            payload = cls(**content | lists)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise Unopenable("a sealed text holds what nothing here would write") from None
        if not (isinstance(payload.text, str) and isinstance(payload.role, str) and isinstance(payload.metadata, dict)):
            raise Unopenable("a sealed text holds what nothing here would write")
        return payload


def current_versions(memories: Iterable[Memory]) -> dict[UUID, MemoryVersion]:
    """Return the wording in force of each memory, by its id. One query."""
    wanted = {memory.id: memory.version for memory in memories}
    rows = MemoryVersion.objects.filter(memory_id__in=wanted)
    return {row.memory_id: row for row in rows if row.version == wanted[row.memory_id]}


def open_payloads(sealer: Sealer, versions: Sequence[MemoryVersion]) -> list[Payload]:
    """Return the payloads of version rows, in order. Raises Unopenable, also if only one of them does not open."""
    opened = readable_payloads(sealer, versions)
    for version, payload in zip(versions, opened, strict=True):
        if payload is None:
            raise Unopenable("the text of a memory does not open", version.memory_id)
    return [payload for payload in opened if payload is not None]


def readable_payloads(sealer: Sealer, versions: Sequence[MemoryVersion]) -> list[Payload | None]:
    """Return the payloads of version rows, in order, with None for a damaged one. The caller reports it."""
    return unseal_payloads(sealer, [(row.memory_id.bytes, row.version, bytes(row.sealed)) for row in versions])


def unseal_payloads(sealer: Sealer, rows: Sequence[tuple[bytes, int, bytes]]) -> list[Payload | None]:
    """Return the payloads of (memory id, version, sealed) rows, in order, with None for a damaged one."""
    return [None if content is None else _payload(content) for content in sealer.unseal_many(Field.TEXT, rows)]


def _payload(content: bytes) -> Payload | None:
    try:
        return Payload.unsealed(content)
    except Unopenable:
        return None
