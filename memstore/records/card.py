"""The card: the sealed search record of a memory, laid out so that thousands are opened into columns at once.

Layout after the length prefix of `pad`: a fixed head (HEAD, little-endian), the embedding as int8, one uint32 hash per
stemmed token occurrence, one per different stem of the context, and a JSON tail that is read only when a filter or an
answer needs it.
"""

from __future__ import annotations

import json
import math
from copy import copy
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypedDict

import numpy as np

from governance.errors import Unopenable
from governance.keyring.sealing import Field, pad, unpad
from governance.vocabulary import DataClass, LawfulBasis
from memstore.records.memory_view import MemoryView
from memstore.records.quantisation import quantise
from memstore.records.scope_ids import ScopeIds
from memstore.records.seen import Seen
from memstore.records.terms import attribute_terms, name_hash, read, speaker_in, terms, text_hash
from memstore.records.topics import told_topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from numpy.typing import NDArray

    from governance.keyring.sealing import Sealer
    from memstore.models import Card
    from memstore.records.payload import Json, Payload
    from memstore.records.seen import SeenJson

FORMAT = 2
BUCKET = 128  # bytes
PREFIX = 4  # the length in front of padded content
NO_HASH = 0
MAX_TERMS = 65_535
HEAD = np.dtype(
    [
        ("format", "<u1"),
        ("basis", "<u1"),
        ("is_question", "<u1"),
        ("tells_time", "<u1"),
        ("tells_place", "<u1"),
        ("data_class", "<u1"),
        ("tells_name", "<u1"),
        ("by_person", "<u1"),
        ("dimensions", "<u2"),
        ("n_terms", "<u2"),
        ("n_context", "<u2"),
        ("n_seen", "<u2"),
        ("scale", "<f4"),
        ("position", "<i4"),
        ("created_at", "<f8"),
        ("updated_at", "<f8"),
        ("said_at", "<f8"),
        ("seen_at", "<f8"),
        ("valid_until", "<f8"),
        ("expires_at", "<f8"),
        ("model", "<u8"),
        ("user", "<u8"),
        ("agent", "<u8"),
        ("app", "<u8"),
        ("run", "<u8"),
        ("speaker", "<u8"),
    ]
)
PERSON = "user"  # the role of what a person said
LAST_MOMENT = 250_000_000_000.0  # seconds: the year 9892
BASES = tuple(LawfulBasis)
CLASSES = tuple(DataClass)


@dataclass(frozen=True, slots=True)
class CardContent:
    """Content of a card, without the embedding."""

    payload: Payload
    scope: ScopeIds
    created_at: datetime
    updated_at: datetime
    said_at: datetime | None
    expires_at: datetime
    expires_on: date | None
    position: int
    model: int  # text_hash of the embedding model's id
    lawful_basis: LawfulBasis
    data_class: DataClass = DataClass.ORDINARY
    context: str | NDArray[np.uint32] = ""
    """What stood beside the memory in its message and is no memory itself, or its terms as a card has kept them."""
    valid_until: datetime | None = None
    """When it stopped being so: something newer was said, or the day of a plan is over."""
    seen: tuple[Seen, ...] = ()
    """Further occurrences, newest first; the memory's own is not among them."""
    about: tuple[str, ...] = ()
    """Attributes that it tells: a question that asks for one finds it, whatever its words."""


def seal_card(
    sealer: Sealer, memory_id: UUID, version: int, content: CardContent, vector: NDArray[np.float32]
) -> bytes:
    """Return the sealed card of one version of a memory; `vector` is its embedding, float32 (d,)."""
    return sealer.seal(Field.CARD, memory_id, version, pad(encode(content, vector), BUCKET))


