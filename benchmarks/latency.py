"""Part 2: the time of adding and searching at LoCoMo's size."""

from __future__ import annotations

import random
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import texts, vectors
from benchmarks.filled import user_of
from benchmarks.report import Part, Table, at_least, at_most
from benchmarks.stores import Ours, Said
from benchmarks.timing import Clock, Timing, alternate, number, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.filled import FilledStore, Workbench
    from benchmarks.stores import Store

BATCH = 100
SEARCH_SHARE, ADD_SHARE, BATCH_FACTOR = 0.5, 1.5, 5.0
TOP_K = 10
TURN = 20  # a store that is in use has the processor's caches to itself for more than one call


def measure(bench: Workbench, _folder: Path, _stem: str) -> Part:
    searches, singles, batches = (40, 20, 3) if bench.quick else (400, 200, 20)
    stores = bench.filled
    generator = random.Random(2)
    asked = [(user_of(one), question.text) for one in bench.conversations for question in one.questions]
    chosen = generator.sample(asked, min(searches, len(asked)))
    for filled in stores:  # the first calls open connections and fill caches
        for user, query in chosen[:20]:
            filled.store.search(user, query, TOP_K)
    search = alternate([[partial(one.store.search, *what, TOP_K) for one in stores] for what in chosen], TURN)
    say(f"search p50: {stores[0].name} {search[0].p50:.2f} ms, {stores[1].name} {search[1].p50:.2f} ms")
    fresh = _first_questions(stores[0].store, chosen)
    say(f"search p50 at the first question about a person: {stores[0].name} {fresh.p50:.2f} ms")
    said = sayings(bench, generator)
    adding = [[said(1) for _ in range(2)] for _ in range(singles + 5)]
    alternate([_adds(stores, messages, "single") for messages in adding[:5]])
    single = alternate([_adds(stores, messages, "single") for messages in adding[5:]], TURN)
    say(f"single add p50: {stores[0].name} {single[0].p50:.2f} ms, {stores[1].name} {single[1].p50:.2f} ms")
    many = alternate([_adds(stores, [said(BATCH)] * 2, "batch") for _ in range(batches)])
    say(f"batch add p50: {stores[0].name} {many[0].p50:.1f} ms, {stores[1].name} {many[1].p50:.1f} ms")
    measured = {
        f"search (top_k {TOP_K}), the same few people again and again": search,
        "search, the first question about a person": [fresh, search[1]],
        "add of one message": single,
        f"add of {BATCH} messages": many,
        f"the same, per memory (1/{BATCH})": [Timing(one.p50 / BATCH, one.p95 / BATCH, one.calls) for one in many],
    }
    ours, mem0 = (one.name for one in stores)
    rows = [
        [what, f"{first.calls}", *first.cells(), *second.cells(), f"{second.p50 / first.p50:.1f}"]
        for what, (first, second) in measured.items()
    ]
    return Part(
        "latency",
        "2. Latency at LoCoMo's size",
        (
            f"{len(bench.conversations)} people with {min(len(c.turns) for c in bench.conversations)} to "
            f"{max(len(c.turns) for c in bench.conversations)} memories each. The two stores "
            f"take turns of {TURN} calls. Added texts are new; adds are verbatim (`infer=False`) and committed when "
            "they return. memstore's add holds the sealed card, the sealed text with its provenance, the event and the "
            "audit record; mem0's the row and an entry in its SQLite history."
        ),
        tables=[
            Table(
                "Milliseconds",
                ["call", "calls", f"{ours} p50", "p95", f"{mem0} p50", "p95", "mem0 / memstore at p50"],
                rows,
            )
        ],
        targets=[
            at_most(
                "search p50 as a share of mem0's, first question about a person",
                fresh.p50 / search[1].p50,
                SEARCH_SHARE,
            ),
            at_most("the same, further questions", search[0].p50 / search[1].p50, SEARCH_SHARE),
            at_most("single verbatim add p50 as a share of mem0's", single[0].p50 / single[1].p50, ADD_SHARE),
            at_least(
                f"add of {BATCH} messages, times as fast per memory as mem0's ({number(many[1].p50)} ms)",
                many[1].p50 / many[0].p50,
                BATCH_FACTOR,
            ),
        ],
    )


def _adds(stores: tuple[FilledStore, FilledStore], messages: list[list[Said]], run: str) -> list[Callable[[], object]]:
    return [partial(one.store.add, f"{run}-adder", run, said) for one, said in zip(stores, messages, strict=True)]


def _first_questions(store: Store, chosen: list[tuple[str, str]]) -> Timing:
    """Measure searches without cached candidate sets. mem0 caches nothing, so for it each question is a first one."""
    clock = Clock()
    for user, query in chosen:
        if isinstance(store, Ours):
            store.empty_shelf()
        with clock.lap():
            store.search(user, query, TOP_K)
    return clock.timing()


def sayings(bench: Workbench, generator: random.Random) -> Callable[[int], list[Said]]:
    """Return a source of new messages, with their vectors in the book."""
    numbers, noise = count(), np.random.default_rng(2)

    def some(how_many: int) -> list[Said]:
        said = [Said(texts.NAMES[0], texts.memory(generator, next(numbers))) for _ in range(how_many)]
        bench.book.put([one.text for one in said], vectors.synthetic(noise, how_many))
        return said

    return some
