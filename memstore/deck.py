"""A deck: the opened cards of one recall, as columns for ranking and one by one for filters and answers."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

import numpy as np
import psycopg
from django.db import connection

from governance.errors import KeyUnavailable
from governance.keyring.sealing import Field
from governance.subjects import subject_sealer
from governance.vocabulary import DataClass
from memstore.cards import FORMAT, HEAD, NO_HASH, PREFIX, OpenedCard
from memstore.payload import unseal_payloads
from memstore.rank import Columns
from memstore.terms import text_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from governance.guard import Grant
    from governance.keyring.sealing import Sealer
    from governance.policy import Reach
    from memstore.payload import Payload

log = logging.getLogger(__name__)
_RANKS = {data_class.value: data_class.rank for data_class in DataClass}

# uuid_send gives the 16 bytes as they are; making a UUID object of each would cost more than decrypting its card.
_CARDS = """
    SELECT uuid_send(memory_id), version, sealed, extract(epoch FROM expires_at)::float8, data_class
      FROM memstore_card
     WHERE tenant_id = %s AND subject_id = %s AND purpose_id = %s AND data_class = ANY (%s) AND expires_at > %s
"""
_TEXTS = """
    SELECT uuid_send(v.memory_id), v.sealed FROM unnest(%s::uuid[], %s::int[]) wanted (id, version)
      JOIN memstore_memoryversion v ON v.memory_id = wanted.id AND v.version = wanted.version
     WHERE v.tenant_id = %s
"""


@dataclass(frozen=True)
class Deck:
    """The readable cards of one grant's subject and one of the purposes in its reach, oldest first."""

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
        """Bytes."""
        return sum(map(len, self.contents))

    def card(self, index: int) -> OpenedCard:
        return OpenedCard(UUID(bytes=self.ids[index]), self.versions[index], self.contents[index])

    def pick(self, kept: Sequence[int] | NDArray[np.int64]) -> Deck:
        """The deck of these rows only, in their order."""
        return Deck(
            self.grant,
            self.reach,
            [self.ids[i] for i in kept],
            [self.versions[i] for i in kept],
            [self.contents[i] for i in kept],
            self.heads[np.asarray(kept, dtype=np.int64)],
        )

    def payloads(self, kept: Sequence[int]) -> list[Payload | None]:
        """What the memories at these rows say: one query, in the current transaction. None: forgotten meanwhile.

        Raises Unopenable.
        """
        if not kept:
            return []
        # Arrays as their text: psycopg would look at each element of a list to find its type.
        ids, versions = ",".join(self.ids[i].hex() for i in kept), ",".join(str(self.versions[i]) for i in kept)
        values = [f"{{{ids}}}", f"{{{versions}}}", self.grant.caller.tenant_id]
        found = dict(_binary(_TEXTS, values))
        there = [i for i in kept if self.ids[i] in found]
        rows = [(self.ids[i], self.versions[i], found[self.ids[i]]) for i in there]
        opened = dict(zip(there, unseal_payloads(_sealer(self.grant, self.reach), rows), strict=True)) if there else {}
        return [opened.get(i) for i in kept]


def unexpired(deck: Deck, now: datetime) -> Deck:
    """The deck without what has expired since it was opened."""
    live = deck.heads["expires_at"] > now.timestamp()
    return deck if live.all() else deck.pick(np.flatnonzero(live))


