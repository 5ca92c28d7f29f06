"""Recall: authorize -> open cards -> filter -> rank -> open texts of the winners -> audit event -> answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from governance.guard.authorize import effect_of, on_current_facts, subjects_of
from governance.vocabulary import Action
from memstore.errors import InvalidInput
from memstore.heavy_calls import CHARS_OF_A_TEST, at_work
from memstore.intake.embed import embedder
from memstore.recall.apply_filter import as_asked, matching
from memstore.recall.authorize_scope import reach
from memstore.recall.candidate_cache import Shelved, discard, open_and_shelve, speakers_in, take
from memstore.recall.candidates import NOW, Validity, columns, open_deck, valid
from memstore.recall.embed_query import embed_query
from memstore.recall.newest_first import SAID_LATER, newest_first
from memstore.recall.query import Query
from memstore.recall.rank import rank
from memstore.records.last_use import touch
from memstore.records.successors import with_successors

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.policy.decide import Reach
    from memstore.recall.candidates import Deck
    from memstore.recall.columns import Columns
    from memstore.recall.filter.parse import Filter
    from memstore.recall.newest_first import Place
    from memstore.recall.rank import Ranking
    from memstore.records.card import OpenedCard
    from memstore.records.memory_view import MemoryView

DEFAULT_TOP_K = 10
MAX_TOP_K = 1_000
DEFAULT_THRESHOLD = 0.1


@on_current_facts
def recall(
    *,
    caller: Caller,
    query: str,
    filters: object,
    top_k: int = DEFAULT_TOP_K,
    threshold: float = DEFAULT_THRESHOLD,
    explain: bool = False,
    validity: Validity = NOW,
    reference: datetime | None = None,
) -> list[MemoryView]:
    """Return the memories that answer `query`, best first, among all that the filters reach and policy allows.

    `threshold` is the lowest score returned, 0 to 1. Every memory in reach is scored: there is no index that could miss
    one. `validity` asks for what was so at another time, or for all history; `reference` is the moment that "yesterday"
    in the query counts from (default: now).

    Raises AccessRefused, InvalidInput (a filter's path in `field`), Busy, ProviderError, KeyUnavailable,
    AuditUnavailable.
    """
    if not query.strip():
        raise InvalidInput("query", "must not be empty")
    wanted, grants = reach(caller=caller, action=Action.RECALL, filters=filters)
    with at_work(caller, wanted.n_tests * CHARS_OF_A_TEST):
        how = _How(top_k, threshold, explain=explain, validity=validity, reference=reference)
        return _recall(caller, grants, wanted, query, how)


@dataclass(frozen=True, slots=True)
class _How:
    top_k: int
    threshold: float
    explain: bool
    validity: Validity
    reference: datetime | None


def _recall(caller: Caller, grants: list[Grant], wanted: Filter, query: str, how: _How) -> list[MemoryView]:
    model = embedder()
    wordings = embed_query(model, query, speakers_in(grants))  # may be remote: outside the transaction
    now = datetime.now(UTC)
    asked = Query.read(query, wordings, (how.reference or how.validity.as_of or now).timestamp())
    question = _Question(asked, wanted, model.model_id, now, how)
    with effect_of(grants, subjects=subjects_of(grants)):
        answers = [_answer(grant, reach, question) for grant in grants for reach in grant.allowed.reaches]
    found = [view for views in answers for view in views]
    # The memories of one subject and purpose are ranked already; several lists are merged by score.
    return found if len(answers) == 1 else sorted(found, key=lambda view: -(view.score or 0.0))[: how.top_k]


@dataclass(frozen=True, slots=True)
class _Question:
    asked: Query
    wanted: Filter
    model_id: str
    now: datetime
    how: _How


def _answer(grant: Grant, reach: Reach, question: _Question) -> list[MemoryView]:
    """Answer from the candidate cache if nothing has changed since, else from the cards as they are now."""
    validity, dimensions = question.how.validity, len(question.asked.vector)
    if not validity.is_now:
        deck = open_deck(grant, reach, question.now, history=True)
        found = columns(deck, model_id=question.model_id, dimensions=dimensions)
        return _rank(grant, question, Shelved(deck, found)) or []
    shelved = take(grant, reach)
    if shelved is not None:
        views = _rank(grant, question, shelved)
        if views is not None:
            return views
        discard(grant, reach)
    opened = open_and_shelve(grant, reach, question.now, model_id=question.model_id, dimensions=dimensions)
    return _rank(grant, question, opened) or []


def _rank(grant: Grant, question: _Question, opened: Shelved) -> list[MemoryView] | None:
    """Return the winners with their texts, on the record, or None if the candidate set turned out to be old."""
    deck = opened.deck
    chosen = matching(valid(deck, question.now, question.how.validity), question.wanted)
    ranked = _winners(question, chosen, opened.columns if chosen is deck else None)
    chosen, places = ranked.deck, newest_first(ranked.cards)
    items = [(UUID(bytes=chosen.ids[one.row]), chosen.versions[one.row]) for one in places]
    if not grant.record(items=items, revision=opened.revision):
        return None
    if chosen.reach.rule.counts_use:
        touch(memory_id for memory_id, _ in items)
    views = [
        as_asked(ranked.cards[one.row], question.wanted).view(
            ranked.cards[one.row].text,
            score=round(float(ranked.ranking.scores[one.scored_as]), 4),
            parts=_explained(ranked.ranking, one) if question.how.explain else None,
        )
        for one in places
    ]
    return views if question.how.validity.is_now else with_successors(views)


def _explained(ranking: Ranking, at: Place) -> dict[str, float]:
    """Return the log-odds of each part of a score, and what a memory got for being the later one of two."""
    own = {name: float(part[at.ranked]) for name, part in ranking.parts.items()}
    lift = sum(float(part[at.scored_as]) for part in ranking.parts.values()) - sum(own.values())
    return {name: round(part, 4) for name, part in {**own, SAID_LATER: max(lift, 0.0)}.items()}


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A ranking with its opened cards: `cards` are the best rows of `deck`, best first, as in `ranking`."""

    deck: Deck
    ranking: Ranking
    cards: dict[int, OpenedCard]


def _winners(question: _Question, deck: Deck, known: Columns | None) -> _Ranked:
    """Rank, and open the best that can be read.

    A memory that was deleted meanwhile or is damaged does not take the place of another.
    """
    everything = False
    while True:
        found = known or columns(deck, model_id=question.model_id, dimensions=len(question.asked.vector))
        ranking = rank(question.asked, found, k=question.how.top_k)
        rows = [
            int(row)
            for row, score in zip(ranking.indices, ranking.scores, strict=True)
            if score >= question.how.threshold
        ]
        cards = deck.read(rows)
        if len(cards) == len(rows):
            return _Ranked(deck, ranking, {row: cards[row] for row in rows})
        # The second time all are tried: many may be damaged.
        kept = deck.read(range(len(deck))).keys() if everything else set(range(len(deck))) - (set(rows) - cards.keys())
        deck, known, everything = deck.pick(sorted(kept)), None, True
