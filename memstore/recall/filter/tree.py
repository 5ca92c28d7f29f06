"""Tree of a parsed filter, and its answer for one record.

Every test answers for a value that may be absent: a positive test of an absent value is False; `ne`, `nin` and NOT are
the plain negation of the positive test, and so are True. Values of different types are never equal and never ordered
(`true` is not `1`); nothing here raises for any value.

Text is sealed apart from the rest and is costly to open. So a test of text answers None ("not known yet") until it is
given the text, and AND, OR and NOT follow Kleene's three-valued logic (Kleene 1952, section 64): the text is opened
only for a record on which the rest of the filter leaves the answer open.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from memstore.records.scope_ids import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from governance.vocabulary import SubjectKind

Scalar = None | bool | int | float | str


class FilterRecord(Protocol):
    """Record that a filter is tested on. Times carry a zone; `text` may be costly and is read last, if at all."""

    @property
    def memory_id(self) -> UUID: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def agent_id(self) -> str | None: ...
    @property
    def app_id(self) -> str | None: ...
    @property
    def run_id(self) -> str | None: ...
    @property
    def dated_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def said_at(self) -> datetime | None: ...
    @property
    def expires_on(self) -> date | None: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def metadata(self) -> Mapping[str, object]: ...
    @property
    def text(self) -> str: ...


class FoldedText:
    """The text of one record, opened at most once and folded at most once."""

    def __init__(self, record: FilterRecord) -> None:
        self._record = record

    @cached_property
    def exact(self) -> str:
        return self._record.text

    @cached_property
    def folded(self) -> str:
        return self.exact.casefold()


class Node(Protocol):
    """Node of the tree. Its `verdict` is None while it depends on a text that was not given."""

    @property
    def fields(self) -> frozenset[str]: ...
    def verdict(self, record: FilterRecord, wording: FoldedText | None) -> bool | None: ...


class Op(StrEnum):
    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    IN = "in"
    NIN = "nin"
    CONTAINS = "contains"
    ICONTAINS = "icontains"


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction; True without children."""

    children: tuple[Node, ...]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset().union(*(child.fields for child in self.children))

    def verdict(self, record: FilterRecord, wording: FoldedText | None) -> bool | None:
        answer: bool | None = True
        for child in self.children:
            found = child.verdict(record, wording)
            if found is False:
                return False
            if found is None:
                answer = None
        return answer


@dataclass(frozen=True, slots=True)
class Or:
    children: tuple[Node, ...]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset().union(*(child.fields for child in self.children))

    def verdict(self, record: FilterRecord, wording: FoldedText | None) -> bool | None:
        answer: bool | None = False
        for child in self.children:
            found = child.verdict(record, wording)
            if found is True:
                return True
            if found is None:
                answer = None
        return answer


@dataclass(frozen=True, slots=True)
class Not:
    child: Node

    @property
    def fields(self) -> frozenset[str]:
        return self.child.fields

    def verdict(self, record: FilterRecord, wording: FoldedText | None) -> bool | None:
        found = self.child.verdict(record, wording)
        return None if found is None else not found


@dataclass(frozen=True, slots=True)
class IdTest:
    """Test for one of `ids`; with `wildcard`, for any id at all."""

    kind: SubjectKind
    ids: frozenset[str]
    wildcard: bool = False

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({FIELDS[self.kind]})

    def verdict(self, record: FilterRecord, wording: FoldedText | None) -> bool:
        value: str | None = getattr(record, FIELDS[self.kind])
        return value is not None and (self.wildcard or value in self.ids)


@dataclass(frozen=True, slots=True)
class MemoryIdTest:
    ids: frozenset[UUID]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({"memory_ids"})

    def verdict(self, record: FilterRecord, wording: FoldedText | None) -> bool:
        return record.memory_id in self.ids


@dataclass(frozen=True, slots=True)
class Span:
    """Time from the first to the last instant, both included: a day, or one instant twice."""

    first: datetime
    last: datetime


class TimeField(StrEnum):
    """Names that a filter has for the times."""

    CREATED = "created_at"
    UPDATED = "updated_at"
    SAID = "timestamp"
    EXPIRES = "expiration_date"


TIME_ATTRIBUTES = {
    TimeField.CREATED: "dated_at",
    TimeField.UPDATED: "updated_at",
    TimeField.SAID: "said_at",
    TimeField.EXPIRES: "expires_on",
}


