"""Ranking of memories for a question: one pure function over columns, no I/O and no clock.

Order of evaluation; every signal is computed for every row, so that none can hide a row from another:

1. cosine      cosine similarity of the query's vector and the memory's, -1..1
2. words       BM25 over stems (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", eq. 3.15),
               without the speakers' names, which are on every one of their turns
3. window      the query's words found in the memory or in the turn before or after it, by their rarity
4. answer      how well the turn before matches, if that turn asks a question
5. session     how well the conversation's three best turns match
6. speaker     the memory was said by a speaker whom the query names
7. period      it was said in, or near, the time that the query names
8. tells_time  the query asks when, and the memory places something in time
9. tells_place the query asks where, and the memory names a place
10. recency    how new it is

The last seven choose among the rows, so each counts relative to the average row. The weighted sum is in log-odds; the
score is its logistic function, so it lies in [0, 1] even when signals are missing.

The weights were fitted on conversations of LoCoMo (Maharana et al. 2024, arXiv 2402.17753); `benchmarks/locomo.py`
measures them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import numpy as np

from memstore.records.terms import asks_when, asks_where, period, terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
    Flags: TypeAlias = NDArray[np.bool_]
    Indices: TypeAlias = NDArray[np.int64]

K1: Final = 1.2
"""BM25: how soon more of the same word stops counting."""
B: Final = 0.75
"""BM25: how much a long text is discounted, 0..1."""
WORDS_UNIT: Final = 20.0
"""BM25 points that make 1.0 of `words` and `window`: about three rare words found."""
COMMON_STORE: Final = 100
"""A word's rarity is judged as if there were at least this many memories: five memories know no rare word."""
MAX_QUERY_TERMS: Final = 64
"""Different stems of a query that are looked up; of a longer query, the rarest."""
PERIOD_DAYS: Final = 7.0
"""Days from the named time after which a memory counts 1/e: people tell of a weekend in the week after."""
RECENCY_DAYS: Final = 90.0
"""Half-life of `recency`."""

_MATRIX: Final = 2  # axes
_BLOCK_ROWS: Final = 1024  # int8 rows widened at a time: 1.5 MB at 384 dimensions stays in the CPU's cache
_DAY_SECONDS: Final = 86_400.0
_TIE: Final = 1e-4  # sums nearer than this are equal: BLAS rounds by the place of a row in memory


@dataclass(frozen=True, slots=True)
class Columns:
    """Opened cards of one recall as columns; n rows, d dimensions. All of it is known at write time."""

    vectors: NDArray[np.int8]
    """(n, d); row i stands for `vectors[i] * scales[i]`, a unit vector (`quantise`)."""
    scales: Floats
    """(n,); 0 where there is no embedding."""
    term_hashes: NDArray[np.uint32]
    """(m,) the terms of all rows one after another (`terms.terms`)."""
    term_offsets: Indices
    """(n + 1,) row i has `term_hashes[term_offsets[i]:term_offsets[i + 1]]`."""
    speaker: NDArray[np.uint64]
    """(n,) `terms.name_hash` of who said it, 0 for unknown."""
    conversation: NDArray[np.uint64]
    """(n,) `terms.text_hash` of the conversation, 0 for none: such a row has no neighbours."""
    position: NDArray[np.int32]
    """(n,) the turn's place in its conversation, -1 for unknown; equal places keep the order of the rows."""
    said_at: NDArray[np.float64]
    """(n,) unix seconds."""
    is_question: Flags
    tells_time: Flags
    """(n,) both from `terms.read`."""
    tells_place: Flags | None = None
    """(n,) from `terms.read`; None where cards do not carry it."""

    def __post_init__(self) -> None:
        n = len(self.scales)
        lengths = {len(column) for column in (self.vectors, *self._flat()) if column is not None}
        if lengths != {n} or self.vectors.ndim != _MATRIX or len(self.term_offsets) != n + 1:
            raise ValueError("columns differ in length")
        if self.term_offsets[0] != 0 or self.term_offsets[-1] != len(self.term_hashes):
            raise ValueError("term_offsets do not span term_hashes")

    def __len__(self) -> int:
        return len(self.scales)

    def _flat(self) -> list[NDArray[Any] | None]:
        return [getattr(self, field.name) for field in fields(self)[4:]]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the ranking reads it."""

    vector: Floats
    """(d,), of unit length."""
    terms: NDArray[np.uint32]
    now: float
    """Unix seconds."""
    asks_when: bool = False
    asks_where: bool = False
    period: tuple[float, float] | None = None
    """The time that the query names, unix seconds."""

    @classmethod
    def read(cls, text: str, vector: Floats, now: float) -> Self:
        """Return the query of a question; `vector` is its embedding, `now` is in Unix seconds."""
        return cls(vector, terms(text), now, asks_when(text), asks_where(text), period(text, now))


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds that each signal adds per unit; `bias` is the log-odds of an unrelated memory.

    `answer` and `session` have no unit: they are the share of other rows' own log-odds that is passed on.
    """

    bias: float
    cosine: float
    words: float
    window: float = 0.0
    answer: float = 0.0
    session: float = 0.0
    speaker: float = 0.0
    period: float = 0.0
    tells_time: float = 0.0
    tells_place: float = 0.0
    recency: float = 0.0


