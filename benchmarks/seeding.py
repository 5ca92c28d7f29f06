"""Seeding of many memories: ours through the code that seals and stores them, mem0's by COPY."""

from __future__ import annotations

import hashlib
import json
import os
import random
import struct
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np
import psycopg
from psycopg import sql

from benchmarks import texts, vectors
from benchmarks.timing import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from benchmarks.stores import Mem0, Ours
    from benchmarks.vectors import VectorBook
    from governance.policy.decide import PurposeRule

CHUNK = 500  # memories stored in one transaction
PROGRESS = 50_000  # memories between two lines
COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
COPY_END = struct.pack(">h", -1)
JSONB_VERSION = b"\1"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Memories of one person."""

    user: str
    texts: list[str]
    vectors: NDArray[np.float32]


def chunk(user: str, number: int, size: int = CHUNK) -> Chunk:
    """Return a chunk that follows from the person and the number alone, so that it is equal in every store."""
    seed = int.from_bytes(hashlib.sha256(f"{user}/{number}".encode()).digest()[:8], "little")
    generator = random.Random(seed)
    said = [texts.memory(generator, number * CHUNK + serial) for serial in range(size)]
    return Chunk(user, said, vectors.synthetic(np.random.default_rng(seed), size))


@dataclass(frozen=True, slots=True)
class Seeder:
    """A seeder of memstore through `memstore.records.insert.store`, which the use cases store by as well."""

    tenant_id: uuid.UUID
    purpose: PurposeRule
    principal_id: uuid.UUID
    model_id: str

    @classmethod
    def of(cls, ours: Ours, book: VectorBook) -> Seeder:
        return cls(ours.tenant.id, ours.purpose, ours.caller().principal.id, book.model_id)

    def people(self, memories: Mapping[str, int]) -> None:
        """Store so many memories of each person, in as many processes as there are cores."""
        stored, told = 0, 0
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), initializer=_begin) as pool:
            for count in pool.map(self.person, memories.keys(), memories.values(), chunksize=4):
                stored += count
                if stored - told >= PROGRESS:
                    say(f"  {stored:,} memories stored")
                    told = stored

    def person(self, user: str, memories: int) -> int:
        """Store the memories of one person, in one process so that they keep their order. Returns how many."""
        for number, start in enumerate(range(0, memories, CHUNK)):
            self.chunk(user, number, min(CHUNK, memories - start))
        return memories

    def chunk(self, user: str, number: int, size: int) -> None:
        from governance.subjects.subjects import admit_subject, subject_sealer
        from governance.tenancy.tenant_context import tenant_context
        from governance.vocabulary import SubjectKind
        from memstore.records.insert import Draft, Owner, Provenance, store
        from memstore.records.payload import Payload
        from memstore.records.scope_ids import ScopeIds

        given, tenant_id, purpose = chunk(user, number, size), self.tenant_id, self.purpose
        subject = admit_subject(tenant_id, SubjectKind.USER, given.user)
        sealer = subject_sealer(tenant_id, subject, purpose.purpose_id, create=True)
        owner = Owner(tenant_id, subject, purpose, sealer, ScopeIds(user_id=given.user))
        drafts = [Draft(Payload(text), position=position) for position, text in enumerate(given.texts)]
        with tenant_context(tenant_id):
            stored = store(
                owner=owner,
                drafts=drafts,
                vectors=given.vectors,
                model_id=self.model_id,
                provenance=Provenance(principal_id=self.principal_id),
            )
        if not all(one.added for one in stored):
            raise RuntimeError("synthetic memories are not all different")


def questions(
    book: VectorBook, user: str, memories: int, count: int, generator: random.Random, noise: np.random.Generator
) -> list[str]:
    """Return questions about random memories of a person, with vectors near theirs in the book."""
    asked: list[str] = []
    for serial in range(count):
        index = generator.randrange(memories) // CHUNK
        held = chunk(user, index, min(CHUNK, memories - index * CHUNK))
        row = generator.randrange(len(held.texts))
        query = f"{texts.question(held.texts[row])} ({serial})"
        book.put([query], vectors.near(noise, held.vectors[row : row + 1]))
        asked.append(query)
    return asked


def copy_into_mem0(conninfo: str, mem0: Mem0, chunks: Iterable[Chunk]) -> None:
    """Copy rows as `Memory.add` writes them, in PostgreSQL's binary form (documentation of COPY, "Binary Format")."""
    template = sql.SQL("COPY {} (id, vector, payload) FROM STDIN (FORMAT BINARY)")
    statement = template.format(sql.Identifier(mem0.collection))
    with psycopg.connect(conninfo) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(COPY_HEAD)
        for given in chunks:
            copy.write(b"".join(map(_row, *_columns(given))))
        copy.write(COPY_END)


def check_payload(mem0: Mem0, book: VectorBook) -> None:
    """Check that the keys we copy are those that mem0 writes. Also creates its table. Raises RuntimeError."""
    given = chunk("payload-check", 0, 1)
    book.put(given.texts, given.vectors)
    [memory_id] = mem0.add_plain(given.user, given.texts[0])
    written = mem0.memory.vector_store.get(memory_id).payload
    if set(written) != set(_payload(given.user, given.texts[0])):
        raise RuntimeError(f"mem0 writes other keys than expected: {sorted(written)}")
    mem0.memory.vector_store.delete(memory_id)


def _begin() -> None:
    """Set up Django in a new process."""
    import django

    django.setup()


def _payload(user: str, text: str) -> dict[str, str]:
    now = datetime.now(UTC).isoformat()
    return {
        "user_id": user,
        "role": "user",
        "data": text,
        "hash": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        "created_at": now,
        "updated_at": now,
        "text_lemmatized": text,  # as it is without spaCy
    }


def _columns(given: Chunk) -> tuple[list[str], list[str], NDArray[np.float32]]:
    return [given.user] * len(given.texts), given.texts, given.vectors


def _row(user: str, text: str, vector: NDArray[np.float32]) -> bytes:
    """Return a row of three fields: id, vector (dimensions, unused, big-endian floats), payload."""
    row_id = uuid.uuid4().bytes
    values = struct.pack(">hh", len(vector), 0) + vector.astype(">f4").tobytes()
    payload = JSONB_VERSION + json.dumps(_payload(user, text)).encode()
    fields = (row_id, values, payload)
    return struct.pack(">h", len(fields)) + b"".join(struct.pack(">i", len(one)) + one for one in fields)
