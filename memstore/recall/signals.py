"""The single signals of the ranking, each for all rows at once; `rank` says what they are and puts them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from memstore.recall.columns import Columns, Flags, Floats, Indices
    from memstore.recall.query import Query

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
FULL_LENGTH: Final = 20
"""Terms up to which finding a word means the same; in a text four times as long it means half."""
PERIOD_DAYS: Final = 7.0
"""Days from the named time after which a memory counts 1/e: people tell of a weekend in the week after."""
RECENCY_DAYS: Final = 90.0
"""Half-life of `recency`."""

_BLOCK_ROWS: Final = 1024  # int8 rows widened at a time: 1.5 MB at 384 dimensions stays in the CPU's cache
_DAY_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Found:
    """Which of t searched terms are in which of n rows."""

    words: Floats
    """(n,) BM25 in WORDS_UNITs."""
    terms: Flags
    """(t, n)"""
    context: Flags | None
    """(t, n) found in what stood beside the memory in its message; None if no row has any."""
    rarity: Floats
    """(t,) in WORDS_UNITs."""
    lengths: Indices
    """(n,) terms of the row."""

    def covered(self, found: Flags) -> Floats:
        """Return the sum of the rarities of the terms found in each row (n,)."""
        total = np.zeros(found.shape[1], dtype=np.float32)
        for weight, row in zip(self.rarity, found, strict=True):
            total += weight * row
        return total

    def shrunk(self) -> Floats:
        """Return what a found word counts in each row (n,): 1 in a short one, less in a long one."""
        return np.sqrt(FULL_LENGTH / np.maximum(self.lengths, FULL_LENGTH)).astype(np.float32)


def cosine(vector: Floats, columns: Columns) -> Floats:
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


def named_speakers(query: Query, columns: Columns) -> tuple[NDArray[np.uint32], Flags]:
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


def look_up(columns: Columns, order: Indices, wanted: NDArray[np.uint32]) -> Found:
    """Return where the terms are, rows in `order`.

    `wanted` is sorted and without repeats; at most MAX_QUERY_TERMS of them are used, the rarest.
    """
    n = len(columns)
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    which, rows = _occurrences(wanted, columns.term_hashes, columns.term_offsets)
    rows = place[rows]
    if len(wanted) > MAX_QUERY_TERMS:
        occurrences = np.bincount(which, minlength=len(wanted))
        # A term that occurs nowhere would be the rarest of all, and useless.
        occurrences[occurrences == 0] = len(which) + 1
        rarest = np.sort(np.argsort(occurrences, kind="stable")[:MAX_QUERY_TERMS])
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
    context = None
    if columns.context_hashes is not None and columns.context_offsets is not None:
        which, rows = _occurrences(wanted[rarest], columns.context_hashes, columns.context_offsets)
        context = np.zeros_like(found)
        context[which, place[rows]] = True
    return Found(score, found, context, rarity, lengths)


def _occurrences(wanted: NDArray[np.uint32], hashes: NDArray[np.uint32], offsets: Indices) -> tuple[Indices, Indices]:
    """Return the number of the term and the row of each occurrence of one of `wanted`, which is sorted."""
    hits = _low_bits(wanted, hashes)
    found = hashes[hits]
    which = np.searchsorted(wanted, found)
    exact = wanted[np.minimum(which, len(wanted) - 1)] == found if len(wanted) else np.zeros(0, np.bool_)
    return which[exact], np.searchsorted(offsets, hits[exact], side="right") - 1


def within(wanted: tuple[float, float], said_at: NDArray[np.float64]) -> Floats:
    """Return 1 inside the wanted time, falling with the distance from it (n,)."""
    start, end = wanted
    distance = np.maximum(np.maximum(start - said_at, said_at - end), 0.0)
    return np.exp(-distance / (PERIOD_DAYS * _DAY_SECONDS)).astype(np.float32)


def recency(now: float, said_at: NDArray[np.float64]) -> Floats:
    """Return 1 for now or the future, one half after RECENCY_DAYS (n,)."""
    age = np.maximum(now - said_at, 0.0)
    return np.exp2(-age / (RECENCY_DAYS * _DAY_SECONDS)).astype(np.float32)
