"""Candidate sets: the opened cards of one subject and purpose, as columns for ranking and singly for filters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

import numpy as np
import psycopg
from django.db import connection

from governance.errors import KeyDamaged, KeyUnavailable
from governance.guard.alarms import report_damage
from governance.keyring.sealing import Field
from governance.subjects.subjects import subject_sealer
from governance.vocabulary import DataClass
from memstore.recall.columns import Columns
from memstore.records.card import BASES, CLASSES, FORMAT, HEAD, LAST_MOMENT, NO_HASH, PREFIX, OpenedCard
from memstore.records.payload import unseal_payloads
from memstore.records.terms import text_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from governance.guard.authorize import Grant
    from governance.keyring.sealing import Sealer
    from governance.policy.decide import Reach
    from memstore.records.payload import Payload

    Row = tuple[bytes, int, bytes, float, str]

ID_BYTES = 16
SMALLEST = PREFIX + HEAD.itemsize  # bytes of an opened card
_RANKS = {data_class.value: data_class.rank for data_class in DataClass}

# uuid_send gives the 16 bytes as they are; making a UUID object of each would cost more than decrypting its card.
_CARDS = """
    SELECT uuid_send(memory_id), version, sealed, extract(epoch FROM expires_at)::float8, data_class
      FROM memstore_card
     WHERE tenant_id = %s AND subject_id = %s AND purpose_id = %s AND data_class = ANY (%s) AND expires_at > %s
       AND (current OR %s)
"""
_TEXTS = """
    SELECT uuid_send(v.memory_id), v.sealed,
           (SELECT string_agg(uuid_send(r.new_id), '') FROM memstore_replacement r
             WHERE r.tenant_id = v.tenant_id AND r.old_id = v.memory_id AND r.settled_at IS NULL)
      FROM unnest(%s::uuid[], %s::int[]) wanted (id, version)
      JOIN memstore_memoryversion v ON v.memory_id = wanted.id AND v.version = wanted.version
     WHERE v.tenant_id = %s
"""


@dataclass(frozen=True)
class Deck:
    """A candidate set: the readable cards of one grant's subject and one purpose in its reach, oldest first."""

    grant: Grant
    reach: Reach
    ids: list[bytes]
    versions: list[int]
    contents: list[bytes]
    heads: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def size(self) -> int:
        """Size of the opened cards in bytes."""
        return sum(map(len, self.contents))

    def card(self, index: int) -> OpenedCard:
        return OpenedCard(UUID(bytes=self.ids[index]), self.versions[index], self.contents[index])

    def pick(self, kept: Sequence[int] | NDArray[np.int64]) -> Deck:
        """Return the candidate set of these rows only, in the given order."""
        return Deck(
            self.grant,
            self.reach,
            [self.ids[i] for i in kept],
            [self.versions[i] for i in kept],
            [self.contents[i] for i in kept],
            self.heads[np.asarray(kept, dtype=np.int64)],
        )

    def read(self, kept: Sequence[int]) -> dict[int, OpenedCard]:
        """Return the cards at these rows with their texts, by row. One query, in the current transaction.

        A memory that was deleted meanwhile is left out, and so is a damaged one, which is reported.
        """
        if not kept:
            return {}
        # Arrays as their text: psycopg would look at each element of a list to find its type.
        ids, versions = ",".join(self.ids[i].hex() for i in kept), ",".join(str(self.versions[i]) for i in kept)
        values = [f"{{{ids}}}", f"{{{versions}}}", self.grant.caller.tenant_id]
        found = {memory_id: (sealed, newer) for memory_id, sealed, newer in _binary(_TEXTS, values)}
        there = [i for i in kept if self.ids[i] in found]
        rows = [(self.ids[i], self.versions[i], found[self.ids[i]][0]) for i in there]
        payloads = unseal_payloads(_sealer(self.grant, self.reach), rows) if rows else []
        cards = {i: self._whole(i, payload, found[self.ids[i]][1]) for i, payload in zip(there, payloads, strict=True)}
        self.report(i for i, card in cards.items() if card is None)
        return {i: card for i, card in cards.items() if card is not None}

    def _whole(self, index: int, payload: Payload | None, newer: bytes | None) -> OpenedCard | None:
        card = self.card(index)
        if payload is None or not card.is_sound():
            return None
        card.text = payload.text
        ids = newer or b""
        card.newer = frozenset(ids[at : at + ID_BYTES] for at in range(0, len(ids), ID_BYTES))
        return card

    def report(self, damaged: Iterable[int]) -> None:
        """Record that the memories at these rows are damaged, in the current transaction."""
        _report(self.grant, [self.ids[row] for row in damaged])


