"""Part 3: recall of one person with ever more memories."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import charts
from benchmarks.report import Part, Table, at_most
from benchmarks.seeding import Seeder, questions
from benchmarks.stores import Ours
from benchmarks.timing import Clock, Timing, say

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.filled import Workbench

SIZES = (100, 1_000, 10_000, 50_000)
TARGETS_MS = {1_000: 10.0, 10_000: 60.0}
TOP_K = 10
WARM_UP = 5  # calls that are not counted


def _ask(ours: Ours, size: int, queries: list[str], *, first: bool) -> Timing:
    clock = Clock()
    for number, query in enumerate(queries):
        if first:
            ours.empty_shelf()
        if number < WARM_UP:
            ours.search(f"person-{size}", query, TOP_K)
            continue
        with clock.lap():
            ours.search(f"person-{size}", query, TOP_K)
    return clock.timing()


def measure(bench: Workbench, folder: Path, stem: str) -> Part:
    sizes = SIZES[:2] if bench.quick else SIZES
    ours = Ours("subject")
    Seeder.of(ours, bench.book).people({f"person-{size}": size for size in sizes})
    say(f"{sum(sizes):,} memories of {len(sizes)} people stored")
    bench.server.settle()
    rows, targets = [], []
    points: dict[str, list[tuple[float, float]]] = {"p50": [], "p95": []}
    for size in sizes:
        calls = 30 if bench.quick else 100 if size > 10_000 else 300
        queries = questions(
            bench.book, f"person-{size}", size, calls + 5, random.Random(size), np.random.default_rng(size)
        )
        timing = _ask(ours, size, queries, first=True)
        again = _ask(ours, size, queries, first=False)
        say(f"{size:,} memories: first question p50 {timing.p50:.2f} ms, further ones p50 {again.p50:.2f} ms")
        rows.append([f"{size:,}", f"{timing.calls}", *timing.cells(), *again.cells()])
        points["p50"].append((size, timing.p50))
        points["p95"].append((size, timing.p95))
        if size in TARGETS_MS:
            targets.append(
                at_most(f"recall over {size:,} memories of one person, p50", timing.p50, TARGETS_MS[size], " ms")
            )
    bench.server.forget_memories()
    return Part(
        "subject",
        "3. One person with ever more memories",
        (
            "The whole recall: policy, key, tenant context, every card scored, the texts of the ten winners, the audit "
            "event committed. At the first question about a person every card is fetched and opened; for further "
            "ones within a minute the opened cards are still there (up to 20,000), if nothing has changed."
        ),
        tables=[Table("Recall, milliseconds", ["memories", "calls", "first p50", "p95", "further p50", "p95"], rows)],
        targets=targets,
        charts=[
            charts.lines(
                folder / f"{stem}-subject.png",
                "Recall over all memories of one person",
                "memories of the person",
                "milliseconds",
                points,
            )
        ],
    )
