"""Part 4: one person with ever more memories."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import charts
from benchmarks.report import Part, Table, at_most
from benchmarks.seeding import Seeder
from benchmarks.stores import Ours
from benchmarks.timing import Clock, number, say

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.filled import Workbench

SIZES = (100, 1_000, 10_000, 50_000)
TARGETS_MS = {1_000: 10.0, 10_000: 60.0}
TOP_K = 10


def measure(bench: Workbench, folder: Path, stem: str) -> Part:
    sizes = SIZES[:2] if bench.quick else SIZES
    ours = Ours("subject")
    seeder = Seeder(ours, bench.book)
    for size in sizes:
        seeder.person(f"person-{size}", size)
    say(f"{sum(sizes):,} memories of {len(sizes)} people stored")
    bench.server.settle()
    rows, targets = [], []
    points: dict[str, list[tuple[float, float]]] = {"p50": [], "p95": []}
    for size in sizes:
        calls = 30 if bench.quick else 100 if size > 10_000 else 300
        queries = seeder.questions(f"person-{size}", size, calls + 5, random.Random(size), np.random.default_rng(size))
        clock, found = Clock(), []
        for query in queries[:5]:
            ours.search(f"person-{size}", query, TOP_K)
        for query in queries[5:]:
            with clock.lap():
                ids = ours.search(f"person-{size}", query, TOP_K)
            found.append(len(ids))
        timing = clock.timing()
        say(f"{size:,} memories: p50 {timing.p50:.2f} ms, p95 {timing.p95:.2f} ms")
        rows.append([f"{size:,}", f"{timing.calls}", *timing.cells(), number(timing.p50 / size * 1_000)])
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
            "The whole recall: policy, key, tenant context, every card fetched, opened and scored, the texts of the "
            "ten winners, the audit event committed. All cards are read each time, so nothing can be missed."
        ),
        tables=[
            Table("Recall, milliseconds", ["memories", "calls", "p50", "p95", "microseconds per memory at p50"], rows)
        ],
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