BALANCED: Final = Weights(
    bias=-2.1,
    cosine=2.7,
    words=1.2,
    window=3.0,
    answer=0.35,
    session=1.25,
    speaker=1.5,
    period=3.6,
    tells_time=1.5,
    tells_place=1.0,
    recency=0.1,
)
PLAIN: Final = Weights(bias=-2.1, cosine=2.7, words=3.6)
"""Vector and words only: what the other signals are measured against."""
# These choose among the rows and make no match by themselves: each counts relative to the average row, so
# that the scores of a lone fact and of a turn among thousands mean the same.
_CONTEXT: Final = ("answer", "session", "speaker", "period", "tells_time", "tells_place", "recency")


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
    if not np.isfinite(query.vector).all():
        raise ValueError("the query's vector is not finite")
    order = _conversation_order(columns)
    parts = _parts(query, columns, weights, order)
    total = np.full(len(columns), weights.bias, dtype=np.float32)
    for part in parts.values():
        total += part
    best = _best(total, columns.said_at[order], order, k)
    scores = (0.5 * (1.0 + np.tanh(0.5 * total[best]))).astype(np.float32)  # the logistic, without overflow
    return Ranking(order[best], scores, {name: part[best] for name, part in parts.items()})


def _parts(query: Query, columns: Columns, weights: Weights, order: Indices) -> dict[str, Floats]:
    """Return each signal's weighted log-odds, float32 (n,), by name; rows in `order`."""
    turns = _Turns.of(columns, order)
    named, is_named = _named_speakers(query, columns)
    searched = np.setdiff1d(query.terms, named)
    # A query that consists of names only is looked up as it is.
    words, found, rarity = _bm25(columns, order, searched if len(searched) else np.unique(query.terms))
    cosine = _cosine(query.vector, columns)[order]
    own, with_neighbours = _covered(found, rarity), _covered(turns.widened(found), rarity)
    # The row's own match with the query; `answer` and `session` pass it on to other rows.
    near = weights.cosine * cosine + weights.words * words + weights.window * own
    signals = {
        "cosine": weights.cosine * cosine,
        "words": weights.words * words,
        "window": weights.window * with_neighbours,
        "answer": weights.answer * turns.before(near * columns.is_question[order]),
        "session": weights.session * turns.best_three(near),
        "speaker": weights.speaker * is_named[order],
        "period": weights.period * _within(query.period, columns.said_at[order]),
        "tells_time": weights.tells_time * (columns.tells_time[order] & query.asks_when),
        "tells_place": weights.tells_place * _place(query, columns)[order],
        "recency": weights.recency * _recency(query.now, columns.said_at[order]),
    }
    if len(columns):
        signals |= {name: signals[name] - signals[name].mean() for name in _CONTEXT}
    return {name: np.asarray(signal, dtype=np.float32) for name, signal in signals.items()}


