"""Pool of a person's current statements for one purpose, from which those are picked that a new one may touch.

Cards are opened, newest first, up to a bound; texts only of the statements that are picked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np
import psycopg
from django.db import connection

from governance.keyring.sealing import Field
from memstore.intake.claims import content_stems, read_claims
from memstore.models import MemoryVersion
from memstore.reconcile.statement import Candidate, Statement
from memstore.records.card import HEAD, NO_HASH, PERSON, PREFIX
from memstore.records.payload import unseal_payloads
from memstore.records.terms import terms, text_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from governance.keyring.sealing import Sealer
    from memstore.records.insert import Draft, Owner
    from memstore.records.payload import Payload

MAX_OPENED: Final = 300
"""Newest cards that are looked at for a statement with a word of change; older ones are found by their slot alone."""
MAX_PLAIN: Final = 100
"""The same for statements without one."""
LONG: Final = 30
"""Terms of a statement from which only its slots decide anything: what is said in passing does not."""
ONE_CONVERSATION_SECONDS: Final = 3_600.0
_HERE: Final = "here"
# The newest current cards, and those of the slots with the slots that they fill.
_CARDS: Final = """
    WITH filled AS (
        SELECT memory_id, array_agg(mac) AS macs FROM memstore_slot
         WHERE tenant_id = %s AND subject_id = %s AND purpose_id = %s AND mac = ANY (%s) GROUP BY memory_id
    ), newest AS (
        SELECT memory_id FROM memstore_card
         WHERE tenant_id = %s AND subject_id = %s AND purpose_id = %s AND current AND expires_at > %s
         ORDER BY memory_id DESC LIMIT %s
    )
    SELECT card.memory_id, card.version, card.sealed, filled.macs
      FROM memstore_card card LEFT JOIN filled USING (memory_id)
     WHERE card.memory_id IN (SELECT memory_id FROM newest UNION SELECT memory_id FROM filled)
       AND card.current AND card.expires_at > %s
     ORDER BY card.memory_id DESC
