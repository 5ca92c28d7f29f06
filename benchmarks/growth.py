"""Part 4: the same search while the whole store grows and each person's part does not."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import charts
from benchmarks.report import Part, Table, Target, at_most
from benchmarks.seeding import CHUNK, Seeder, check_payload, chunk, copy_into_mem0, questions
from benchmarks.stores import MEM0, OURS, Mem0, Ours
from benchmarks.timing import Clock, Timing, number, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.filled import Workbench
    from benchmarks.stores import Store

SIZES = (10_000, 100_000, 500_000)
HNSW_UP_TO = 100_000
TOP_K = 10
FLAT, SHARE_OF_EXACT = 1.2, 1 / 20
FIRST = f"{OURS}, a person's first search"
ANEW = f"{OURS}, cards opened anew"
AGAIN = f"{OURS}, asked again"
HNSW, EXACT = f"{MEM0}, HNSW (default)", f"{MEM0}, exact (index off)"


@dataclass
class Line:
    """Times and numbers of results of one way of searching, by size."""

    timings: dict[int, Timing] = field(default_factory=dict)
    returned: dict[int, float] = field(default_factory=dict)

    def add(self, size: int, clock: Clock, returned: Sequence[int]) -> None:
        self.timings[size] = clock.timing()
        self.returned[size] = float(np.mean(returned))


def measure(bench: Workbench, folder: Path, stem: str) -> Part:
    sizes = (2_000, 10_000) if bench.quick else SIZES
    bench.server.forget_memories()
    field_ = _Field(bench)
    lines = {name: Line() for name in (FIRST, ANEW, AGAIN, HNSW, EXACT)}
    for size in sizes:
        field_.grow(size)
        field_.measure(size, lines)
    field_.close()
    bench.server.forget_memories()
    return _part(sizes, lines, field_, folder, stem)


class _Field:
    """Both stores, grown together."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._ours = Ours("growth")
        self._seeder = Seeder.of(self._ours, bench.book)
        # Two `Memory`s on one table: the first makes it without the index, the second adds it as its default does.
        self._exact = Mem0(bench.server.mem0, "growth", bench.book, bench.server.home, hnsw=False)
        self._hnsw = Mem0(bench.server.mem0, "growth", bench.book, bench.server.home)
        check_payload(self._exact, bench.book)
        self._people = 0
        self.rates: dict[str, list[float]] = {OURS: [], MEM0: []}

    def grow(self, size: int) -> None:
        people = size // CHUNK
        new = range(self._people, people)
        start = time.perf_counter()
        self._seeder.people({_user(person): CHUNK for person in new})
        self._note(OURS, len(new), start)
        start = time.perf_counter()
        copy_into_mem0(self._bench.server.mem0, self._exact, (chunk(_user(person), 0) for person in new))
        self._note(MEM0, len(new), start)
        self._people = people
        self._bench.server.settle()

    def measure(self, size: int, lines: dict[str, Line]) -> None:
        from governance.expiring_cache import clear_all

        generator, noise = random.Random(size), np.random.default_rng(size)
        calls = 40 if self._bench.quick else 300
        everybody = generator.sample(range(self._people), self._people)
        clear_all()
        self._ours.search("nobody", self._ask(0, generator, noise)[1], TOP_K)  # the tenant's own key is in use always
        self._search(size, lines[FIRST], self._ours, [self._ask(one, generator, noise) for one in everybody])
        again = [self._ask(generator.randrange(self._people), generator, noise) for _ in range(calls)]
        self._search(size, lines[ANEW], self._ours, again, before=lambda _user, _query: self._ours.empty_shelf())
        self._search(
            size, lines[AGAIN], self._ours, again, before=lambda user, query: self._ours.search(user, query, TOP_K)
        )
        slow = again[:20] if self._bench.quick else again[:100]
        self._search(size, lines[EXACT], self._exact, slow)
        if size <= HNSW_UP_TO:
            start = time.perf_counter()
            self._hnsw.memory.vector_store.create_col()
            say(f"  {MEM0}: HNSW index over {size:,} built in {time.perf_counter() - start:.0f} s")
            self._bench.server.settle()
            self._search(size, lines[HNSW], self._hnsw, again)
            with self._exact.memory.vector_store._get_cursor(commit=True) as cursor:  # noqa: SLF001 - its pool
                cursor.execute("DROP INDEX growth_hnsw_idx")
        for name, line in lines.items():
            if size in line.timings:
                timing = line.timings[size]
                say(
                    f"{size:,}: {name}: p50 {timing.p50:.2f} ms, p95 {timing.p95:.2f} ms, "
                    f"{line.returned[size]:.2f} of {TOP_K} returned"
                )

    def close(self) -> None:
        self._hnsw.close()
        self._exact.drop()

    def _ask(self, person: int, generator: random.Random, noise: np.random.Generator) -> tuple[str, str]:
        [query] = questions(self._bench.book, _user(person), CHUNK, 1, generator, noise)
        return _user(person), query

    def _note(self, name: str, people: int, start: float) -> None:
        seconds = time.perf_counter() - start
        self.rates[name].append(people * CHUNK / seconds)
        say(f"{name}: {people * CHUNK:,} memories in {seconds:.1f} s, {people * CHUNK / seconds:,.0f} a second")

    @staticmethod
    def _search(
        size: int,
        line: Line,
        store: Store,
        asked: Sequence[tuple[str, str]],
        before: Callable[[str, str], object] | None = None,
    ) -> None:
        clock, returned = Clock(), []
        for user, query in asked:
            if before is not None:
                before(user, query)
            with clock.lap():
                found = store.search(user, query, TOP_K)
            returned.append(len(found))
        line.add(size, clock, returned)