@dataclass(frozen=True, slots=True)
class _Turns:
    """Rows in conversation order, and which rows are adjacent turns."""

    starts: Indices
    """Where each conversation starts; a row without one is a conversation of its own."""
    group: Indices
    """(n,) the number of the row's conversation."""
    follows: Flags
    """(n,) the row before this one is the turn before it."""

    @classmethod
    def of(cls, columns: Columns, order: Indices) -> Self:
        conversation, position = columns.conversation[order], columns.position[order]
        begins = np.ones(len(order), dtype=np.bool_)
        begins[1:] = (conversation[1:] != conversation[:-1]) | (conversation[1:] == 0)
        follows = ~begins
        follows[1:] &= (position[1:] >= 0) & (position[:-1] >= 0)
        return cls(np.flatnonzero(begins), np.cumsum(begins) - 1, follows)

    def before(self, values: Floats) -> Floats:
        """Return the value of the turn before (n,), 0 where there is none."""
        shifted = np.zeros_like(values)
        shifted[1:] = values[:-1] * self.follows[1:]
        return shifted

    def widened(self, found: Flags) -> Flags:
        """Return the terms found in each row or in a turn beside it (t, n)."""
        window = found.copy()
        window[:, 1:] |= found[:, :-1] & self.follows[1:]
        window[:, :-1] |= found[:, 1:] & self.follows[1:]
        return window

    def best_three(self, values: Floats) -> Floats:
        """Return the sum of the three best values above 0 of each row's conversation, divided by 3 (n,)."""
        if not len(values):
            return values
        left = np.maximum(values, 0)
        total = np.zeros(len(self.starts), dtype=np.float32)
        wanted = np.full(len(self.starts), 3)
        for _ in range(3):
            best = np.maximum.reduceat(left, self.starts)
            is_best = left == best[self.group]
            taken = np.minimum(np.add.reduceat(is_best.astype(np.int64), self.starts), wanted)
            total += best * taken
            wanted -= taken
            left[is_best] = 0
        return (total / 3)[self.group].astype(np.float32)


def _conversation_order(columns: Columns) -> Indices:
    """Return the rows (n,) so that each conversation is together, by position; rows without one are in any place."""
    conversation, position = columns.conversation, columns.position
    n = len(columns)
    # Rows usually arrive in the order they were written, so that no sort is needed (it takes 5 ms at 50,000).
    same = conversation[1:] == conversation[:-1]
    begins = np.ones(n, dtype=np.bool_)
    begins[1:] = ~same
    heads = conversation[begins]
    heads = heads[heads != 0]
    backwards = same & (conversation[1:] != 0) & (position[1:] < position[:-1])
    if len(np.unique(heads)) == len(heads) and not backwards.any():
        return np.arange(n, dtype=np.int64)
    return np.lexsort((position, conversation)).astype(np.int64)


def _cosine(vector: Floats, columns: Columns) -> Floats:
    """Return the cosine similarities (n,).

    The int8 rows are widened in blocks: a float copy of the matrix would take three times as long.
    """
    n, dimensions = columns.vectors.shape
    result = np.empty(n, dtype=np.float32)
    vector = np.ascontiguousarray(vector, dtype=np.float32)
    block = np.empty((min(n, _BLOCK_ROWS), dimensions), dtype=np.float32)
    for start in range(0, n, _BLOCK_ROWS):
        rows = columns.vectors[start : start + _BLOCK_ROWS]
        block[: len(rows)] = rows
        np.dot(block[: len(rows)], vector, out=result[start : start + len(rows)])
    result *= columns.scales
    return result


def _low_bits(wanted: NDArray[np.uint32], hashes: NDArray[np.uint32]) -> Indices:
    """Return where `hashes` may be one of `wanted`: the low 16 bits agree. One table look-up each, no search."""
    table = np.zeros(65_536, dtype=np.bool_)
    table[wanted.astype(np.uint16)] = True
    return np.flatnonzero(table[hashes.astype(np.uint16)])