def encode(content: CardContent, vector: NDArray[np.float32]) -> bytes:
    """Lay out a card as this module describes it. `vector` is float32 (d,); terms beyond MAX_TERMS are left out."""
    [values], [scale] = quantise(vector[np.newaxis])
    payload, scope = content.payload, content.scope
    reading = read(payload.text)
    about = dict.fromkeys((*content.about, *told_topics(payload.text)))
    found = np.concatenate([attribute_terms(about), reading.terms])[:MAX_TERMS]
    beside = terms(content.context) if isinstance(content.context, str) else content.context
    context = np.setdiff1d(beside, found)[:MAX_TERMS]
    head = np.zeros(1, HEAD)
    head[0] = (
        FORMAT,
        BASES.index(content.lawful_basis),
        reading.is_question,
        reading.tells_time,
        reading.tells_place,
        content.data_class.rank,
        reading.tells_name,
        payload.role == PERSON,
        len(values),
        len(found),
        len(context),
        len(content.seen),
        scale,
        content.position,
        content.created_at.timestamp(),
        content.updated_at.timestamp(),
        content.said_at.timestamp() if content.said_at else math.nan,
        max([content.said_at or content.created_at, *(one.at for one in content.seen)]).timestamp(),
        content.valid_until.timestamp() if content.valid_until else math.nan,
        content.expires_at.timestamp(),
        content.model,
        _hash(scope.user_id),
        _hash(scope.agent_id),
        _hash(scope.app_id),
        _hash(scope.run_id),
        name_hash(payload.speaker or speaker_in(payload.text) or ""),
    )
    tail = {
        "ids": [scope.user_id, scope.agent_id, scope.app_id, scope.run_id],
        "role": payload.role,
        "speaker": payload.speaker,
        "categories": payload.categories,
        "metadata": payload.metadata,
        "expires_on": content.expires_on.isoformat() if content.expires_on else None,
        "seen": [one.as_json() for one in content.seen],
        "about": content.about,
    }
    laid_out: bytes = (
        head.tobytes()
        + values.tobytes()
        + found.astype("<u4").tobytes()
        + context.astype("<u4").tobytes()
        + json.dumps(tail, ensure_ascii=False, separators=(",", ":")).encode()
    )
    return laid_out


def tail_start(head: np.void) -> int:
    """Return where the JSON tail of a card begins."""
    return HEAD.itemsize + int(head["dimensions"]) + 4 * (int(head["n_terms"]) + int(head["n_context"]))


class Tail(TypedDict):
    """The JSON tail as `encode` writes it. `ids` are user, agent, app and run, in this order."""

    ids: list[str | None]
    role: str
    speaker: str | None
    categories: list[str]
    metadata: dict[str, Json]
    expires_on: str | None
    seen: list[SeenJson]
    about: list[str]


def _is_sound(tail: Tail) -> bool:
    ids, ends_on = tail["ids"], tail["expires_on"]
    if ends_on is not None:
        date.fromisoformat(ends_on)
    for one in tail["seen"]:
        Seen.from_json(one)
    return (
        len(ids) == len(fields(ScopeIds))
        and all(one is None or isinstance(one, str) for one in (*ids, tail["speaker"]))
        and isinstance(tail["role"], str)
        and all(isinstance(one, str) for one in tail["categories"])
        and isinstance(tail["metadata"], dict)
        and all(isinstance(one, str) for one in tail["about"])
    )


def _moment(seconds: np.float64) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def _hash(value: str | None) -> int:
    return NO_HASH if value is None else text_hash(value)


