"""Ranking of memories for a question: one pure function over columns, no I/O and no clock.

Order of evaluation; every signal is computed for every row, so that none can hide a row from another:

1. cosine      cosine similarity of the query's vector and the memory's, from the query's own zero on
2. words       BM25 over stems (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", eq. 3.15),
               without the speakers' names, which are on every one of their turns
3. window      the query's words found in the memory, or beside it, by their rarity; in long texts they count less
4. answer      how well the turn before matches, if that turn asks a question
5. nearby      how well the turns two before and after match, of which the better
6. session     how well the conversation's two best turns match
7. speaker     the memory was said by a speaker whom the query names
8. by_person   it was said by a person, not by an assistant
9. period      it was said in, or near, the time that the query names
10. tells_time  the query asks when, and the memory places something in time
11. tells_place the query asks where, and the memory names a place
12. tells_name  the query asks for a name, and the memory has one
13. recency     how new it is

1 to 3 are evidence. 4 to 6 pass on the evidence of other turns, as far as it is more than an unrelated memory has. The
last seven make no match by themselves but choose among rows: each counts relative to the average row, and only as far
as there is evidence in the row or in its conversation, so that the scores of a lone fact and of a turn among thousands
mean the same, and nothing is found where nothing is known.

The sum of the parts and `Weights.bias` is in log-odds; the score is its logistic function, in [0, 1] even when signals
are missing.

The weights were fitted on LoCoMo (Maharana et al. 2024, arXiv 2402.17753) and BEAM (2025, arXiv 2510.27246);
`benchmarks/ranking.py` measures them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from memstore.recall.signals import cosine, look_up, named_speakers, recency, within
from memstore.recall.turns import Turns, conversation_order
from memstore.recall.weights import BALANCED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from memstore.recall.columns import Columns, Flags, Floats, Indices
    from memstore.recall.query import Query
    from memstore.recall.weights import Weights

LENDING_TERMS: Final = 60
"""Terms of the longest text that lends its words to the turns beside it: a long one has every word."""
LENT: Final = 0.8
"""What a word found only beside the memory counts, of 1 for one in it."""
UNRELATED: Final = 1.5
"""Log-odds of evidence that unrelated memories reach too; only what is above is passed on."""
GATE: Final = 1.0
"""Log-odds of evidence in a conversation from which on the signals that choose among rows count fully."""

_TIE: Final = 1e-4  # sums nearer than this are equal: BLAS rounds by the place of a row in memory


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best k rows, best first."""

    indices: Indices
    """(k,) row numbers of the columns."""
    scores: Floats
    """(k,) relevance in [0, 1], higher is better, falling."""
    parts: dict[str, Floats]
    """For `explain`: per signal (k,) the log-odds it added; with `Weights.bias` they sum to the score's."""


def rank(query: Query, columns: Columns, weights: Weights = BALANCED, k: int = 10) -> Ranking:
    """Return the k rows that answer `query` best, among all rows. If scores are equal, the newer row comes first.

    Raises ValueError if the query's vector is not finite or not of the columns' dimensions, or k is negative.
    """
    if k < 0:
        raise ValueError("k is negative")
    if query.vector.shape != columns.vectors.shape[1:]:
        raise ValueError(f"a query of shape {query.vector.shape} for rows of {columns.vectors.shape[1:]}")
    if not all(np.isfinite(one.vector).all() for one in query.wordings):
        raise ValueError("the query's vector is not finite")
    order = conversation_order(columns)
    parts = _parts(query, columns, weights, order)
    total = np.full(len(columns), weights.bias, dtype=np.float32)
    for part in parts.values():
        total += part
    best = _best(total, columns.said_at[order], order, k)
    scores = (0.5 * (1.0 + np.tanh(0.5 * total[best]))).astype(np.float32)  # the logistic, without overflow
    return Ranking(order[best], scores, {name: part[best] for name, part in parts.items()})


def _parts(query: Query, columns: Columns, weights: Weights, order: Indices) -> dict[str, Floats]:
    """Return each signal's weighted log-odds, float32 (n,), by name; rows in `order`."""
    turns = Turns.of(columns, order)
    named, is_named = named_speakers(query, columns)
    searched = np.setdiff1d(query.terms, named)
    # A query that consists of names only is looked up as it is.
    found = look_up(columns, order, searched if len(searched) else np.unique(query.terms))
    wording = query.wording(named)
    nearness = cosine(wording.vector, columns)[order]
    nearness -= wording.zero * (columns.scales[order] > 0)
    lent = turns.beside(found.terms & (found.lengths <= LENDING_TERMS))
    if found.context is not None:
        lent |= found.context
    shrunk = found.shrunk()
    held, beside = found.covered(found.terms) * shrunk, LENT * found.covered(lent & ~found.terms) * shrunk
    is_person = columns.by_person[order]
    # The row's own evidence; `answer`, `nearby` and `session` pass it on to other rows.
    own = weights.cosine * nearness + weights.words * found.words + weights.window * held
    above = np.maximum(own - UNRELATED, 0).astype(np.float32)
    best, second = turns.two_best(np.maximum(own, 0).astype(np.float32))
    signals = {
        "cosine": weights.cosine * nearness,
        "words": weights.words * found.words,
        "window": weights.window * (held + beside),
        # An assistant's question is mostly an offer, and what it answers itself is the question's own words.
        "answer": weights.answer * turns.before(above * (columns.is_question[order] & is_person)) * is_person,
        "nearby": weights.nearby * turns.nearby(above),
        "session": weights.session * (np.maximum(best - UNRELATED, 0) + np.maximum(second - UNRELATED, 0)) / 2,
    }
    signals |= _choosing(query, columns, weights, order, is_named, np.minimum(best / GATE, 1))
    return {name: np.asarray(signal, dtype=np.float32) for name, signal in signals.items()}


def _choosing(
    query: Query, columns: Columns, weights: Weights, order: Indices, is_named: Flags, known: Floats
) -> dict[str, Floats]:
    """Return the signals that choose among rows, relative to the average row, as far as something is `known` (n,)."""
    chosen: dict[str, tuple[float, Floats | Flags | None]] = {
        "speaker": (weights.speaker, is_named[order] if is_named.any() else None),
        "by_person": (weights.by_person, columns.by_person[order]),
        "period": (weights.period, within(query.period, columns.said_at[order]) if query.period else None),
        "tells_time": (weights.tells_time, columns.tells_time[order] if query.asks_when else None),
        "tells_place": (weights.tells_place, columns.tells_place[order] if query.asks_where else None),
        "tells_name": (weights.tells_name, columns.tells_name[order] if query.asks_name else None),
        "recency": (weights.recency, recency(query.now, columns.said_at[order])),
    }
    nothing = np.zeros(len(columns), dtype=np.float32)
    return {
        name: nothing
        if values is None or not len(columns)
        else (known * weight) * (values - values.mean(dtype=np.float32))
        for name, (weight, values) in chosen.items()
    }


def _best(total: Floats, said_at: NDArray[np.float64], order: Indices, k: int) -> Indices:
    """Return the places of the k highest totals, best first."""
    keys = np.rint(total.astype(np.float64) / _TIE)
    k = min(k, len(keys))
    if k == 0:
        return np.zeros(0, dtype=np.int64)
    # Everything level with the k-th is kept until the tie is broken.
    limit = np.partition(keys, len(keys) - k)[len(keys) - k]
    candidates = np.flatnonzero(keys >= limit)
    falling = np.lexsort((order[candidates], -said_at[candidates], -keys[candidates]))
    return candidates[falling][:k].astype(np.int64)