@dataclass(frozen=True, slots=True)
class Validity:
    """Validity that is asked for: what is so now (neither field), what was so `as_of` a moment, or all `history`."""

    history: bool = False
    as_of: datetime | None = None

    @property
    def is_now(self) -> bool:
        return not self.history and self.as_of is None


NOW = Validity()


def valid(deck: Deck, now: datetime, wanted: Validity = NOW) -> Deck:
    """Return the candidate set without the cards that have expired since it was opened, or are not so as wanted."""
    heads = deck.heads
    live = heads["expires_at"] > now.timestamp()
    if not wanted.history:
        moment = (wanted.as_of or now).timestamp()
        live &= np.isnan(heads["valid_until"]) | (heads["valid_until"] > moment)
    if wanted.as_of is not None:
        said_at = np.where(np.isnan(heads["said_at"]), heads["created_at"], heads["said_at"])
        live &= said_at <= wanted.as_of.timestamp()
    return deck if live.all() else deck.pick(np.flatnonzero(live))


def open_deck(grant: Grant, reach: Reach, now: datetime, *, history: bool = False) -> Deck:
    """Fetch and open a subject's live cards, inside the tenant's context. Raises KeyUnavailable.

    With `history`, also those of memories that were replaced since.

    A card is left out and reported if it does not open, is not laid out as it should be, or if its plain columns
    promise more than its sealed content: one damaged row must not hide the others.
    """
    rows = _fetch(grant, reach, now, history=history)
    if not rows:
        return Deck(grant, reach, [], [], [], np.zeros(0, HEAD))
    try:
        sealer = _sealer(grant, reach)
    except KeyDamaged as damage:  # memories for other purposes are still readable
        _report(grant, [damage.key_id.bytes])
        return Deck(grant, reach, [], [], [], np.zeros(0, HEAD))
    opened = sealer.unseal_many(Field.CARD, ((row[0], row[1], row[2]) for row in rows))
    sizes = [len(content) if content else 0 for content in opened]
    damaged: list[bytes] = []
    if min(sizes) < SMALLEST:
        damaged = [row[0] for row, size in zip(rows, sizes, strict=True) if size < SMALLEST]
        rows = [row for row, size in zip(rows, sizes, strict=True) if size >= SMALLEST]
    contents = [content[PREFIX:] for content in opened if content and len(content) >= SMALLEST]
    heads = np.frombuffer(b"".join([content[: HEAD.itemsize] for content in contents]), HEAD)
    genuine = _genuine(heads, contents, rows)
    damaged += [rows[place][0] for place in np.flatnonzero(~genuine)]
    deck = Deck(grant, reach, [row[0] for row in rows], [row[1] for row in rows], contents, heads)
    order = np.lexsort((heads["position"], heads["created_at"]))
    if damaged:
        _report(grant, damaged)
        order = order[genuine[order]]
    elif (order[1:] > order[:-1]).all():
        return deck
    return deck.pick(order)


def _genuine(heads: NDArray[np.void], contents: list[bytes], rows: list[Row]) -> NDArray[np.bool_]:
    """Return which cards are laid out as `card.encode` does it and promise no less than their plain columns."""
    sizes = np.array([len(content) for content in contents], np.int64)
    n_hashes = heads["n_terms"].astype(np.int64) + heads["n_context"]
    extents = HEAD.itemsize + heads["dimensions"].astype(np.int64) + 4 * n_hashes
    genuine = (heads["format"] == FORMAT) & (extents <= sizes) & np.isfinite(heads["scale"])
    genuine &= (heads["basis"] < len(BASES)) & (heads["data_class"] < len(CLASSES))
    for name in ("created_at", "updated_at", "seen_at", "expires_at"):
        genuine &= np.abs(heads[name]) < LAST_MOMENT  # False for what is no number
    for name in ("said_at", "valid_until"):
        genuine &= np.isnan(heads[name]) | (np.abs(heads[name]) < LAST_MOMENT)
    # Microseconds are lost on the way through a float, so a millisecond is no difference.
    genuine &= np.array([row[3] for row in rows], np.float64) <= heads["expires_at"] + 0.001
    known: NDArray[np.bool_] = np.array([_RANKS[row[4]] for row in rows], np.uint8) >= heads["data_class"]
    both: NDArray[np.bool_] = genuine & known
    return both


