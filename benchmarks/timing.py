"""Times of one kind of call, and lines that report the progress of a run."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_started = time.monotonic()


@dataclass(frozen=True, slots=True)
class Timing:
    """Percentiles in milliseconds."""

    p50: float
    p95: float
    calls: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timing:
        p50, p95 = np.percentile(np.array(seconds) * 1_000, [50, 95])
        return cls(float(p50), float(p95), len(seconds))

    def cells(self) -> tuple[str, str]:
        return number(self.p50), number(self.p95)


class Clock:
    """A collector of the seconds that calls take."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @contextmanager
    def lap(self) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - start)

    def timing(self) -> Timing:
        return Timing.of(self.seconds)


def alternate(rounds: Sequence[Sequence[Callable[[], object]]], turn: int = 1) -> list[Timing]:
    """Return one timing per column of calls.

    The columns take turns of `turn` calls, so that all meet the same machine.
    """
    clocks = [Clock() for _ in rounds[0]]
    for start in range(0, len(rounds), turn):
        for column, clock in enumerate(clocks):
            for calls in rounds[start : start + turn]:
                with clock.lap():
                    calls[column]()
    return [clock.timing() for clock in clocks]


def number(value: float) -> str:
    """Return a number with two significant digits, no more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def say(words: str) -> None:
    print(f"[{time.monotonic() - _started:7.1f} s] {words}", flush=True)
