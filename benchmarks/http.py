"""Part 5: searches over HTTP through the real web server, with a local stub for the embeddings."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from api.serve import process_tuning
from api.serve.child_processes import Child, stop_all
from api.serve.web_command import web_command
from benchmarks import texts
from benchmarks.http_load import Job, Outcome
from benchmarks.report import Part, Table, Target, at_least, at_most
from benchmarks.seeding import Seeder
from benchmarks.stores import Ours
from benchmarks.timing import Timing, number, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.filled import Workbench

MEMORIES = 600
BATCH = 100
TOP_K = 10
QUERIES = 64
PEOPLE = 100  # more than the 32 candidate sets that a worker keeps
SOMEBODY = "somebody"
ONE, MANY = "always one person", "people at random"
WORKERS = 2
ONE_CLIENT_MS, FOUR_CLIENTS_RATE = 12.0, 100.0
READY_SECONDS = 60
STOP_SECONDS = 5.0


def measure(bench: Workbench, _folder: Path, _stem: str) -> Part:
    seconds = 2.0 if bench.quick else 10.0
    ours = Ours("http")
    generator = random.Random(7)
    said = [texts.memory(generator, serial) for serial in range(MEMORIES)]
    people = [f"person-{index}" for index in range(PEOPLE // 2 if bench.quick else PEOPLE)]
    replace(Seeder.of(ours, bench.book), model_id=_model_id()).people(dict.fromkeys(people, MEMORIES))
    bodies = {
        ONE: [search_body(SOMEBODY, text) for text in generator.sample(said, QUERIES)],
        MANY: [search_body(generator.choice(people), generator.choice(said)) for _ in range(QUERIES * 8)],
    }
    runs: dict[tuple[str, int], Outcome] = {}
    with serving(bench.server.home) as port:
        seed(port, ours.key, said)
        bench.server.settle()
        for who, asked in bodies.items():
            load(Job(port=port, key=ours.key, bodies=asked, clients=4, seconds=seconds / 4))  # both workers warm
            for clients in (1, 4):
                run = load(Job(port=port, key=ours.key, bodies=asked, clients=clients, seconds=seconds))
                runs[who, clients] = run
                timing = Timing.of(run["seconds"])
                times = f"p50 {timing.p50:.2f}, p95 {timing.p95:.2f} ms"
                say(f"{who}, {clients} clients: {_rate(run):.0f} a second, {times}")
    bench.server.forget_memories()
    return _part(runs, len(people))


def _part(runs: dict[tuple[str, int], Outcome], people: int) -> Part:
    failures = sum(run["failures"] for run in runs.values())
    fewest = min(run["fewest_results"] for run in runs.values())
    targets = []
    for who in (ONE, MANY):
        p50 = Timing.of(runs[who, 1]["seconds"]).p50
        targets.append(at_most(f"HTTP search p50, 1 client, {who}", p50, ONE_CLIENT_MS, " ms"))
        targets.append(at_least(f"HTTP searches a second, 4 clients, {who}", _rate(runs[who, 4]), FOUR_CLIENTS_RATE))
    told = f"{failures} failed, at least {fewest} results"
    targets.append(Target("HTTP answers", f"none fails, {TOP_K} results each", told, failures == 0 and fewest == TOP_K))
    return Part(
        "http",
        "5. Over HTTP",
        (
            f"`POST /v3/memories/search/`, top_k {TOP_K}, on granian with {WORKERS} workers as `make run` starts it; "
            "API key, policy, rate limit (raised), sealing and audit on. The query's vector comes from a stub of "
            "OpenAI's API on this machine, so that its round trip is in the numbers and the model's time is not. The "
            "clients keep their connections, in a process of their own on the same machine. Always one person: "
            f"{MEMORIES} memories, whose opened deck each worker keeps for a minute. People at random: {people} with "
            "as many each, more than a worker keeps decks of, so that most searches open the cards anew."
        ),
        tables=[
            Table(
                "Searches",
                ["asked about", "clients", "seconds", "searches", "a second", "p50 ms", "p95 ms", "failures", "fewest"],
                [_cells(*kind, run) for kind, run in runs.items()],
                "Fewest: the smallest number of results in an answer.",
            )
        ],
        targets=targets,
    )


def _cells(who: str, clients: int, run: Outcome) -> list[str]:
    timing = Timing.of(run["seconds"])
    counts = [f"{timing.calls:,}", number(_rate(run)), *timing.cells()]
    return [who, f"{clients}", number(run["lasted"]), *counts, f"{run['failures']}", f"{run['fewest_results']}"]


def _rate(run: Outcome) -> float:
    return (len(run["seconds"]) - run["failures"]) / run["lasted"]


def search_body(user: str, about: str) -> str:
    asked = {"query": texts.question(about), "filters": {"user_id": user}, "top_k": TOP_K, "threshold": 0}
    return json.dumps(asked)


def _model_id() -> str:
    """Return what the web server calls the stub's model: vectors of another one would not be compared."""
    from django.conf import settings

    return f"openai:{settings.MEMSTORE_EMBEDDING_MODEL}:{settings.MEMSTORE_EMBEDDING_DIMENSIONS}"


@contextmanager
def serving(home: Path, application: str = "api.asgi:application") -> Iterator[int]:
    """Yield the port of a web server that is ready; stop it and the stub afterwards."""
    port, stub_port = _free_port(), _free_port()
    environment = process_tuning.ENVIRONMENT | {
        "MEMSTORE_EMBEDDER": "openai",
        "MEMSTORE_EXTRACTOR": "local",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{stub_port}/v1",
        "MEMSTORE_RATE_LIMIT_PER_MINUTE": "10000000",
        "MEMSTORE_WEB_WORKERS": f"{WORKERS}",
        "MEMSTORE_DB_POOL": "8",
        "MEMSTORE_DB_ROLE": "app",
    }
    stub = [sys.executable, "-m", "benchmarks.embedding_stub", f"{stub_port}"]
    web = web_command(host="127.0.0.1", port=port, workers=WORKERS, application=application)
    whole = {**os.environ, **environment}
    children = [
        Child("embeddings", stub, whole, home / "log" / f"embeddings-{port}.log"),
        Child("web", web, whole, home / "log" / f"web-{port}.log"),
    ]
    try:
        for child in children:
            child.start()
        _wait_until_ready(port, children)
        yield port
    finally:
        stop_all(children, seconds=STOP_SECONDS)


def _wait_until_ready(port: int, children: list[Child]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        for child in children:
            if child.is_dead():
                raise RuntimeError(f"{child.name} ended at its start:\n{child.last_words()}")
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise RuntimeError(f"the web server did not become ready:\n{children[-1].last_words()}")


def seed(port: int, key: str, said: list[str]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Token {key}", "Content-Type": "application/json"}
    for start in range(0, len(said), BATCH):
        messages = [{"role": "user", "content": text} for text in said[start : start + BATCH]]
        body = {"messages": messages, "user_id": SOMEBODY, "run_id": f"run-{start}", "infer": False}
        connection.request("POST", "/v3/memories/add/", json.dumps(body), headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"an add was answered {answer.status}: {told[:300]!r}")
    connection.close()


def load(job: Job) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.http_load"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
    )
    outcome: Outcome = json.loads(done.stdout)
    return outcome


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