def columns(deck: Deck, *, model_id: str, dimensions: int) -> Columns:
    """Return the candidate set as ranking reads it.

    Vectors of another embedding model count as none: words still find them.
    """
    heads, n = deck.heads, len(deck)
    comparable = (heads["model"] == text_hash(model_id)) & (heads["dimensions"] == dimensions)
    start, stop = HEAD.itemsize, HEAD.itemsize + dimensions
    if comparable.all():
        joined = b"".join([content[start:stop] for content in deck.contents])
        vectors = np.frombuffer(joined, np.int8).reshape(n, dimensions)
    else:
        vectors = np.zeros((n, dimensions), np.int8)
        for index in np.flatnonzero(comparable):
            vectors[index] = np.frombuffer(deck.contents[index], np.int8, dimensions, start)
    starts = HEAD.itemsize + heads["dimensions"].astype(np.int64)
    term_hashes, term_offsets = _hashes(deck, starts, heads["n_terms"])
    context_hashes, context_offsets = None, None
    if heads["n_context"].any():
        starts += 4 * heads["n_terms"].astype(np.int64)
        context_hashes, context_offsets = _hashes(deck, starts, heads["n_context"])
    # Turns of one run are a conversation; without a run, those of one call are. Rows are in the order of speech.
    one_call = np.ascontiguousarray(heads["created_at"]).view(np.uint64)
    # Facts of one message share its call and its place in it.
    begins = np.ones(n, np.bool_)
    begins[1:] = (one_call[1:] != one_call[:-1]) | (heads["position"][1:] != heads["position"][:-1])
    return Columns(
        vectors=vectors,
        scales=np.where(comparable, heads["scale"], np.float32(0)).astype(np.float32),
        term_hashes=term_hashes,
        term_offsets=term_offsets,
        speaker=np.ascontiguousarray(heads["speaker"]),
        conversation=np.where(heads["run"] != NO_HASH, heads["run"], one_call),
        position=np.cumsum(begins, dtype=np.int32),
        said_at=np.ascontiguousarray(heads["seen_at"]),
        is_question=heads["is_question"].astype(np.bool_),
        tells_time=heads["tells_time"].astype(np.bool_),
        tells_place=heads["tells_place"].astype(np.bool_),
        tells_name=heads["tells_name"].astype(np.bool_),
        by_person=heads["by_person"].astype(np.bool_),
        context_hashes=context_hashes,
        context_offsets=context_offsets,
    )


def _hashes(
    deck: Deck, starts: NDArray[np.int64], counts: NDArray[np.uint16]
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the hashes that begin at `starts` in each card, one card after another, and the offsets of the cards."""
    offsets = np.zeros(len(deck) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    stops = starts + 4 * counts.astype(np.int64)
    joined = b"".join(
        [content[a:b] for content, a, b in zip(deck.contents, starts.tolist(), stops.tolist(), strict=True)]
    )
    return np.frombuffer(joined, "<u4"), offsets


def _fetch(grant: Grant, reach: Reach, now: datetime, *, history: bool) -> list[Row]:
    classes = sorted(reach.classes)
    return _binary(_CARDS, [grant.caller.tenant_id, grant.subject_id, reach.rule.purpose_id, classes, now, history])


def _binary(statement: LiteralString, values: list[object]) -> list[Any]:
    """Run the statement through psycopg in binary.

    Django's cursor refuses binary results, and results as text would cost half the recall.
    """
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, binary=True, prepare=True)
        return cursor.fetchall()


def _sealer(grant: Grant, reach: Reach) -> Sealer:
    if grant.subject is None:
        raise KeyUnavailable("no subject, no key")
    return subject_sealer(grant.caller.tenant_id, grant.subject, reach.rule.purpose_id)


def _report(grant: Grant, ids: Iterable[bytes]) -> None:
    damaged = [UUID(bytes=id_) for id_ in ids]
    if damaged:
        report_damage(grant.caller.tenant_id, damaged, subject_id=grant.subject.id if grant.subject else None)
