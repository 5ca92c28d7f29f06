"""Part 6: the cost of the audit trail: each call as it is, and with the write of its event replaced by nothing."""

from __future__ import annotations

import random
import threading
import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import texts
from benchmarks.filled import user_of
from benchmarks.http import SOMEBODY, TOP_K, load, search_body, seed, serving
from benchmarks.http_load import Job
from benchmarks.latency import BATCH, TURN, sayings
from benchmarks.report import Part, Table, at_least, at_most
from benchmarks.stores import OURS, Ours
from benchmarks.timing import Timing, alternate, number, say
from benchmarks.unaudited import unaudited

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.filled import Workbench

    Pair = tuple[Timing, Timing]  # with the audit event, without

SEARCH_FACTOR, ADD_FACTOR = 1.25, 1.35
MEMORIES, QUERIES = 600, 64
ROUNDS = 10
SEAL_SECONDS = 3.0  # as the scheduler has it
HTTP, FIRST, FURTHER = "search over HTTP", "search, first question about a person", "search, further questions"
ONE, MANY = "add of one message", f"add of {BATCH} messages"


def measure(bench: Workbench, _folder: Path, _stem: str) -> Part:
    pairs = _in_process(bench)
    pairs[HTTP], sealing = _over_http(bench)
    bench.server.forget_memories()
    factors = {what: audited.p50 / bare.p50 for what, (audited, bare) in pairs.items()}
    return Part(
        "audit",
        "6. What the record costs",
        (
            "The same calls on the same store, taking turns: with the audit event written and committed, and with its "
            "write replaced by nothing (`benchmarks/unaudited.py`), which silences the second witness as well. In one "
            f"process without the web server: {len(bench.conversations)} people of LoCoMo's size. Over HTTP: two web "
            f"servers on one database, one client, one person with {MEMORIES} memories. Sealing: four clients search "
            f"over HTTP while the sealer runs every {SEAL_SECONDS:g} seconds, as the scheduler has it."
        ),
        tables=[
            Table(
                "Milliseconds",
                ["call", "calls", "with p50", "p95", "without p50", "p95", "with / without at p50"],
                [
                    [what, f"{audited.calls}", *audited.cells(), *bare.cells(), f"{factors[what]:.2f}"]
                    for what, (audited, bare) in pairs.items()
                ],
            ),
            Table("Sealing while events are written", list(sealing), [[number(value) for value in sealing.values()]]),
        ],
        targets=[
            *(
                at_most(f"{what}: the record's factor on p50", factors[what], SEARCH_FACTOR)
                for what in (HTTP, FIRST, FURTHER)
            ),
            at_most(f"{ONE}: the record's factor on p50", factors[ONE], ADD_FACTOR),
            at_least("events sealed a second, as a multiple of those written", _multiple(sealing), 1),
        ],
    )


def _in_process(bench: Workbench) -> dict[str, Pair]:
    store = Ours("audit")
    bench.fill(OURS, store)
    bench.server.settle()
    searches, singles, batches = (40, 20, 2) if bench.quick else (400, 200, 10)
    generator = random.Random(6)
    asked = [(user_of(one), question.text) for one in bench.conversations for question in one.questions]
    chosen = [generator.choice(asked) for _ in range(searches + TURN)]
    said = sayings(bench, generator)
    further = [partial(store.search, *what, TOP_K) for what in chosen]
    first = [partial(_on_empty_shelf, store, *what) for what in chosen]
    one = [partial(store.add, "adder", "one", said(1)) for _ in range(2 * (singles + TURN))]
    many = [partial(store.add, "adder", "many", said(BATCH)) for _ in range(2 * (batches + 1))]
    found = {
        FURTHER: _pair(further, further, turn=TURN),
        FIRST: _pair(first, first, turn=TURN),
        ONE: _pair(one[::2], one[1::2], turn=TURN),
        MANY: _pair(many[::2], many[1::2], turn=1),
    }
    for what, (audited, bare) in found.items():
        say(f"{what}: p50 {audited.p50:.2f} ms with the record, {bare.p50:.2f} without")
    return found


def _pair(calls: Sequence[Callable[[], object]], again: Sequence[Callable[[], object]], *, turn: int) -> Pair:
    """Measure the calls with the audit event and the others without.

    The first turn of each warms up and is not counted.
    """
    rounds = [(call, partial(_bare, other)) for call, other in zip(calls, again, strict=True)]
    alternate(rounds[:turn])
    audited, bare = alternate(rounds[turn:], turn)
    return audited, bare


def _bare(call: Callable[[], object]) -> None:
    with unaudited():
        call()


def _on_empty_shelf(store: Ours, user: str, query: str) -> None:
    store.empty_shelf()
    store.search(user, query, TOP_K)


def _over_http(bench: Workbench) -> tuple[Pair, dict[str, float]]:
    seconds = 2.0 if bench.quick else 20.0
    ours, generator = Ours("audit-http"), random.Random(7)
    said = [texts.memory(generator, serial) for serial in range(MEMORIES)]
    bodies = [search_body(SOMEBODY, text) for text in generator.sample(said, QUERIES)]
    with ExitStack() as servers:
        ports = [servers.enter_context(serving(bench.server.home))]
        ports.append(servers.enter_context(serving(bench.server.home, "benchmarks.unaudited_asgi:application")))
        seed(ports[0], ours.key, said)
        bench.server.settle()
        taken: list[list[float]] = [[], []]
        for turn in range(-1, ROUNDS):
            for column, port in enumerate(ports):
                outcome = load(Job(port=port, key=ours.key, bodies=bodies, clients=1, seconds=seconds / ROUNDS))
                if turn >= 0:
                    taken[column] += outcome["seconds"]
        audited, bare = (Timing.of(some) for some in taken)
        say(f"{HTTP}: p50 {audited.p50:.2f} ms with the record, {bare.p50:.2f} without")
        sealing = _sealing(Job(port=ports[0], key=ours.key, bodies=bodies, clients=4, seconds=seconds))
    return (audited, bare), sealing


def _sealing(job: Job) -> dict[str, float]:
    """Return what is written and sealed under load. The queue is sealed a last time one interval after the load."""
    from governance.evidence.sealer import seal_all

    seal_all()
    ended = threading.Event()
    sealed, spent, most = 0, 0.0, 0

    def keep_sealing() -> None:
        nonlocal sealed, spent, most
        from django.db import connections

        last = False
        while not last:
            last = ended.wait(SEAL_SECONDS)
            start = time.perf_counter()
            n = seal_all()
            spent += time.perf_counter() - start
            sealed, most = sealed + n, max(most, n)
        connections.close_all()

    sealer = threading.Thread(target=keep_sealing)
    sealer.start()
    outcome = load(job)
    ended.set()
    sealer.join()
    written = sealed / outcome["lasted"]
    say(f"sealing: {written:.0f} events a second written, {sealed / spent:.0f} sealed")
    return {
        "written a second": written,
        "sealed a second of sealing": sealed / spent,
        "most waiting at once": float(most),
        "share of the time spent on sealing, %": 100 * spent / outcome["lasted"],
    }


def _multiple(sealing: dict[str, float]) -> float:
    return sealing["sealed a second of sealing"] / sealing["written a second"]
