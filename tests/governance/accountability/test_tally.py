"""Memories of many events, counted by numpy: equal to counting them one by one."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from governance.accountability.tally import ITEM, tally, together
from governance.guard.audit_event import ITEM_BYTES, packed

IDS = [UUID(int=number) for number in (0, 1, 2, 2**64, 2**64 + 1, 2**127, 2**128 - 1)]
MEMORIES = st.lists(st.tuples(st.sampled_from(IDS), st.integers(1, 2**32 - 1)), max_size=6, unique=True)
EVENTS = st.lists(st.tuples(st.integers(0, 3), st.integers(-(10**15), 10**15), MEMORIES), max_size=12)
Event = tuple[int, int, list[tuple[UUID, int]]]
Found = dict[tuple[int, UUID], tuple[int, int, int]]


def one_by_one(events: list[Event]) -> Found:
    found: Found = {}
    for group, at, memories in events:
        for memory in {memory for memory, _ in memories}:
            n, first, last = found.get((group, memory), (0, at, at))
            found[group, memory] = (n + 1, min(first, at), max(last, at))
    return found


def by_numpy(events: list[Event], pieces: int) -> Found:
    parts = [events[start::pieces] for start in range(pieces)]
    table = together(
        [tally([e[0] for e in part], [e[1] for e in part], [packed(e[2]) for e in part]) for part in parts]
    )
    keys = zip(table.group.tolist(), table.ids(), strict=True)
    values = zip(table.events.tolist(), table.first.tolist(), table.last.tolist(), strict=True)
    return dict(zip(keys, values, strict=True))


def test_an_item_is_as_the_record_packs_it() -> None:
    assert ITEM.itemsize == ITEM_BYTES


@given(events=EVENTS, pieces=st.integers(1, 3))
def test_it_counts_as_one_would_by_hand(events: list[Event], pieces: int) -> None:
    assert by_numpy(events, pieces) == one_by_one(events)


@given(events=EVENTS)
def test_groups_may_be_joined_afterwards(events: list[Event]) -> None:
    table = tally([e[0] for e in events], [e[1] for e in events], [packed(e[2]) for e in events])
    joined = table.regrouped([0, 0, 1, 1])
    wanted = one_by_one([(group // 2, at, memories) for group, at, memories in events])
    assert set(zip(joined.group.tolist(), joined.ids(), joined.events.tolist(), strict=True)) == {
        (group, memory, n) for (group, memory), (n, _, _) in wanted.items()
    }
    assert joined.per_group(2) == [sum(key[0] == group for key in wanted) for group in (0, 1)]


@given(events=EVENTS, kept=st.sets(st.sampled_from(IDS)))
def test_only_some_memories_may_be_kept(events: list[Event], kept: set[UUID]) -> None:
    table = tally([e[0] for e in events], [e[1] for e in events], [packed(e[2]) for e in events])
    assert set(table.only(kept).ids()) == {memory for _, memory in one_by_one(events)} & kept