@dataclass(frozen=True, slots=True)
class TimeTest:
    """Test of a time. `spans` are in order and do not overlap; every operator but IN has exactly one.

    A record's date counts as its first UTC instant.
    """

    field: TimeField
    op: Op
    spans: tuple[Span, ...]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field})

    def verdict(self, record: FilterRecord, wording: FoldedText | None) -> bool:
        value: date | None = getattr(record, TIME_ATTRIBUTES[self.field])
        if value is None:
            return False
        instant = value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
        match self.op:
            case Op.GT:
                return instant > self.spans[0].last
            case Op.GTE:
                return instant >= self.spans[0].first
            case Op.LT:
                return instant < self.spans[0].first
            case Op.LTE:
                return instant <= self.spans[0].last
            case _:
                place = bisect_right(self.spans, instant, key=lambda span: span.first) - 1
                return place >= 0 and instant <= self.spans[place].last


@dataclass(frozen=True, slots=True)
class CategoryTest:
    """Test for any of `names`, which are case-folded."""

    names: frozenset[str]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({"categories"})

    def verdict(self, record: FilterRecord, wording: FoldedText | None) -> bool:
        return any(name.casefold() in self.names for name in record.categories)


@dataclass(frozen=True, slots=True)
class TextTest:
    """Test of the text. `needle` is case-folded for ICONTAINS."""

    op: Op
    needle: str

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({"text"})

    def verdict(self, record: FilterRecord, wording: FoldedText | None) -> bool | None:
        if wording is None:
            return None
        match self.op:
            case Op.ICONTAINS:
                return self.needle in wording.folded
            case Op.CONTAINS:
                return self.needle in wording.exact
            case _:
                return self.needle == wording.exact


Typed = tuple[str, Scalar]


def typed(value: object) -> Typed | None:
    """Return the value with its JSON type, so that `true`, `1` and `"1"` differ and `1` and `1.0` do not.

    None stands for lists and objects, which no filter value equals.
    """
    if value is None:
        return "null", None
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, (int, float)):
        return "number", value
    return ("string", value) if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class MetadataTest:
    """Test of a metadata entry. `key` is its name, or with dots a path; an entry with the dots in its name comes first.

    `values` is one value for every operator but IN. CONTAINS looks for a piece of a string or an element of a list.
    """

    key: str
    op: Op
    values: frozenset[Typed]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({"metadata"})

    def verdict(self, record: FilterRecord, wording: FoldedText | None) -> bool:
        present, value = find(record.metadata, self.key)
        if not present:
            return False
        match self.op:
            case Op.EQ | Op.IN:
                return typed(value) in self.values
            case Op.CONTAINS:
                return self._contained(value)
            case Op.ICONTAINS:
                return self._contained_folded(value)
            case _:
                return self._ordered(value)

    def _contained(self, value: object) -> bool:
        [(kind, wanted)] = self.values
        if isinstance(value, list):
            return any(typed(element) == (kind, wanted) for element in value)
        return isinstance(value, str) and isinstance(wanted, str) and wanted in value

    def _contained_folded(self, value: object) -> bool:
        [(_, wanted)] = self.values
        if isinstance(value, list):
            return any(isinstance(element, str) and element.casefold() == wanted for element in value)
        return isinstance(value, str) and isinstance(wanted, str) and wanted in value.casefold()

    def _ordered(self, value: object) -> bool:
        [(kind, wanted)] = self.values
        own = typed(value)
        if own is None or own[0] != kind or kind not in ("number", "string"):
            return False
        # Python strings and numbers have these comparisons alike; the types are equal by the line above.
        low, high = own[1], wanted
        match self.op:
            case Op.GT:
                return low > high  # type: ignore[operator]
            case Op.GTE:
                return low >= high  # type: ignore[operator]
            case Op.LT:
                return low < high  # type: ignore[operator]
            case _:
                return low <= high  # type: ignore[operator]


def find(metadata: Mapping[str, object], key: str) -> tuple[bool, object]:
    """Return whether there is such an entry, and its value (which may be None)."""
    if key in metadata:
        return True, metadata[key]
    place: object = metadata
    for step in key.split("."):
        if not isinstance(place, dict) or step not in place:
            return False, None
        place = place[step]
    return True, place
