"""Order among memories that say different things of one thing: what was said later comes first.

A memory that is current beside a later one (a part of it is over, or nothing decided which of both is true) is no less
like the question, so ranking alone cannot tell them apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memstore.records.card import OpenedCard

SAID_LATER: Final = "said_later"
"""Name of the part of a score that a memory has for being the later one of two."""


class Place(NamedTuple):
    """A row of the answer, the place in the ranking whose score it has, and its own place there."""

    row: int
    scored_as: int
    ranked: int


def newest_first(cards: Mapping[int, OpenedCard]) -> list[Place]:
    """Return the rows of `cards`, best first, each after later ones of the same thing, which have its score."""
    ranked = {row: place for place, row in enumerate(cards)}
    rows = {cards[row].memory_id.bytes: row for row in cards}
    found: dict[int, Place] = {}
    begun: set[int] = set()
    for first, place in ranked.items():
        waiting = [(first, place)]  # no recursion: a chain may be as long as the answer
        while waiting:
            row, scored_as = waiting[-1]
            if row in begun:
                waiting.pop()
                found.setdefault(row, Place(row, scored_as, ranked[row]))
                continue
            begun.add(row)
            later = sorted((rows[one] for one in cards[row].newer if one in rows), key=ranked.__getitem__)
            waiting += [(one, min(scored_as, ranked[one])) for one in reversed(later) if one not in begun]
    return list(found.values())
