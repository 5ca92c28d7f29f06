"""The card: the sealed search record of a memory, laid out so that thousands are opened into columns at once.

Layout after the length prefix of `pad`: a fixed head (HEAD, little-endian), the embedding as int8, one uint32 hash per
stemmed token occurrence, one per different stem of the context, and a JSON tail that is read only when a filter or an
answer needs it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from governance.errors import Unopenable
from governance.keyring.sealing import Field, pad, unpad
from governance.vocabulary import DataClass, LawfulBasis
from memstore.records.memory_view import MemoryView
from memstore.records.quantisation import quantise
from memstore.records.scope_ids import ScopeIds
from memstore.records.terms import name_hash, read, speaker_in, terms, text_hash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from numpy.typing import NDArray

    from governance.keyring.sealing import Sealer
    from memstore.models import Card
    from memstore.records.payload import Json, Payload

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
        ("reserved", "<u1", 2),
        ("scale", "<f4"),
        ("position", "<i4"),
        ("created_at", "<f8"),
        ("updated_at", "<f8"),
        ("said_at", "<f8"),
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
    found = reading.terms[:MAX_TERMS]
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
        0,
        scale,
        content.position,
        content.created_at.timestamp(),
        content.updated_at.timestamp(),
        content.said_at.timestamp() if content.said_at else math.nan,
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


def _is_sound(tail: Tail) -> bool:
    ids, ends_on = tail["ids"], tail["expires_on"]
    if ends_on is not None:
        date.fromisoformat(ends_on)
    return (
        len(ids) == len(fields(ScopeIds))
        and all(one is None or isinstance(one, str) for one in (*ids, tail["speaker"]))
        and isinstance(tail["role"], str)
        and all(isinstance(one, str) for one in tail["categories"])
        and isinstance(tail["metadata"], dict)
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
        self.text = ""  # kept in another table; set by the caller that has opened it there
        if len(content) < HEAD.itemsize:
            raise Unopenable(f"card {memory_id}: too short", memory_id)
        self._head = np.frombuffer(content, HEAD, 1)[0]
        if self._head["format"] != FORMAT:
            raise Unopenable(f"card {memory_id}: unknown layout", memory_id)

    def is_sound(self) -> bool:
        """Return whether every part of the card can be read: the numbers are in range and the tail parses."""
        head = self._head
        moments = [float(head[name]) for name in ("created_at", "updated_at", "expires_at")]
        said_at = float(head["said_at"])
        if not all(abs(one) < LAST_MOMENT for one in moments) or not (
            math.isnan(said_at) or abs(said_at) < LAST_MOMENT
        ):
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
        return _moment(self._head["created_at"])

    @property
    def updated_at(self) -> datetime:
        return _moment(self._head["updated_at"])

    @property
    def said_at(self) -> datetime | None:
        return None if math.isnan(self._head["said_at"]) else _moment(self._head["said_at"])

    @property
    def expires_on(self) -> date | None:
        return date.fromisoformat(self._tail["expires_on"]) if self._tail["expires_on"] else None

    @property
    def model(self) -> int:
        return int(self._head["model"])

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


def resealed(sealer: Sealer, card: Card, *, expires_at: datetime, data_class: DataClass) -> bytes:
    """Return the card's content sealed anew with another end and class. Raises Unopenable.

    The plain columns may not promise more than the sealed card does.
    """
    content = bytearray(unpad(sealer.unseal(Field.CARD, card.memory_id, card.version, bytes(card.sealed))))
    head = np.frombuffer(content, HEAD, 1)
    head["expires_at"], head["data_class"] = expires_at.timestamp(), data_class.rank
    return sealer.seal(Field.CARD, card.memory_id, card.version, pad(bytes(content), BUCKET))