class OpenedCard:
    """One opened card. Its tail is parsed on first use; the text is in another table and is opened on demand."""

    def __init__(self, memory_id: UUID, version: int, content: bytes) -> None:
        """Check length and format of `content`. Raises Unopenable for a layout that is not known."""
        self.memory_id, self.version, self._content = memory_id, version, content
        self._received_at: datetime | None = None  # of another occurrence
        self._said_at: datetime | None = None
        self.text = ""  # kept in another table; set by the caller that has opened it there
        self.newer: frozenset[bytes] = (
            frozenset()
        )  # ids of later memories that say something else of the same, likewise
        if len(content) < HEAD.itemsize:
            raise Unopenable(f"card {memory_id}: too short", memory_id)
        self._head = np.frombuffer(content, HEAD, 1)[0]
        if self._head["format"] != FORMAT:
            raise Unopenable(f"card {memory_id}: unknown layout", memory_id)

    def is_sound(self) -> bool:
        """Return whether every part of the card can be read: the numbers are in range and the tail parses."""
        head = self._head
        moments = [float(head[name]) for name in ("created_at", "updated_at", "seen_at", "expires_at")]
        optional = [float(head[name]) for name in ("said_at", "valid_until")]
        if not all(abs(one) < LAST_MOMENT for one in moments):
            return False
        if not all(math.isnan(one) or abs(one) < LAST_MOMENT for one in optional):
            return False
        if head["basis"] >= len(BASES) or head["data_class"] >= len(CLASSES) or not math.isfinite(head["scale"]):
            return False
        try:
            return tail_start(head) <= len(self._content) and bool(self._tail)
        except Unopenable:
            return False

    @property
    def vector(self) -> NDArray[np.float32]:
        """The embedding, float32 (d,), as near to unit length as int8 keeps it."""
        values = np.frombuffer(self._content, np.int8, int(self._head["dimensions"]), HEAD.itemsize)
        restored: NDArray[np.float32] = values.astype(np.float32) * self._head["scale"]
        return restored

    @property
    def context(self) -> NDArray[np.uint32]:
        """The terms of what stood beside the memory in its message."""
        n = int(self._head["n_context"])
        return np.frombuffer(self._content, "<u4", n, tail_start(self._head) - 4 * n).astype(np.uint32)

    @cached_property
    def _tail(self) -> Tail:
        """The parsed tail. Raises Unopenable here, and so in every property that reads it."""
        try:
            tail: Tail = json.loads(self._content[tail_start(self._head) :].rstrip(b"\0"))  # padding may follow
            sound = _is_sound(tail)
        except (ValueError, TypeError, KeyError, RecursionError):
            sound = False
        if not sound:
            raise Unopenable(
                f"card {self.memory_id}: the end of it holds what nothing here would write", self.memory_id
            )
        return tail

    @cached_property
    def scope(self) -> ScopeIds:
        return ScopeIds.as_stored(self._tail["ids"])

    @property
    def user_id(self) -> str | None:
        return self.scope.user_id

    @property
    def agent_id(self) -> str | None:
        return self.scope.agent_id

    @property
    def app_id(self) -> str | None:
        return self.scope.app_id

    @property
    def run_id(self) -> str | None:
        return self.scope.run_id

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(self._tail["categories"])

    @property
    def metadata(self) -> Mapping[str, Json]:
        return self._tail["metadata"]

    @property
    def created_at(self) -> datetime:
        return self._received_at or _moment(self._head["created_at"])

    @property
    def dated_at(self) -> datetime:
        """When it was said, by the caller's word, else when it was received: what a filter by date means."""
        return self.said_at or self.created_at

    @property
    def valid_until(self) -> datetime | None:
        """When it stopped being so, or None while it is."""
        return None if math.isnan(self._head["valid_until"]) else _moment(self._head["valid_until"])

    @cached_property
    def seen(self) -> tuple[Seen, ...]:
        """The further occurrences of the fact, newest first."""
        return tuple(Seen.from_json(one) for one in self._tail["seen"])

    @property
    def updated_at(self) -> datetime:
        return _moment(self._head["updated_at"])

    @property
    def said_at(self) -> datetime | None:
        if self._received_at is not None:
            return self._said_at
        return None if math.isnan(self._head["said_at"]) else _moment(self._head["said_at"])

    @property
    def expires_on(self) -> date | None:
        return date.fromisoformat(self._tail["expires_on"]) if self._tail["expires_on"] else None

    @property
    def model(self) -> int:
        return int(self._head["model"])

    @property
    def seen_at(self) -> datetime:
        """When it was last said."""
        return _moment(self._head["seen_at"])

    def tail_with(self, seen: tuple[Seen, ...]) -> bytes:
        """Return the JSON tail with these occurrences instead of its own."""
        tail = {**self._tail, "seen": [one.as_json() for one in seen]}
        return json.dumps(tail, ensure_ascii=False, separators=(",", ":")).encode()

    def own(self) -> Seen:
        """Return the memory's own occurrence."""
        tail = self._tail
        return Seen(
            self.scope,
            tail["role"],
            tail["speaker"],
            tuple(tail["categories"]),
            tail["metadata"],
            self.said_at,
            self.created_at,
        )

    def occurrences(self) -> Iterator[OpenedCard]:
        """Yield this card, and one like it for each further occurrence, with its scope, speaker, time and metadata."""
        yield self
        for one in self.seen:
            other = copy(self)
            here = one.as_json()
            tail = {
                **self._tail,
                "ids": here["ids"],
                "role": here["role"],
                "speaker": here["speaker"],
                "categories": here["categories"],
                "metadata": here["metadata"],
            }
            vars(other).update(_tail=tail, scope=one.scope, _received_at=one.created_at, _said_at=one.said_at)
            yield other

    def content(self, payload: Payload) -> CardContent:
        """Return the content of this card with another payload."""
        return CardContent(
            payload=payload,
            scope=self.scope,
            created_at=self.created_at,
            updated_at=self.updated_at,
            said_at=self.said_at,
            expires_at=self.expires_at,
            expires_on=self.expires_on,
            position=int(self._head["position"]),
            model=self.model,
            lawful_basis=BASES[self._head["basis"]],
            data_class=self.data_class,
            context=self.context,
            valid_until=self.valid_until,
            seen=self.seen,
            about=tuple(self._tail["about"]),
        )

    @property
    def data_class(self) -> DataClass:
        return CLASSES[int(self._head["data_class"])]

    @property
    def expires_at(self) -> datetime:
        """The latest end of use that the card allows; the plain column may be earlier."""
        return _moment(self._head["expires_at"])

    def view(self, text: str, *, score: float | None = None, parts: Mapping[str, float] | None = None) -> MemoryView:
        """Return the memory with its opened `text`; `score` is in [0, 1], `parts` are the signals behind it."""
        return MemoryView(
            id=self.memory_id,
            version=self.version,
            text=text,
            scope=self.scope,
            role=self._tail["role"],
            speaker=self._tail["speaker"],
            categories=self.categories,
            metadata=self.metadata,
            created_at=self.created_at,
            updated_at=self.updated_at,
            said_at=self.said_at,
            expires_on=self.expires_on,
            valid_until=self.valid_until,
            times_said=1 + len(self.seen),
            score=score,
            parts=parts or {},
        )


