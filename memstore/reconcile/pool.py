"""Pool of a person's current statements for one purpose, from which those are picked that a new one may touch.

Cards are opened, newest first, up to a bound; texts only of the statements that are picked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from governance.keyring.sealing import Field, unpad
from memstore.intake.claims import content_stems, read_claims
from memstore.models import Card, MemoryVersion, Slot
from memstore.reconcile.statement import Candidate, Statement
from memstore.records.card import HEAD, NO_HASH, PERSON
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
MAX_PLAIN: Final = 50
"""The same for statements without one."""
MOST_SIMILAR: Final = 2
"""Statements picked for a plain statement by shared words."""
MOST_FOR_A_CHANGE: Final = 8
LONG: Final = 30
"""Terms of a statement from which only its slots decide anything: what is said in passing does not."""
ONE_CONVERSATION_SECONDS: Final = 3_600.0
_HERE: Final = "here"


@dataclass(slots=True)
class Member:
    """One current statement: what its card tells, and its words once they are needed."""

    id: UUID
    version: int
    said_at: float
    run: int
    agent: int
    words: frozenset[int]
    vector: NDArray[np.float32]
    by_person: bool
    payload: Payload | None = None
    statement: Statement | None = None


@dataclass(slots=True)
class Pool:
    """Current statements. `slots`: which of them fills which slot, by its keyed digest."""

    sealer: Sealer
    members: dict[UUID, Member] = field(default_factory=dict)
    slots: dict[bytes, UUID] = field(default_factory=dict)
    _holding: dict[int, list[UUID]] = field(default_factory=dict)

    def keep_of(self, agent: int) -> None:
        """Leave only what came through this agent: a key that is pinned to it touches nothing else."""
        for one in [one for one in self.members.values() if one.agent != agent]:
            self.drop(one.id)

    def add(self, member: Member) -> None:
        self.members[member.id] = member
        if len(member.words) <= LONG:
            for word in member.words:
                self._holding.setdefault(word, []).append(member.id)

    def drop(self, memory_id: UUID) -> None:
        """Take a statement out that is history from now on."""
        self.members.pop(memory_id, None)
        self.slots = {mac: one for mac, one in self.slots.items() if one != memory_id}

    def pick(self, new: Member, macs: Iterable[bytes], limit: int) -> list[Member]:
        """Return the statements that a new one may touch: of its slots, like it in words, newest of its conversation.

        At most `limit` beside those of its slots.
        """
        chosen = dict.fromkeys(one for mac in macs if (one := self.slots.get(mac)) in self.members)
        if len(new.words) > LONG:
            return [self.members[one] for one in chosen if one is not None and one != new.id]
        shared: Counter[UUID] = Counter()
        for word in new.words:
            holders = self._holding.get(word, ())
            for one in holders:
                shared[one] += 1_000 // len(holders)  # a word that few have says more
        for one in [one for one in shared if one not in self.members]:
            del shared[one]
        near = sorted(shared, key=lambda one: (shared[one], self.members[one].said_at), reverse=True)
        chosen |= dict.fromkeys(near[:limit])
        beside = sorted(
            (one for one in self.members.values() if len(one.words) <= LONG and _is_one_conversation(one, new)),
            key=lambda one: one.said_at,
        )
        chosen |= dict.fromkeys(one.id for one in beside[-limit // 2 :])
        return [self.members[one] for one in chosen if one is not None and one != new.id]

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
    """Open the newest current cards of the owner, and those of the slots, inside the tenant's context."""
    pool = Pool(owner.sealer)
    mine = {"subject_id": owner.subject.id, "purpose_id": owner.purpose.purpose_id}
    slots = Slot.objects.filter(**mine, mac__in=list(macs)).values_list("mac", "memory_id") if macs else ()
    pool.slots = {bytes(mac): memory_id for mac, memory_id in slots}
    cards = Card.objects.filter(**mine, current=True, expires_at__gt=now)
    columns = ("memory_id", "version", "sealed")
    rows = dict.fromkeys(cards.order_by("-memory_id").values_list(*columns)[:limit])
    wanted = set(pool.slots.values()) - {row[0] for row in rows}
    if wanted:
        rows |= dict.fromkeys(cards.filter(memory_id__in=wanted).values_list(*columns))
    found = list(rows)
    opened = owner.sealer.unseal_many(
        Field.CARD, ((memory_id.bytes, version, bytes(sealed)) for memory_id, version, sealed in found)
    )
    for (memory_id, version, _), content in zip(found, opened, strict=True):
        if content is not None:  # a damaged card is reported where it is read
            pool.add(_member(memory_id, version, unpad(content)))
    return pool


def _member(memory_id: UUID, version: int, content: bytes) -> Member:
    head = np.frombuffer(content, HEAD, 1)[0]
    start, n_terms = HEAD.itemsize + int(head["dimensions"]), int(head["n_terms"])
    values = np.frombuffer(content, np.int8, int(head["dimensions"]), HEAD.itemsize)
    return Member(
        id=memory_id,
        version=version,
        said_at=float(head["seen_at"]),
        run=int(head["run"]),
        agent=int(head["agent"]),
        words=frozenset(np.frombuffer(content, "<u4", n_terms, start).tolist()),
        vector=values.astype(np.float32) * head["scale"],
        by_person=bool(head["by_person"]),
    )


def member_of(draft: Draft, owner: Owner, vector: NDArray[np.float32], said_at: datetime) -> Member:
    """Return a draft as a statement of the pool."""
    run, agent = owner.scope.run_id, owner.scope.agent_id
    member = Member(
        id=draft.id,
        version=1,
        said_at=said_at.timestamp(),
        run=NO_HASH if run is None else text_hash(run),
        agent=NO_HASH if agent is None else text_hash(agent),
        words=frozenset(terms(draft.payload.text).tolist()),
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
    if statement.conversation == conversation:
        return statement
    return Statement(
        id=statement.id,
        text=statement.text,
        claims=statement.claims,
        said_at=statement.said_at,
        speaker=statement.speaker,
        by_person=statement.by_person,
        conversation=conversation,
        position=statement.position,
        stems=statement.stems,
    )


def _is_one_conversation(one: Member, other: Member) -> bool:
    """Return whether two statements were said in one conversation: of one run, or near each other in time."""
    if NO_HASH not in (one.run, other.run) and one.run != other.run:
        return False
    return abs(one.said_at - other.said_at) <= ONE_CONVERSATION_SECONDS
