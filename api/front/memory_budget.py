"""The memory that clients may hold of a process, together and each alone. The oldest holding gives way."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PART_OF_ONE = 2  # a client may hold one half


@dataclass(slots=True, eq=False)
class Holding:
    """The part of one request: `octets` bytes of memory. `give_way` ends it."""

    origin: str
    give_way: Callable[[], None]
    octets: int = 0


class Shares:
    """Holdings of one process, at most `holdings` in number and `octets` in bytes. Lives in the event loop.

    A new one is always let in, and the oldest ends instead: of the same client when that client has more than its half.
    So requests that are complete in a moment are served while silent ones end.
    """

    def __init__(self, *, holdings: int, octets: int) -> None:
        self._most, self._most_octets = holdings, octets
        self._can_end: dict[str, dict[Holding, None]] = defaultdict(dict)  # in the order in which they came
        self._all: dict[Holding, None] = {}
        self._octets: dict[str, int] = defaultdict(int)
        self.octets = 0

    def enter(self, origin: str, give_way: Callable[[], None]) -> Holding:
        """Return a new holding without bytes, for which another one gives way if there are too many."""
        holding = Holding(origin, give_way)
        if len(self._can_end.get(origin, ())) >= self._most // PART_OF_ONE:
            self._end(next(iter(self._can_end[origin])))
        elif len(self._all) >= self._most:
            self._end(next(iter(self._all)))
        self._can_end[origin][holding] = None
        self._all[holding] = None
        return holding

    def add(self, holding: Holding, octets: int) -> bool:
        """Add bytes to a holding. Returns False when there is no room, also after others have given way."""
        holding.octets += octets
        self._octets[holding.origin] += octets
        self.octets += octets
        for others in (self._can_end[holding.origin], self._all):
            for other in list(others) if self._is_too_much(holding.origin) else ():
                if other.octets and other is not holding and self._is_too_much(holding.origin):
                    self._end(other)
        return not self._is_too_much(holding.origin)

    def keep(self, holding: Holding) -> None:
        """Keep a holding whose request is complete from giving way. Its bytes still count."""
        self._can_end[holding.origin].pop(holding, None)
        if not self._can_end[holding.origin]:
            del self._can_end[holding.origin]
        self._all.pop(holding, None)

    def leave(self, holding: Holding) -> None:
        """End a holding and free its bytes. May be called twice."""
        self.keep(holding)
        self.octets -= holding.octets
        self._octets[holding.origin] -= holding.octets
        holding.octets = 0
        if self._octets[holding.origin] <= 0:
            del self._octets[holding.origin]

    def _is_too_much(self, origin: str) -> bool:
        return self.octets > self._most_octets or self._octets[origin] > self._most_octets // PART_OF_ONE

    def _end(self, holding: Holding) -> None:
        self.leave(holding)
        holding.give_way()
