"""Times of one kind of call, and lines that say how far a run is."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_started = time.monotonic()


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds."""

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
    """Collects the seconds that calls take."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @contextmanager
    def lap(self) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - start)

    def timing(self) -> Timing:
        return Timing.of(self.seconds)


def alternate(rounds: Sequence[Sequence[Callable[[], object]]]) -> list[Timing]:
    """One timing per column. In each round every column's call is made once, so that all meet the same machine."""
    clocks = [Clock() for _ in rounds[0]]
    for calls in rounds:
        for clock, call in zip(clocks, calls, strict=True):
            with clock.lap():
                call()
    return [clock.timing() for clock in clocks]


def number(value: float) -> str:
    """Two digits that mean something, no more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def say(words: str) -> None:
    print(f"[{time.monotonic() - _started:7.1f} s] {words}", flush=True)


def idle_share(seconds: float = 1.0) -> float:
    """How much of the machine nobody uses, 0 to 1, while this process waits."""
    before = _cpu_times()
    time.sleep(seconds)
    spent = [after - earlier for after, earlier in zip(_cpu_times(), before, strict=True)]
    return (spent[3] + spent[4]) / max(sum(spent), 1)


def wait_for_quiet(wanted: float, patience_seconds: float) -> float:
    """The idle share of the machine, once it is as wanted or patience has run out."""
    until = time.monotonic() + patience_seconds
    while (idle := idle_share()) < wanted and time.monotonic() < until:
        time.sleep(5)
    return idle


def _cpu_times() -> list[int]:
    """user nice system idle iowait irq softirq steal, in ticks since the start of the machine (proc(5))."""
    first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    return [int(field) for field in first.split()[1:9]]
