"""Entries of the ledger: numbered lines, each with the hash of the one before, so that none can be changed or left out.

A line is canonical JSON (RFC 8785). Its `hash` is the SHA-256 of the line without that field; the first line's
`previous` is 64 zeros.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import rfc8785

from governance.errors import LedgerRefuses
from governance.models import Protection, ProtectionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Detail = str | int | bool | None
NOTHING = bytes(32)  # the hash before the first line


@dataclass(frozen=True, slots=True)
class Entry:
    """One protection that took effect. Ids are random, and it holds no content."""

    number: int
    previous: bytes
    hash: bytes
    id: UUID
    tenant_id: UUID
    kind: ProtectionKind
    at: datetime
    subject_id: UUID | None
    subject_kind: str
    purpose_id: UUID | None
    memory_ids: tuple[UUID, ...]
    effect: dict[str, Detail]

    def line(self) -> bytes:
        return rfc8785.dumps({**_said(self), "hash": self.hash.hex()}) + b"\n"


def chained(rows: Iterable[Protection], *, number: int, previous: bytes) -> list[Entry]:
    """Return the entries of `rows` that follow number `number`, whose hash is `previous`."""
    made = []
    for row in rows:
        number += 1
        unsigned = Entry(
            number=number,
            previous=previous,
            hash=NOTHING,
            id=row.id,
            tenant_id=row.tenant_id,
            kind=ProtectionKind(row.kind),
            at=row.at,
            subject_id=row.subject_id,
            subject_kind=row.subject_kind,
            purpose_id=row.purpose_id,
            memory_ids=tuple(row.memory_ids),
            effect=dict(row.effect),
        )
        previous = _digest(unsigned)
        made.append(_with_hash(unsigned, previous))
    return made


def read(line: bytes) -> Entry:
    """Parse one line. Raises LedgerRefuses for a malformed line, and for one that does not have its own hash."""
    try:
        said = json.loads(line)
        entry = Entry(
            number=int(said["number"]),
            previous=bytes.fromhex(said["previous"]),
            hash=bytes.fromhex(said["hash"]),
            id=UUID(said["id"]),
            tenant_id=UUID(said["tenant"]),
            kind=ProtectionKind(said["kind"]),
            at=datetime.fromisoformat(said["at"]),
            subject_id=UUID(said["subject"]) if said["subject"] else None,
            subject_kind=str(said["subject_kind"]),
            purpose_id=UUID(said["purpose"]) if said["purpose"] else None,
            memory_ids=tuple(UUID(memory) for memory in said["memories"]),
            effect=dict(said["effect"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerRefuses(f"a line of the ledger cannot be read ({type(error).__name__})") from None
    # Compared byte by byte: a field that parses leniently (a time, a number) must not hide a change.
    if _digest(entry) != entry.hash or entry.line().rstrip(b"\n") != line.rstrip(b"\n"):
        raise LedgerRefuses(f"number {entry.number} of the ledger was changed")
    return entry


def in_order(entries: Iterable[Entry], *, after: int = 0, previous: bytes | None = NOTHING) -> Iterator[Entry]:
    """Yield the entries, checking that each follows the one before. Raises LedgerRefuses at the first that does not."""
    for entry in entries:
        if entry.number != after + 1 or (previous is not None and entry.previous != previous):
            raise LedgerRefuses(f"number {after + 1} of the ledger is missing, or does not follow the one before it")
        after, previous = entry.number, entry.hash
        yield entry


def _said(entry: Entry) -> dict[str, int | str | list[str] | dict[str, Detail] | None]:
    return {
        "number": entry.number,
        "previous": entry.previous.hex(),
        "id": str(entry.id),
        "tenant": str(entry.tenant_id),
        "kind": entry.kind.value,
        "at": entry.at.isoformat(),
        "subject": str(entry.subject_id) if entry.subject_id else None,
        "subject_kind": entry.subject_kind,
        "purpose": str(entry.purpose_id) if entry.purpose_id else None,
        "memories": [str(memory) for memory in entry.memory_ids],
        "effect": entry.effect,
    }


def _digest(entry: Entry) -> bytes:
    return hashlib.sha256(rfc8785.dumps(_said(entry))).digest()


def _with_hash(entry: Entry, digest: bytes) -> Entry:

    return replace(entry, hash=digest)