def open_deck(grant: Grant, reach: Reach, now: datetime) -> Deck:
    """Fetch and open a subject's live cards, inside the tenant's context. Raises KeyUnavailable.

    A card that does not open, or whose plain columns promise more than the card itself, is left out and reported:
    one damaged row must not hide the others.
    """
    rows = _fetch(grant, reach, now)
    if not rows:
        return Deck(grant, reach, [], [], [], np.zeros(0, HEAD))
    opened = _sealer(grant, reach).unseal_many(Field.CARD, ((row[0], row[1], row[2]) for row in rows))
    contents = [content[PREFIX:] for content in opened if content is not None]
    heads = np.frombuffer(b"".join([content[: HEAD.itemsize] for content in contents]), HEAD)
    if len(contents) < len(rows):
        rows = _without_damaged(rows, opened)
    expires = np.array([row[3] for row in rows])
    # Microseconds are lost on the way through a float, so a millisecond is no difference.
    genuine = (heads["format"] == FORMAT) & (expires <= heads["expires_at"] + 0.001)
    genuine &= np.array([_RANKS[row[4]] for row in rows], np.uint8) >= heads["data_class"]
    deck = Deck(grant, reach, [row[0] for row in rows], [row[1] for row in rows], contents, heads)
    order = np.lexsort((heads["position"], heads["created_at"]))
    if not genuine.all():
        _report([row[0] for row, is_genuine in zip(rows, genuine, strict=True) if not is_genuine], "tampered_card")
        order = order[genuine[order]]
    elif (order[1:] > order[:-1]).all():
        return deck
    return deck.pick(order)


def columns(deck: Deck, *, model_id: str, dimensions: int) -> Columns:
    """The deck as ranking reads it. Vectors of another embedding model count as none: words still find them."""
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
    term_starts = HEAD.itemsize + heads["dimensions"].astype(np.int64)
    term_stops = term_starts + 4 * heads["n_terms"].astype(np.int64)
    hashes = b"".join(
        [content[a:b] for content, a, b in zip(deck.contents, term_starts.tolist(), term_stops.tolist(), strict=True)]
    )
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(heads["n_terms"], out=offsets[1:])
    said_at = np.where(np.isnan(heads["said_at"]), heads["created_at"], heads["said_at"])
    # Turns of one run are a conversation; without a run, those of one call are. Rows are in the order of speech.
    one_call = np.ascontiguousarray(heads["created_at"]).view(np.uint64)
    return Columns(
        vectors=vectors,
        scales=np.where(comparable, heads["scale"], np.float32(0)).astype(np.float32),
        term_hashes=np.frombuffer(hashes, "<u4"),
        term_offsets=offsets,
        speaker=np.ascontiguousarray(heads["speaker"]),
        conversation=np.where(heads["run"] != NO_HASH, heads["run"], one_call),
        position=np.arange(n, dtype=np.int32),
        said_at=said_at,
        is_question=heads["is_question"].astype(np.bool_),
        tells_time=heads["tells_time"].astype(np.bool_),
        tells_place=heads["tells_place"].astype(np.bool_),
    )


def _fetch(grant: Grant, reach: Reach, now: datetime) -> list[tuple[bytes, int, bytes, float, str]]:
    classes = sorted(reach.classes)
    return _binary(_CARDS, [grant.caller.tenant_id, grant.about, reach.rule.purpose_id, classes, now])


def _binary(statement: LiteralString, values: list[object]) -> list[Any]:
    """Straight through psycopg in binary: Django's cursor refuses binary results, and text costs half the recall."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, binary=True, prepare=True)
        return cursor.fetchall()


def _sealer(grant: Grant, reach: Reach) -> Sealer:
    if grant.subject is None:
        raise KeyUnavailable("no subject, no key")
    return subject_sealer(grant.caller.tenant_id, grant.subject, reach.rule.purpose_id)


def _without_damaged(
    rows: list[tuple[bytes, int, bytes, float, str]], opened: list[bytes | None]
) -> list[tuple[bytes, int, bytes, float, str]]:
    _report([row[0] for row, content in zip(rows, opened, strict=True) if content is None], "unopenable_card")
    return [row for row, content in zip(rows, opened, strict=True) if content is not None]


def _report(ids: list[bytes], problem: str) -> None:
    for id_ in ids:
        log.error(problem, extra={"fields": {"memory": str(UUID(bytes=id_))}})