def _user(person: int) -> str:
    return f"person-{person}"


def _part(sizes: Sequence[int], lines: dict[str, Line], grown: _Field, folder: Path, stem: str) -> Part:
    rows = [_cells(name, size, line) for name, line in lines.items() for size in sizes]
    first, last = sizes[0], sizes[-1]
    ours, exact = lines[ANEW], lines[EXACT]
    fewest = min(line.returned[size] for line in (ours, lines[FIRST], lines[AGAIN]) for size in sizes)
    rates = [[name, *(f"{rate:,.0f}" for rate in found)] for name, found in grown.rates.items()]
    return Part(
        "growth",
        "4. While the whole store grows",
        (
            f"{CHUNK} memories per person, so {first // CHUNK:,} to {last // CHUNK:,} people; random people ask for "
            f"{TOP_K} results. Synthetic texts and clustered unit vectors, the same for both. memstore's caches are "
            "on, as it is served: a person's first search finds nothing of them there; later ones find the key, for at "
            "most a minute, and an opened deck only if the person was among the last few asked about. Opened anew: "
            "with the key and without the deck. Asked again: with both. "
            f"mem0's index over {last:,} rows is left out where it says so: it takes too long "
            "to build."
        ),
        tables=[
            Table("Search, milliseconds", ["store", "memories", "calls", "p50", "p95", f"returned of {TOP_K}"], rows),
            Table(
                "Stored per second while seeding",
                ["store", *(f"to {size:,}" for size in sizes)],
                rates,
                f"memstore: `memstore.records.insert.store`, {CHUNK} a transaction, a process per core; sealing and "
                "the start of the processes included. mem0: COPY of finished rows, its vector index off.",
            ),
        ],
        targets=[
            at_most(
                f"search p50 at {last:,} as a share of that at {first:,}, opened anew",
                ours.timings[last].p50 / ours.timings[first].p50,
                FLAT,
            ),
            at_most(
                "the same, a person's first search",
                lines[FIRST].timings[last].p50 / lines[FIRST].timings[first].p50,
                FLAT,
            ),
            at_most(
                f"search p50 at {last:,} as a share of mem0's exact search, opened anew",
                ours.timings[last].p50 / exact.timings[last].p50,
                SHARE_OF_EXACT,
            ),
            Target("results returned at every size", f"{TOP_K} of {TOP_K}", f"{fewest:g}", fewest == TOP_K),
        ],
        charts=[
            charts.lines(
                folder / f"{stem}-growth.png",
                f"Search while the store grows ({CHUNK} memories per person)",
                "memories in the store",
                "p50, milliseconds",
                {name: [(size, timing.p50) for size, timing in line.timings.items()] for name, line in lines.items()},
            )
        ],
    )


def _cells(name: str, size: int, line: Line) -> list[str]:
    if size not in line.timings:
        return [name, f"{size:,}", "not measured: the index takes too long to build", "", "", ""]
    timing = line.timings[size]
    return [name, f"{size:,}", f"{timing.calls}", *timing.cells(), number(line.returned[size])]
