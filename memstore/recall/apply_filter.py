"""Application of a filter to a candidate set: ids by column, the rest card by card, texts last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from governance.errors import InvalidChange
from governance.vocabulary import SubjectKind
from memstore.recall.filter.tree import And, IdTest, Not, Or
from memstore.records.card import NO_HASH
from memstore.records.terms import text_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from memstore.recall.candidates import Deck
    from memstore.recall.filter.parse import Filter
    from memstore.recall.filter.tree import Node
    from memstore.records.card import OpenedCard

HEADS = {kind: kind.value for kind in SubjectKind}
MAX_TESTS = 1_000_000  # of records, one by one: about a second
MAX_TEXT_CHARS = 200_000_000  # read by all tests of texts together: under a second


def matching(deck: Deck, wanted: Filter) -> Deck:
    """Return the candidates that match, in order. Inside the tenant's context, since texts may have to be fetched.

    Raises InvalidChange when a test of every condition on every memory would take more than a second or two.
    """
    possible, certain = _by_ids(wanted.root, deck.heads)
    # A fact that was said several times may match by another of its occurrences than the one in front.
    several = deck.heads["n_seen"] > 0
    if certain and not several.any():
        return deck if possible.all() else deck.pick(np.flatnonzero(possible))
    singly = several if certain else possible | several
    if np.count_nonzero(singly) * wanted.n_tests > MAX_TESTS:
        raise _too_much()
    kept: list[int] = np.flatnonzero(possible & ~several).tolist() if certain else []
    undecided: list[int] = []
    damaged: list[int] = []
    for row in np.flatnonzero(singly).tolist():
        card = deck.card(row)
        if not card.is_sound():
            damaged.append(row)
            continue
        verdict = _anywhere(wanted.matches_without_text(one) for one in card.occurrences())
        if verdict is None:
            undecided.append(row)
        elif verdict:
            kept.append(row)
    deck.report(damaged)
    opened = deck.read(undecided)
    if sum(len(card.text) for card in opened.values()) * wanted.n_text_tests > MAX_TEXT_CHARS:
        raise _too_much()
    kept += [row for row, card in opened.items() if any(wanted.matches(one) for one in card.occurrences())]
    return deck.pick(sorted(kept))


def as_asked(card: OpenedCard, wanted: Filter) -> OpenedCard:
    """Return the occurrence of a fact that the filter means: its scope and metadata are shown, not another's."""
    return next((one for one in card.occurrences() if wanted.matches(one)), card) if card.seen else card


def _anywhere(verdicts: Iterable[bool | None]) -> bool | None:
    """Return True if one occurrence matches, None if one may, else False."""
    answer: bool | None = False
    for verdict in verdicts:
        if verdict:
            return True
        answer = None if verdict is None else answer
    return answer


def _too_much() -> InvalidChange:
    """Return the refusal. The use case puts on the record what was opened for the tests."""
    return InvalidChange("filters", "too many conditions for so many memories; ask for fewer at a time")


def _by_ids(node: Node, heads: NDArray[np.void]) -> tuple[NDArray[np.bool_], bool]:
    """Return the rows that may match by their ids, and whether all of these do match.

    Cards carry 64-bit hashes of their ids.
    """
    if isinstance(node, IdTest):
        column = heads[HEADS[node.kind]]
        if node.wildcard:
            return column != NO_HASH, True
        return np.isin(column, np.array([text_hash(one) for one in node.ids], np.uint64)), True
    if isinstance(node, (And, Or)):
        parts = [_by_ids(child, heads) for child in node.children]
        joined = np.logical_and if isinstance(node, And) else np.logical_or
        start = np.full(len(heads), isinstance(node, And))
        return joined.reduce([start, *(mask for mask, _ in parts)]), all(certain for _, certain in parts)
    if isinstance(node, Not):
        mask, certain = _by_ids(node.child, heads)
        return (~mask, True) if certain else (np.ones(len(heads), np.bool_), False)
    return np.ones(len(heads), np.bool_), False
