"""Parser of Mem0's filter language, read strictly: what is not understood is refused, and nothing is ignored.

    filter     an object of conditions and AND, OR, NOT; siblings are ANDed, an AND beside an OR too
    AND, OR    a list of filters, not empty
    NOT        a filter, or a list of filters none of which may match
    condition  field: value, or field: {operator: value, ..}, whose operators are ANDed

| field                                           | operators                               | bare      |
|-------------------------------------------------|-----------------------------------------|-----------|
| user_id agent_id app_id run_id (or session_id)  | eq ne in nin; `*` stands for any id     | eq        |
| created_at updated_at timestamp expiration_date | eq ne gt gte lt lte in                  | eq        |
| categories                                      | eq in contains, in any letter case      | eq        |
| metadata: {key: ..}, or metadata.key            | all, with nin contains icontains        | eq        |
| text keywords keywords_search                   | eq contains icontains                   | icontains |
| memory_ids                                      | in                                      | in        |

A time is YYYY-MM-DD (the whole UTC day), an ISO 8601 date-time (UTC without an offset) or Unix seconds.
`expiration_date` has days only: a date-time counts as its UTC day.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from governance.vocabulary import SubjectKind
from memstore.errors import InvalidInput, TooMuch
from memstore.recall.filter.scope import WILDCARD, Alternative, Scope, UnscopedFilter, WildcardScope, scope_of
from memstore.recall.filter.times import merged, read_span
from memstore.recall.filter.tree import (
    And,
    CategoryTest,
    FilterRecord,
    FoldedText,
    IdTest,
    MemoryIdTest,
    MetadataTest,
    Node,
    Not,
    Op,
    Or,
    Scalar,
    TextTest,
    TimeField,
    TimeTest,
    typed,
)
from memstore.records.scope_ids import clean_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "Alternative",
    "Filter",
    "FilterRecord",
    "Scope",
    "UnscopedFilter",
    "WildcardScope",
    "parse_filter",
    "scope",
]

MAX_DEPTH = 10  # AND, OR and NOT inside one another
MAX_NODES = 500  # conditions and AND, OR, NOT
MAX_IN_VALUES = 1_000
MAX_VALUES = 5_000  # over all `in` and `nin` lists, which bounds the work that one filter can ask for
MAX_STRING_CHARS = 1_000
MAX_CHARS = 200_000  # over all texts of a filter, ids too
LOGIC = ("AND", "OR", "NOT")
ENTITIES = {
    "user_id": SubjectKind.USER,
    "agent_id": SubjectKind.AGENT,
    "app_id": SubjectKind.APP,
    "run_id": SubjectKind.RUN,
    "session_id": SubjectKind.RUN,
}
TEXTS = ("text", "keywords", "keywords_search")
METADATA_PREFIX = "metadata."
ENTITY_OPS = frozenset({Op.EQ, Op.NE, Op.IN, Op.NIN})
TIME_OPS = frozenset({Op.EQ, Op.NE, Op.GT, Op.GTE, Op.LT, Op.LTE, Op.IN})
CATEGORY_OPS = frozenset({Op.EQ, Op.IN, Op.CONTAINS})
METADATA_OPS = frozenset(Op)
TEXT_OPS = frozenset({Op.EQ, Op.CONTAINS, Op.ICONTAINS})
MEMORY_ID_OPS = frozenset({Op.IN})
ORDERING = frozenset({Op.GT, Op.GTE, Op.LT, Op.LTE})
NEGATIVE = {Op.NE: Op.EQ, Op.NIN: Op.IN}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Filter:
    """A parsed filter.

    `fields` are the names it tests: aliases as `run_id` and `text`, any metadata key as `metadata`.
    """

    root: Node

    @cached_property
    def fields(self) -> frozenset[str]:
        return self.root.fields

    @cached_property
    def n_tests(self) -> int:
        """The largest number of tests that one record takes."""
        return len(list(_tests(self.root)))

    @cached_property
    def n_text_tests(self) -> int:
        return sum(isinstance(test, TextTest) for test in _tests(self.root))

    def matches(self, record: FilterRecord) -> bool:
        """Return whether the record matches. Its text is read only if the rest leaves the answer open."""
        found = self.root.verdict(record, None)
        return found if found is not None else bool(self.root.verdict(record, FoldedText(record)))

    def matches_without_text(self, record: FilterRecord) -> bool | None:
        """Return whether the record matches, or None if that depends on its text, which is not read."""
        return self.root.verdict(record, None)


def _tests(node: Node) -> Iterator[Node]:
    if isinstance(node, (And, Or)):
        for child in node.children:
            yield from _tests(child)
    elif isinstance(node, Not):
        yield from _tests(node.child)
    else:
        yield node


def parse_filter(raw: object, field: str = "filters") -> Filter:
    """Return the filter of decoded JSON. Raises InvalidInput with the path of the bad node below `field`.

    An empty object is a filter without conditions: it matches everything and `scope` refuses it.
    """
    if not isinstance(raw, dict):
        raise InvalidInput(field, "expected an object")
    return Filter(_Parser().group(raw, field, 0) if raw else And(()))


def scope(parsed: Filter, field: str = "filters") -> Scope:
    """Return the subjects that the filter can be about.

    Raises UnscopedFilter, WildcardScope, or InvalidInput for too many.
    """
    return scope_of(parsed.root, field)


class _Parser:
    """One parse, with counts of what a whole filter may have only so many of. Depth is bounded, so it may recurse."""

    def __init__(self) -> None:
        self._nodes = 0
        self._values = 0
        self._chars = 0

    def group(self, raw: object, path: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise InvalidInput(path, f"nested deeper than {MAX_DEPTH} levels")
        if not isinstance(raw, dict):
            raise InvalidInput(path, "expected an object")
        nodes: list[Node] = []
        for key, value in _entries(raw, path):
            at = f"{path}.{_shown(key)}"
            nodes.append(self._logic(key, value, at, depth) if key in LOGIC else self._condition(key, value, at))
        return _all(nodes)

    def _logic(self, word: str, value: object, path: str, depth: int) -> Node:
        self._count(path)
        if word == "NOT" and isinstance(value, dict):
            return Not(self.group(value, path, depth + 1))
        if not isinstance(value, list) or not value:
            raise InvalidInput(path, "expected a list of at least one object")
        at = (f"{path}[{index}]" for index in range(len(value)))
        children = tuple(self.group(entry, place, depth + 1) for entry, place in zip(value, at, strict=True))
        match word:
            case "AND":
                return And(children)
            case "OR":
                return Or(children)
            case _:
                return Not(Or(children))

    def _condition(self, key: str, value: object, path: str) -> Node:
        if key in ENTITIES:
            kind = ENTITIES[key]
            return self._operators(value, path, ENTITY_OPS, lambda op, v, at: self._entity(kind, op, v, at))
        if key in tuple(TimeField):
            time_field = TimeField(key)
            return self._operators(value, path, TIME_OPS, lambda op, v, at: self._time(time_field, op, v, at))
        if key in TEXTS:
            return self._operators(value, path, TEXT_OPS, _text, bare=Op.ICONTAINS)
        if key == "categories":
            return self._operators(value, path, CATEGORY_OPS, self._category)
        if key == "memory_ids":
            return self._operators(value, path, MEMORY_ID_OPS, self._memory_ids, bare=Op.IN)
        return self._metadata(key, value, path)

    def _metadata(self, key: str, value: object, path: str) -> Node:
        """Parse `metadata` with its keys, or one `metadata.key`. Raises InvalidInput for any other field."""
        if key.startswith(METADATA_PREFIX) and key != METADATA_PREFIX:
            return self._entry(key.removeprefix(METADATA_PREFIX), value, path)
        if key != "metadata":
            raise InvalidInput(path, "is not a field that can be filtered by")
        if not isinstance(value, dict):
            raise InvalidInput(path, "expected an object of metadata keys")
        return _all([self._entry(name, wanted, f"{path}.{_shown(name)}") for name, wanted in _entries(value, path)])

    def _operators(
        self,
        value: object,
        path: str,
        allowed: frozenset[Op],
        build: Callable[[Op, object, str], Node],
        bare: Op = Op.EQ,
    ) -> Node:
        """Parse a bare value, or an object of operators; a negative operator becomes NOT of its positive one."""
        if not isinstance(value, dict):
            self._count(path, value)
            return build(bare, value, path)
        nodes: list[Node] = []
        for name, wanted in _entries(value, path):
            at = f"{path}.{_shown(name)}"
            self._count(at, wanted)
            if name not in allowed:
                known = " ".join(op for op in Op if op in allowed)
                raise InvalidInput(at, f"is not an operator of this field, which has {known}")
            op = Op(name)
            node = build(NEGATIVE.get(op, op), wanted, at)
            nodes.append(Not(node) if op in NEGATIVE else node)
        return _all(nodes)

    def _entity(self, kind: SubjectKind, op: Op, value: object, path: str) -> Node:
        values = self._list(value, path) if op is Op.IN else [(value, path)]
        ids = [_entity_id(entry, at) for entry, at in values]
        return IdTest(kind, frozenset(ids) - {WILDCARD}, wildcard=WILDCARD in ids)

    def _time(self, time_field: TimeField, op: Op, value: object, path: str) -> Node:
        days_only = time_field is TimeField.EXPIRES
        values = self._list(value, path) if op is Op.IN else [(value, path)]
        spans = [read_span(entry, at, days_only=days_only) for entry, at in values]
        return TimeTest(time_field, op, merged(spans))

    def _category(self, op: Op, value: object, path: str) -> Node:
        values = self._list(value, path) if op is Op.IN else [(value, path)]
        return CategoryTest(frozenset(_string(entry, at).casefold() for entry, at in values))

    def _memory_ids(self, op: Op, value: object, path: str) -> Node:
        return MemoryIdTest(frozenset(_uuid(entry, at) for entry, at in self._list(value, path)))

    def _entry(self, key: str, value: object, path: str) -> Node:
        return self._operators(value, path, METADATA_OPS, lambda op, v, at: self._entry_test(key, op, v, at))

    def _entry_test(self, key: str, op: Op, value: object, path: str) -> Node:
        if op is Op.IN:
            values = frozenset(_typed(entry, at) for entry, at in self._list(value, path))
            return MetadataTest(key, op, values)
        if op is Op.ICONTAINS:
            return MetadataTest(key, op, frozenset({("string", _string(value, path).casefold())}))
        if op is Op.CONTAINS and isinstance(value, str):
            _string(value, path)
        wanted = _typed(value, path)
        if op in ORDERING and wanted[0] not in ("number", "string"):
            raise InvalidInput(path, "expected a number or a text")
        return MetadataTest(key, op, frozenset({wanted}))

    def _list(self, value: object, path: str) -> list[tuple[object, str]]:
        """Return the values of an `in` list, each with its path."""
        if not isinstance(value, list) or not value:
            raise InvalidInput(path, "expected a list of at least one value")
        self._values += len(value)
        if len(value) > MAX_IN_VALUES:
            raise InvalidInput(path, f"at most {MAX_IN_VALUES} values")
        if self._values > MAX_VALUES:
            raise InvalidInput(path, f"at most {MAX_VALUES} values in all lists of a filter together")
        return [(entry, f"{path}[{index}]") for index, entry in enumerate(value)]

    def _count(self, path: str, value: object = None) -> None:
        self._nodes += 1
        said = value[:MAX_IN_VALUES] if isinstance(value, list) else [value]
        self._chars += sum(len(one) for one in said if isinstance(one, str))
        if self._chars > MAX_CHARS:
            raise TooMuch(path, f"at most {MAX_CHARS} characters in all texts of a filter together")
        if self._nodes > MAX_NODES:
            raise InvalidInput(path, f"at most {MAX_NODES} conditions")


def _all(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else And(tuple(nodes))


def _entries(raw: dict[object, object], path: str) -> list[tuple[str, object]]:
    if not raw:
        raise InvalidInput(path, "expected at least one condition")
    if len(raw) > MAX_NODES:
        raise InvalidInput(path, f"at most {MAX_NODES} conditions")
    entries: list[tuple[str, object]] = []
    for key, value in raw.items():
        if not isinstance(key, str) or not key or len(key) > MAX_STRING_CHARS or _UNREADABLE.search(key):
            raise InvalidInput(path, f"has a key that is no text of 1 to {MAX_STRING_CHARS} characters")
        entries.append((key, value))
    return entries


def _shown(key: str) -> str:
    """Return a key for a path, or "?": keys are the caller's words too, so only a plain name is repeated."""
    return key if _PLAIN_KEY.fullmatch(key) else "?"


def _entity_id(value: object, path: str) -> str:
    if value == WILDCARD:
        return WILDCARD
    return clean_id(value, path)


def _text(op: Op, value: object, path: str) -> Node:
    needle = _string(value, path)
    return TextTest(op, needle.casefold() if op is Op.ICONTAINS else needle)


def _uuid(value: object, path: str) -> UUID:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise InvalidInput(path, "expected a UUID")
    return UUID(value)


def _string(value: object, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidInput(path, "expected a text that is not empty")
    return _readable(value, path)


def _readable(value: str, path: str) -> str:
    if len(value) > MAX_STRING_CHARS:
        raise InvalidInput(path, f"at most {MAX_STRING_CHARS} characters")
    if _UNREADABLE.search(value):
        raise InvalidInput(path, "holds a NUL character or half a character")
    return value


def _typed(value: object, path: str) -> tuple[str, Scalar]:
    found = typed(value)
    if found is None:
        raise InvalidInput(path, "expected a text, a number, true, false or null")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput(path, "is not a finite number")
    if isinstance(value, str):
        _readable(value, path)
    return found