def _named_speakers(query: Query, columns: Columns) -> tuple[NDArray[np.uint32], Flags]:
    """Return the query's terms that are a speaker's name, and the rows (n,) of the speakers so named.

    No row counts as named if all are: then the name tells no row from another.
    """
    names = np.ascontiguousarray(columns.speaker).view(np.uint32)
    hits = _low_bits(query.terms, names)
    hits = hits[np.isin(names[hits], query.terms) & (names[hits] != 0)]
    is_named = np.zeros(len(columns), dtype=np.bool_)
    is_named[hits >> 1] = True  # two name terms a row
    if is_named[columns.speaker != 0].all():
        is_named[:] = False
    return np.unique(names[hits]), is_named


def _bm25(columns: Columns, order: Indices, wanted: NDArray[np.uint32]) -> tuple[Floats, Flags, Floats]:
    """Return BM25 (n,), which terms are in which row (t, n), and each term's rarity (t,), both in WORDS_UNITs.

    Rows in `order`; `wanted` is sorted and without repeats, t of them are used: at most MAX_QUERY_TERMS.
    """
    n = len(columns)
    hits = _low_bits(wanted, columns.term_hashes)
    hashes = columns.term_hashes[hits]
    which = np.searchsorted(wanted, hashes)
    exact = wanted[np.minimum(which, len(wanted) - 1)] == hashes if len(wanted) else np.zeros(0, np.bool_)
    which = which[exact]
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    rows = place[np.searchsorted(columns.term_offsets, hits[exact], side="right") - 1]
    if len(wanted) > MAX_QUERY_TERMS:
        occurrences = np.bincount(which, minlength=len(wanted))
        # A term that occurs nowhere would be the rarest of all, and useless.
        occurrences[occurrences == 0] = len(hits) + 1
        rarest = np.argsort(occurrences, kind="stable")[:MAX_QUERY_TERMS]
    else:
        rarest = np.arange(len(wanted))
    lengths = np.diff(columns.term_offsets)[order]
    mean_length = max(lengths.mean(), 1.0) if n else 1.0
    discount = (K1 * (1 - B + B * lengths / mean_length)).astype(np.float32)
    score = np.zeros(n, dtype=np.float32)
    found = np.zeros((len(rarest), n), dtype=np.bool_)
    rarity = np.zeros(len(rarest), dtype=np.float32)
    for number, term in enumerate(rarest):
        counts = np.bincount(rows[which == term], minlength=n).astype(np.float32)
        np.greater(counts, 0, out=found[number])
        holding = int(np.count_nonzero(found[number]))
        rarity[number] = np.log1p((max(n, COMMON_STORE) - holding + 0.5) / (holding + 0.5)) / WORDS_UNIT
        score += rarity[number] * (counts * np.float32(K1 + 1)) / (counts + discount)
    return score, found, rarity


def _covered(found: Flags, rarity: Floats) -> Floats:
    """Return the sum of the rarities of the terms found in each row (n,)."""
    total = np.zeros(found.shape[1], dtype=np.float32)
    for weight, row in zip(rarity, found, strict=True):
        total += weight * row
    return total


def _within(wanted: tuple[float, float] | None, said_at: NDArray[np.float64]) -> Floats:
    """Return 1 inside the wanted time, falling with the distance from it (n,); 0 if no time is wanted."""
    if wanted is None:
        return np.zeros(len(said_at), dtype=np.float32)
    start, end = wanted
    distance = np.maximum(np.maximum(start - said_at, said_at - end), 0.0)
    return np.exp(-distance / (PERIOD_DAYS * _DAY_SECONDS)).astype(np.float32)


def _place(query: Query, columns: Columns) -> Flags:
    """Return whether the query asks where and the row names a place (n,)."""
    if columns.tells_place is None or not query.asks_where:
        return np.zeros(len(columns), dtype=np.bool_)
    return columns.tells_place


def _recency(now: float, said_at: NDArray[np.float64]) -> Floats:
    """Return 1 for now or the future, one half after RECENCY_DAYS (n,)."""
    age = np.maximum(now - said_at, 0.0)
    return np.exp2(-age / (RECENCY_DAYS * _DAY_SECONDS)).astype(np.float32)


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
