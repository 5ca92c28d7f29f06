"""Timing of two kinds of questions: interleaved probes, and the area under the curve (AUC).

No attack itself. 0.5 says that the times tell nothing; 0 or 1 that one look at the clock gives the answer.
"""

from __future__ import annotations

import math
import random
import time
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Z_95 = 1.959964  # two-sided 95 % of the normal distribution


@dataclass(frozen=True, slots=True)
class Auc:
    """The chance that a probe of the one kind takes longer than one of the other, with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int

    def within(self, low: float, high: float) -> bool:
        """Return whether the estimate itself lies there. The interval tells how sure that is."""
        return low <= self.value <= high

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def auc(first: Sequence[float], second: Sequence[float]) -> Auc:
    """Return P(first > second) + P(equal) / 2, with DeLong's variance (DeLong, DeLong, Clarke-Pearson 1988)."""
    placed_first = _placements(first, second)
    placed_second = [1 - share for share in _placements(second, first)]
    value = sum(placed_first) / len(placed_first)
    spread = Z_95 * math.sqrt(_variance(placed_first) / len(first) + _variance(placed_second) / len(second))
    return Auc(value, max(0.0, value - spread), min(1.0, value + spread), min(len(first), len(second)))


def interleaved(
    probes: Mapping[str, Callable[[], object]], *, rounds: int, warm_up: int = 5, seed: int = 1
) -> dict[str, list[float]]:
    """Return the seconds of each probe, `rounds` times in an order shuffled anew each time: drift hits all alike."""
    order, seconds = list(probes), {name: list[float]() for name in probes}
    shuffled = random.Random(seed)  # noqa: S311 - an order, no secret
    for turn in range(warm_up + rounds):
        shuffled.shuffle(order)
        for name in order:
            began = time.perf_counter()
            probes[name]()
            took = time.perf_counter() - began
            if turn >= warm_up:
                seconds[name].append(took)
    return seconds


def _placements(ours: Sequence[float], others: Sequence[float]) -> list[float]:
    """Return, for each of ours, the share of the others that it exceeds; equals count half."""
    ranked = sorted(others)
    return [_below(ranked, one) / len(ranked) for one in ours]


def _below(ranked: Sequence[float], one: float) -> float:
    return (bisect_left(ranked, one) + bisect_right(ranked, one)) / 2


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)
