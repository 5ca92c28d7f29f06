"""Fitting of the ranking's weights: which of them put the evidence of questions before all other memories.

For each piece of evidence the loss is the negative log of its share among itself and all rows that are no evidence
(softmax over the log-odds); each data set counts as a whole. A pull towards rough guesses keeps what the questions say
nothing of near them. `bias` moves no row past another: it is chosen by what scores under 0.1.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from memstore.recall.rank import rank
from memstore.recall.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.ranking import Asked

START: Final = Weights(
    bias=-2.9,
    cosine=6.0,
    words=1.0,
    window=4.0,
    answer=0.3,
    nearby=0.1,
    session=0.5,
    speaker=2.0,
    by_person=2.0,
    period=3.0,
    tells_time=1.0,
    tells_place=1.0,
    tells_name=1.0,
    recency=0.1,
)
FITTED: Final = tuple(name for name in asdict(START) if name not in {"bias", "recency"})
PULL: Final = 0.03
"""Loss of a weight that is twice its guess."""
ROUNDS: Final = 2
"""The signals of the turns beside a row depend on the weights themselves, so they are read anew."""
STEPS: Final = 60
LEAST: Final = 0.01
"""A weight of 0 would hide what its signal says."""


def fit(sets: Mapping[str, Sequence[Asked]], shares: Mapping[str, float]) -> Weights:
    """Return the weights for the questions of the data sets, each set counting by its share."""
    weights = START
    for _ in range(ROUNDS):
        tables = [
            (shares[name] / len(asked), _table(one, weights), sorted(one.evidence))
            for name, asked in sets.items()
            for one in asked
            if one.evidence
        ]
        found = _descend(tables, np.array([getattr(weights, name) for name in FITTED]))
        weights = replace(weights, **dict(zip(FITTED, found.round(3).tolist(), strict=True)))
    return weights


def _table(one: Asked, weights: Weights) -> NDArray[np.float64]:
    """Return each signal per unit (signals, n)."""
    read_with = replace(weights, **{name: max(getattr(weights, name), LEAST) for name in FITTED})
    ranking = rank(one.query, one.store, read_with, len(one.store))
    rows = np.argsort(ranking.indices)
    table = [ranking.parts[name][rows] / getattr(read_with, name) for name in FITTED]
    return np.stack(table).astype(np.float64)


def _descend(
    tables: list[tuple[float, NDArray[np.float64], list[int]]], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Go down by the gradient's signs (Rprop, Riedmiller & Braun 1993); no weight falls below 0."""
    guess = np.array([getattr(START, name) for name in FITTED])
    step, before = 0.05 * guess, np.zeros_like(at)
    for _ in range(STEPS):
        slope = 2 * PULL * (at - guess) / np.maximum(guess, 1.0) ** 2
        for share, table, evidence in tables:
            slope += share * _slope(table, evidence, at)
        turned = slope * before
        step = np.clip(np.where(turned > 0, 1.2 * step, np.where(turned < 0, 0.5 * step, step)), 1e-4, guess)
        before = np.where(turned < 0, 0, slope)
        at = np.maximum(at - np.sign(before) * step, 0.0)
    return at


def _slope(table: NDArray[np.float64], evidence: list[int], at: NDArray[np.float64]) -> NDArray[np.float64]:
    odds = at @ table
    share = np.exp(odds - odds.max())
    own = share[evidence]
    share[evidence] = 0
    others, total = table @ share, share.sum()
    slope: NDArray[np.float64] = (
        (others[:, None] + own * table[:, evidence]) / (total + own) - table[:, evidence]
    ).mean(axis=1)
    return slope
