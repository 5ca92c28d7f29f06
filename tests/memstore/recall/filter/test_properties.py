"""The filter language against a second, naive evaluator that knows only a part of it, on random trees."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from hypothesis import event, given, settings
from hypothesis import strategies as st

from memstore.errors import InvalidInput
from memstore.recall.filter.parse import MAX_DEPTH, UnscopedFilter, parse_filter, scope
from tests.memstore.recall.filter.test_parse import MEMORY, Record, matches

instants = st.sampled_from([datetime(2024, 5, day, hour, tzinfo=UTC) for day in (1, 2, 3) for hour in (0, 12)])
names = st.sampled_from(["a", "b", "c"])
scalars = st.sampled_from([0, 1, 1.5, "x", "Xy", "", True, False, None])
records = st.builds(
    Record,
    memory_id=st.just(MEMORY) | st.builds(uuid4),
    user_id=names | st.none(),
    agent_id=names | st.none(),
    app_id=names | st.none(),
    run_id=names | st.none(),
    created_at=instants,
    updated_at=instants,
    said_at=instants | st.none(),
    expires_on=instants.map(datetime.date) | st.none(),
    categories=st.lists(st.sampled_from(["Food", "health"]), max_size=2).map(tuple),
    metadata=st.dictionaries(st.sampled_from(["k", "l"]), scalars | st.lists(scalars, max_size=2)),
    text=st.sampled_from(["Red Car", "blue car", ""]),
)
ENTITY_FIELDS = ["user_id", "agent_id", "app_id", "run_id"]
TIME_FIELDS = ["created_at", "updated_at", "timestamp", "expiration_date"]
days = st.sampled_from(["2024-05-01", "2024-05-02", "2024-05-03"])
conditions = st.one_of(
    st.builds(lambda f, v: {f: v}, st.sampled_from(ENTITY_FIELDS), names | st.just("*")),
    st.builds(
        lambda f, op, v: {f: {op: v if op in ("in", "nin") else v[0]}},
        st.sampled_from(ENTITY_FIELDS),
        st.sampled_from(["eq", "ne", "in", "nin"]),
        st.lists(names | st.just("*"), min_size=1, max_size=3),
    ),
    st.builds(
        lambda f, op, v: {f: {op: v}},
        st.sampled_from(TIME_FIELDS),
        st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]),
        days,
    ),
    st.builds(lambda f, v: {f: {"in": v}}, st.sampled_from(TIME_FIELDS), st.lists(days, min_size=1, max_size=3)),
    st.builds(lambda v: {"categories": v}, st.sampled_from(["food", "HEALTH", "work"])),
    st.builds(
        lambda k, op, v: {"metadata": {k: {op: v}}},
        st.sampled_from(["k", "l"]),
        st.sampled_from(["eq", "ne", "gt", "lte"]),
        st.sampled_from([0, 1, 1.5, "x", "Xy"]),
    ),
    st.builds(lambda k, v: {"metadata": {k: {"in": v}}}, st.sampled_from(["k"]), st.lists(scalars, min_size=1)),
    st.builds(lambda v: {"text": v}, st.sampled_from(["red", "CAR", "green"])),
    st.just({"memory_ids": [str(MEMORY)]}),
)
trees = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(lambda v: {"AND": v}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda v: {"OR": v}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda v: {"NOT": v}, inner | st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda a, b, c: {**c, "AND": [a], "OR": [b]}, inner, inner, conditions),
    ),
    max_leaves=8,
).filter(lambda raw: json.dumps(raw).count('": [{') + json.dumps(raw).count('"NOT"') <= MAX_DEPTH)


def naive(raw: dict[str, Any], record: Record) -> bool:  # noqa: PLR0911 - one line per kind of node
    if len(raw) != 1:
        return all(naive({key: value}, record) for key, value in raw.items())
    [(key, value)] = raw.items()
    if key == "AND":
        return all(naive(entry, record) for entry in value)
    if key == "OR":
        return any(naive(entry, record) for entry in value)
    if key == "NOT":
        return not any(naive(entry, record) for entry in (value if isinstance(value, list) else [value]))
    if key == "metadata":
        [(name, wanted)] = value.items()
        absent = name not in record.metadata
        return naive_test(wanted, None if absent else record.metadata[name], naive_json, absent=absent)
    if key == "memory_ids":
        return str(record.memory_id) in value
    if key == "categories":
        return any(value.lower() == name.lower() for name in record.categories)
    if key == "text":
        return value.lower() in record.text.lower()
    if key in ENTITY_FIELDS:
        have = getattr(record, key)
        wanted = value if isinstance(value, dict) else {"eq": value}
        return naive_test(wanted, have, lambda _, own, other: other in ("*", own), absent=have is None)
    names = {"timestamp": "said_at", "created_at": "dated_at", "expiration_date": "expires_on"}
    have = getattr(record, names.get(key, key))
    return naive_test(value, have, naive_day, absent=have is None)


def naive_test(wanted: dict[str, Any], have: Any, compare: Any, *, absent: bool) -> bool:
    [(op, value)] = wanted.items()
    if op in ("ne", "nin"):
        return not naive_test({"eq" if op == "ne" else "in": value}, have, compare, absent=absent)
    if absent:
        return False
    if op == "in":
        return any(compare("eq", have, entry) for entry in value)
    return bool(compare(op, have, value))


def naive_json(op: str, have: Any, value: Any) -> bool:
    numbers = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in (have, value))
    if not numbers and type(have) is not type(value):
        return False
    if op == "eq":
        return not isinstance(have, list) and bool(have == value)
    if not numbers and not isinstance(have, str):
        return False
    return bool(have > value if op == "gt" else have <= value)


def naive_day(op: str, have: Any, value: str) -> bool:
    own = have.date() if isinstance(have, datetime) else have
    day = date.fromisoformat(value)
    return {"eq": own == day, "gt": own > day, "gte": own >= day, "lt": own < day, "lte": own <= day}[op]


@settings(max_examples=600, deadline=None)
@given(raw=trees, record=records)
def test_any_tree_agrees_with_the_naive_evaluator(raw: dict[str, Any], record: Record) -> None:
    parsed = parse_filter(raw)
    assert parsed.matches(record) is naive(raw, record)
    early = parsed.matches_without_text(record)
    assert early is None or early is parsed.matches(record)


@settings(max_examples=200, deadline=None)
@given(a=conditions, b=conditions, record=records)
def test_de_morgan_double_negation_and_order(a: dict[str, Any], b: dict[str, Any], record: Record) -> None:
    assert matches({"NOT": {"AND": [a, b]}}, record) is matches({"OR": [{"NOT": a}, {"NOT": b}]}, record)
    assert matches({"NOT": {"OR": [a, b]}}, record) is matches({"AND": [{"NOT": a}, {"NOT": b}]}, record)
    assert matches({"NOT": [a, b]}, record) is matches({"NOT": {"OR": [a, b]}}, record)
    assert matches({"NOT": {"NOT": a}}, record) is matches(a, record)
    assert matches({"AND": [a, b]}, record) is matches({"AND": [b, a]}, record)
    assert matches({"OR": [a, b]}, record) is matches({"OR": [b, a]}, record)


@settings(max_examples=600, deadline=None)
@given(raw=trees, record=records)
def test_whatever_matches_lies_in_the_scope(raw: dict[str, Any], record: Record) -> None:
    parsed = parse_filter(raw)
    try:
        found = scope(parsed)
    except UnscopedFilter:
        return
    assert found.covers(record) or not parsed.matches(record)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2024-05-01"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["AND", "OR", "NOT", "user_id", "created_at", "metadata", "in", "gt", "eq"]),
            inner,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(raw=JSON, record=records)
def test_any_json_is_read_or_refused_and_never_breaks(raw: object, record: Record) -> None:
    try:
        parsed = parse_filter(raw)
    except InvalidInput as refused:
        event(type(refused).__name__)
        return
    assert parsed.matches(record) in (True, False)