def open_card(sealer: Sealer, card: Card) -> OpenedCard:
    """Open a card. Raises Unopenable, also for content that is not laid out as `encode` lays it out."""
    content = unpad(sealer.unseal(Field.CARD, card.memory_id, card.version, bytes(card.sealed)))
    opened = OpenedCard(card.memory_id, card.version, content)
    if not opened.is_sound():
        raise Unopenable(f"card {card.memory_id}: holds what nothing here would write", card.memory_id)
    return opened


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes to a sealed card that need no text; what is None stays."""

    expires_at: datetime | None = None
    data_class: DataClass | None = None
    valid_until: datetime | Literal["open"] | None = None
    """"open": it is so again."""
    seen: tuple[Seen, ...] | None = None


def resealed(sealer: Sealer, card: Card, changes: Changes) -> bytes:
    """Return the card's content sealed anew with these changes. Raises Unopenable.

    The plain columns may not promise more than the sealed card does.
    """
    opened = open_card(sealer, card)
    content = bytearray(unpad(sealer.unseal(Field.CARD, card.memory_id, card.version, bytes(card.sealed))))
    head = np.frombuffer(content, HEAD, 1)[0]
    if changes.expires_at is not None:
        head["expires_at"] = changes.expires_at.timestamp()
    if changes.data_class is not None:
        head["data_class"] = changes.data_class.rank
    if changes.valid_until is not None:
        head["valid_until"] = math.nan if changes.valid_until == "open" else changes.valid_until.timestamp()
    tail = b""
    if changes.seen is not None:
        head["n_seen"] = len(changes.seen)
        head["seen_at"] = max([opened.said_at or opened.created_at, *(one.at for one in changes.seen)]).timestamp()
        tail = opened.tail_with(changes.seen)
    kept = bytes(content) if not tail else bytes(content[: tail_start(head)]) + tail
    return sealer.seal(Field.CARD, card.memory_id, card.version, pad(kept, BUCKET))
