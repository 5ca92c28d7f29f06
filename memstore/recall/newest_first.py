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

    def put(row: int, scored_as: int) -> None:
        if row in found or row in begun:
            return
        begun.add(row)
        for later in sorted((rows[one] for one in cards[row].newer if one in rows), key=ranked.__getitem__):
            put(later, min(scored_as, ranked[later]))
        found[row] = Place(row, scored_as, ranked[row])

    begun: set[int] = set()
    for row, place in ranked.items():
        put(row, place)
    return list(found.values())
