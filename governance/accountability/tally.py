"""Tally of memories per group of events: the `items` of many events at once, by numpy.

An event's items are packed by `governance.guard.audit_event`: 16 bytes of id and 4 of version, big-endian, sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from governance.guard.audit_event import ITEM_BYTES

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from numpy.typing import NDArray

ITEM = np.dtype([("high", ">u8"), ("low", ">u8"), ("version", ">u4")])


@dataclass(frozen=True, slots=True)
class Table:
    """Parallel arrays, one place per (group, memory), sorted by group and id. Times are whole microseconds."""

    group: NDArray[np.int64]
    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    events: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.group)

    def ids(self) -> list[UUID]:
        """Return the memory at each place."""
        return [UUID(int=high << 64 | low) for high, low in zip(self.high.tolist(), self.low.tolist(), strict=True)]

    def per_group(self, n_groups: int) -> list[int]:
        """Return the number of memories of each group."""
        counts: list[int] = np.bincount(self.group, minlength=n_groups).tolist()
        return counts

    def only(self, memories: Container[UUID]) -> Table:
        """Return the places of these memories."""
        kept = np.fromiter((memory in memories for memory in self.ids()), np.bool_, len(self))
        return Table(
            self.group[kept], self.high[kept], self.low[kept], self.events[kept], self.first[kept], self.last[kept]
        )

    def regrouped(self, group_of: Sequence[int]) -> Table:
        """Return the table with group g replaced by `group_of[g]`; memories of merged groups are added up."""
        if not len(self):
            return self
        group = np.asarray(group_of, np.int64)[self.group]
        return _reduced(group, self.high, self.low, self.events, self.first, self.last)


def _empty() -> Table:
    none, ids = np.empty(0, np.int64), np.empty(0, np.uint64)
    return Table(none, ids, ids, none, none, none)


def tally(groups: Sequence[int], times: Sequence[int], items: Sequence[bytes]) -> Table:
    """Count the memories of events. Each place of the arguments is one event.

    `groups`: its group; `times`: microseconds; `items`: packed. A memory that an event lists in several versions counts
    once for it.
    """
    found = np.frombuffer(b"".join(items), ITEM)
    if not len(found):
        return _empty()
    sizes = np.fromiter(map(len, items), np.int64, len(items)) // ITEM_BYTES
    event = np.repeat(np.arange(len(items)), sizes)
    high, low = found["high"].astype(np.uint64), found["low"].astype(np.uint64)
    once = np.ones(len(found), np.bool_)
    once[1:] = (event[1:] != event[:-1]) | (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    event, high, low = event[once], high[once], low[once]
    at = np.asarray(times, np.int64)[event]
    return _reduced(np.asarray(groups, np.int64)[event], high, low, np.ones(len(event), np.int64), at, at)


def together(parts: Sequence[Table]) -> Table:
    """Return the tallies of several batches of events as one."""
    if not parts:
        return _empty()
    names = ("group", "high", "low", "events", "first", "last")
    return _reduced(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _reduced(
    group: NDArray[np.int64],
    high: NDArray[np.uint64],
    low: NDArray[np.uint64],
    events: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> Table:
    if not len(group):
        return _empty()
    order = np.lexsort((low, high, group))
    group, high, low = group[order], high[order], low[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (group[1:] != group[:-1]) | (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    starts = np.flatnonzero(new)
    return Table(
        group[starts],
        high[starts],
        low[starts],
        np.add.reduceat(events[order], starts),
        np.minimum.reduceat(first[order], starts),
        np.maximum.reduceat(last[order], starts),
    )
