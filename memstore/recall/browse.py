"""Browsing: the memories that a filter reaches, newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from governance.guard.authorize import effect_of, on_current_facts, subjects_of
from governance.vocabulary import Action
from memstore.heavy_calls import CHARS_OF_A_TEST, at_work
from memstore.recall.apply_filter import matching
from memstore.recall.authorize_scope import reach
from memstore.recall.candidates import Deck, open_deck

if TYPE_CHECKING:
    from governance.context import Caller
    from memstore.records.memory_view import MemoryView

DEFAULT_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of memories. `total` counts the memories of all pages."""

    memories: tuple[MemoryView, ...]
    total: int


@on_current_facts
def browse(*, caller: Caller, filters: object, page: int = 1, page_size: int = DEFAULT_PAGE_SIZE) -> Listed:
    """Return one page, counted from 1. Raises AccessRefused, InvalidInput, Busy, KeyUnavailable, AuditUnavailable."""
    wanted, grants = reach(caller=caller, action=Action.BROWSE, filters=filters)
    with (
        at_work(caller, wanted.n_tests * CHARS_OF_A_TEST),
        effect_of(grants, subjects=subjects_of(grants)),
    ):
        now = datetime.now(UTC)
        decks = [matching(open_deck(grant, reach, now), wanted) for grant in grants for reach in grant.allowed.reaches]
        newest = sorted(
            ((float(deck.heads["created_at"][row]), row, deck) for deck in decks for row in range(len(deck))),
            key=lambda entry: entry[:2],
            reverse=True,
        )
        shown = [(deck, row) for _, row, deck in newest[(page - 1) * page_size : page * page_size]]
        opened = {id(deck): _open(deck, [row for of_deck, row in shown if of_deck is deck]) for deck in decks}
    return Listed(tuple(opened[id(deck)][row] for deck, row in shown if row in opened[id(deck)]), len(newest))


def _open(deck: Deck, rows: list[int]) -> dict[int, MemoryView]:
    """Open the texts of these rows, and record the subject's audit event. Return the readable ones by row."""
    cards = deck.read(rows)
    deck.grant.record(items=[(UUID(bytes=deck.ids[row]), deck.versions[row]) for row in rows])
    return {row: card.view(card.text) for row, card in cards.items()}
