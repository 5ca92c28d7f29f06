"""Browsing: the memories that a filter reaches, newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from governance.guard.authorize import effect_of, on_current_facts, subjects_of
from governance.vocabulary import Action
from memstore.heavy_calls import CHARS_OF_A_TEST, at_work
from memstore.recall.apply_filter import as_asked, matching
from memstore.recall.authorize_scope import reach
from memstore.recall.candidates import NOW, Deck, Validity, open_deck, valid
from memstore.records.successors import with_successors

if TYPE_CHECKING:
    from governance.context import Caller
    from memstore.recall.filter.parse import Filter
    from memstore.records.memory_view import MemoryView

DEFAULT_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of memories. `total` counts the memories of all pages."""

    memories: tuple[MemoryView, ...]
    total: int


@on_current_facts
def browse(
    *, caller: Caller, filters: object, page: int = 1, page_size: int = DEFAULT_PAGE_SIZE, validity: Validity = NOW
) -> Listed:
    """Return one page, counted from 1, of what is so now, or as `validity` asks for it.

    Raises AccessRefused, InvalidInput, Busy, KeyUnavailable, AuditUnavailable.
    """
    wanted, grants = reach(caller=caller, action=Action.BROWSE, filters=filters)
    with (
        at_work(caller, wanted.n_tests * CHARS_OF_A_TEST),
        effect_of(grants, subjects=subjects_of(grants)),
    ):
        now = datetime.now(UTC)
        history = not validity.is_now
        decks = [
            matching(valid(open_deck(grant, reach, now, history=history), now, validity), wanted)
            for grant in grants
            for reach in grant.allowed.reaches
        ]
        newest = sorted(
            ((float(deck.heads["seen_at"][row]), row, deck) for deck in decks for row in range(len(deck))),
            key=lambda entry: entry[:2],
            reverse=True,
        )
        shown = [(deck, row) for _, row, deck in newest[(page - 1) * page_size : page * page_size]]
        opened = {id(deck): _open(deck, [row for of_deck, row in shown if of_deck is deck], wanted) for deck in decks}
        views = [opened[id(deck)][row] for deck, row in shown if row in opened[id(deck)]]
        if history:
            views = with_successors(views)
    return Listed(tuple(views), len(newest))


def _open(deck: Deck, rows: list[int], wanted: Filter) -> dict[int, MemoryView]:
    """Open the texts of these rows, and record the subject's audit event. Return the readable ones by row."""
    cards = deck.read(rows)
    deck.grant.record(items=[(UUID(bytes=deck.ids[row]), deck.versions[row]) for row in rows])
    return {row: as_asked(card, wanted).view(card.text) for row, card in cards.items()}
