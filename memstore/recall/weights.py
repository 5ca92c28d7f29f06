"""How much each signal of the ranking is worth. `benchmarks/ranking.py` prints what would be lost without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds that each signal adds per unit; `bias` is the log-odds of a memory as near as an unrelated one.

    `answer`, `nearby` and `session` have no unit: they are the share of other rows' own log-odds that is passed on.
    """

    bias: float
    cosine: float
    words: float
    window: float = 0.0
    answer: float = 0.0
    nearby: float = 0.0
    session: float = 0.0
    speaker: float = 0.0
    by_person: float = 0.0
    period: float = 0.0
    tells_time: float = 0.0
    tells_place: float = 0.0
    tells_name: float = 0.0
    recency: float = 0.0


BALANCED: Final = Weights(
    bias=-2.9,
    cosine=6.8,
    words=1.15,
    window=5.6,
    answer=0.5,
    nearby=0.2,
    session=0.6,
    speaker=3.1,
    by_person=2.4,
    period=4.2,
    tells_time=0.6,
    tells_place=2.0,
    tells_name=1.7,
    recency=0.1,
)
PLAIN: Final = Weights(bias=-2.9, cosine=6.8, words=6.0)
"""Vector and words only: what the other signals are measured against."""