"""


@dataclass(frozen=True, slots=True)
class Picked:
    """How many statements are picked for a new one beside those of its slots, each group at most.

    `like` it in meaning from a cosine similarity of `least` on, and the `newest` of its conversation.
    """

    like: int
    least: float
    newest: int


FOR_A_CHANGE: Final = Picked(like=6, least=0.25, newest=3)
PLAIN: Final = Picked(like=2, least=0.45, newest=0)
PLAIN_AND_LONG: Final = Picked(like=1, least=0.7, newest=0)
"""A long statement without a word of change can do no more than say the same again."""


@dataclass(slots=True)
class Member:
    """One current statement: what its card tells, and its words once they are needed."""

    id: UUID
    version: int
    said_at: float
    run: int
    agent: int
    n_terms: int
    by_person: bool
    vector: NDArray[np.float32]
    payload: Payload | None = None
    statement: Statement | None = None


@dataclass(slots=True)
class Pool:
    """Current statements. `slots`: which of them fills which slot, by its keyed digest."""

    sealer: Sealer
    members: dict[UUID, Member] = field(default_factory=dict)
    slots: dict[bytes, UUID] = field(default_factory=dict)
    _compared: list[UUID] = field(default_factory=list)
    _vectors: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def keep_of(self, agent: int) -> None:
        """Leave only what came through this agent: a key that is pinned to it touches nothing else."""
        for one in [one for one in self.members.values() if one.agent != agent]:
            self.drop(one.id)

    def add(self, *members: Member) -> None:
        """Add statements. Those that are long, or have vectors of another model, are found by their slots alone."""
        self.members |= {one.id: one for one in members}
        dimensions = self._vectors.shape[1] if self._compared else None
        compared = [one for one in members if one.n_terms <= LONG and len(one.vector)]
        if dimensions is None and compared:
            dimensions = len(compared[-1].vector)
        compared = [one for one in compared if len(one.vector) == dimensions]
        if not compared:
            return
        n, needed = len(self._compared), len(self._compared) + len(compared)
        if needed > len(self._vectors):
            grown = np.zeros((needed + n, len(compared[0].vector)), np.float32)
            grown[:n] = self._vectors[:n] if n else 0
            self._vectors = grown
        self._vectors[n:needed] = [one.vector for one in compared]
        self._compared += [one.id for one in compared]

    def drop(self, memory_id: UUID) -> None:
        """Take a statement out that is history from now on."""
        self.members.pop(memory_id, None)
        self.slots = {mac: one for mac, one in self.slots.items() if one != memory_id}

    def pick(self, new: Member, macs: Iterable[bytes], picked: Picked) -> list[Member]:
        """Return the statements that a new one may touch: of its slots, like it, newest of its conversation."""
        chosen = dict.fromkeys(one for mac in macs if (one := self.slots.get(mac)) is not None)
        if new.n_terms <= LONG:
            chosen |= dict.fromkeys(self._like(new, picked))
        if new.n_terms <= LONG and picked.newest:
            beside = [one for one in self.members.values() if one.n_terms <= LONG and _is_one_conversation(one, new)]
            beside.sort(key=lambda one: one.said_at)
            chosen |= dict.fromkeys(one.id for one in beside[-picked.newest :])
        return [self.members[one] for one in chosen if one in self.members and one != new.id]

    def _like(self, new: Member, picked: Picked) -> list[UUID]:
        """Return the current statements that are most like a new one, by the cosine similarity of their vectors."""
        n = len(self._compared)
        if not n or self._vectors.shape[1:] != new.vector.shape:
            return []
        cosines = self._vectors[:n] @ new.vector
        near = np.flatnonzero(cosines >= picked.least)
        best = (self._compared[row] for row in near[np.argsort(-cosines[near])].tolist())
        return list(islice((one for one in best if one in self.members and one != new.id), picked.like))

    def candidates(self, new: Member, picked: Sequence[Member]) -> list[Candidate]:
        """Return the picked statements with their claims read, and their likeness to the new one."""
        self.open_texts([one for one in picked if one.payload is None])
        found = []
        for one in picked:
            if one.payload is None or not one.by_person:  # deleted or damaged; or an assistant's words
                continue
            if one.statement is None:
                one.statement = statement_of(one, one.payload)
            here = _HERE if _is_one_conversation(one, new) else str(one.id)
            cosine = float(one.vector @ new.vector) if one.vector.shape == new.vector.shape else None
            found.append(Candidate(_in(one.statement, here), cosine))
        return found

    def open_texts(self, members: list[Member]) -> None:
        """Open the words of these statements; those that do not open have none."""
        if not members:
            return
        versions = {one.id: one.version for one in members}
        rows = [
            row
            for row in MemoryVersion.objects.filter(memory_id__in=versions).only("memory_id", "version", "sealed")
            if row.version == versions[row.memory_id]
        ]
        opened = unseal_payloads(self.sealer, [(row.memory_id.bytes, row.version, bytes(row.sealed)) for row in rows])
        by_id = {one.id: one for one in members}
        for row, payload in zip(rows, opened, strict=True):
            by_id[row.memory_id].payload = payload


def open_pool(owner: Owner, macs: Sequence[bytes], *, limit: int, now: datetime) -> Pool:
    """Open the newest current cards of the owner, and those of the slots, inside the tenant's context. One query."""
    of = [owner.tenant_id, owner.subject.id, owner.purpose.purpose_id]
    if not (limit or macs):
        return Pool(owner.sealer)
    connection.ensure_connection()
    # In binary: as text the sealed cards would take twice as long.
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_CARDS, [*of, list(macs), *of, now, limit, now], binary=True, prepare=True)
        rows = cursor.fetchall()
    pool = Pool(owner.sealer)
    pool.slots = {mac: memory_id for memory_id, _, _, found in rows if found for mac in found}
    opened = owner.sealer.unseal_many(
        Field.CARD, [(memory_id.bytes, version, sealed) for memory_id, version, sealed, _ in rows]
    )
    # A damaged card is reported where it is read.
    there = [
        (row[0], row[1], content[PREFIX:])
        for row, content in zip(rows, opened, strict=True)
        if content is not None and len(content) >= PREFIX + HEAD.itemsize
    ]
    heads = np.frombuffer(b"".join([content[: HEAD.itemsize] for *_, content in there]), HEAD)
    columns = (heads[name].tolist() for name in ("seen_at", "run", "agent", "n_terms", "by_person", "dimensions"))
    pool.add(
        *(
            Member(
                memory_id, version, said_at, run, agent, n_terms, bool(by_person), _vector(content, dimensions, scale)
            )
            for (memory_id, version, content), said_at, run, agent, n_terms, by_person, dimensions, scale in zip(
                there, *columns, heads["scale"], strict=True
            )
        )
    )
    return pool


def _vector(content: bytes, dimensions: int, scale: np.float32) -> NDArray[np.float32]:
    values: NDArray[np.float32] = np.frombuffer(content, np.int8, dimensions, HEAD.itemsize) * scale
    return values


def member_of(draft: Draft, owner: Owner, vector: NDArray[np.float32], said_at: datetime) -> Member:
    """Return a draft as a statement of the pool."""
    run, agent = owner.scope.run_id, owner.scope.agent_id
    member = Member(
        id=draft.id,
        version=1,
        said_at=said_at.timestamp(),
        run=NO_HASH if run is None else text_hash(run),
        agent=NO_HASH if agent is None else text_hash(agent),
        n_terms=len(terms(draft.payload.text)),
        vector=vector,
        by_person=draft.payload.role == PERSON,
        payload=draft.payload,
    )
    member.statement = statement_of(member, draft.payload, position=draft.position)
    return member


def statement_of(member: Member, payload: Payload, *, position: int = 0) -> Statement:
    """Read a text into a statement."""
    return Statement(
        id=str(member.id),
        text=payload.text,
        claims=read_claims(payload.text, speaker=payload.speaker),
        said_at=datetime.fromtimestamp(member.said_at, UTC),
        speaker=payload.speaker,
        by_person=member.by_person,
        conversation=_HERE,
        position=position,
        stems=content_stems(payload.text),
    )


def _in(statement: Statement, conversation: str) -> Statement:
    return statement if statement.conversation == conversation else replace(statement, conversation=conversation)


def _is_one_conversation(one: Member, other: Member) -> bool:
    """Return whether two statements were said in one conversation: of one run, or near each other in time."""
    if NO_HASH not in (one.run, other.run) and one.run != other.run:
        return False
    return abs(one.said_at - other.said_at) <= ONE_CONVERSATION_SECONDS
