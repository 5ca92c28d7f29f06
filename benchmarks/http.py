"""Part 5: searches over HTTP through the real web server, with a local stub for the embeddings."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from api import lean
from api.serve.children import Child, stop_all
from benchmarks import texts
from benchmarks.http_load import Job, Outcome
from benchmarks.report import Part, Table, Target, at_least, at_most
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
WORKERS = 2
ONE_CLIENT_MS, FOUR_CLIENTS_RATE = 12.0, 100.0
READY_SECONDS = 60
STOP_SECONDS = 5.0


def measure(bench: Workbench, _folder: Path, _stem: str) -> Part:
    seconds = 2.0 if bench.quick else 10.0
    ours = Ours("http")
    generator = random.Random(7)
    said = [texts.memory(generator, serial) for serial in range(MEMORIES)]
    asked = [texts.question(text) for text in generator.sample(said, QUERIES)]
    filters = {"user_id": "somebody"}
    bodies = [json.dumps({"query": query, "filters": filters, "top_k": TOP_K, "threshold": 0}) for query in asked]
    runs: dict[int, Outcome] = {}
    with _serving(bench.server.home) as port:
        _seed(port, ours.key, said)
        bench.server.settle()
        _load(Job(port=port, key=ours.key, bodies=bodies, clients=4, seconds=seconds / 4))  # both workers warm
        for clients in (1, 4):
            job = Job(port=port, key=ours.key, bodies=bodies, clients=clients, seconds=seconds)
            runs[clients] = _load(job)
            timing = Timing.of(runs[clients]["seconds"])
            say(
                f"{clients} clients: {_rate(runs[clients]):.0f} a second, p50 {timing.p50:.2f}, p95 {timing.p95:.2f} ms"
            )
    bench.server.forget_memories()
    failures = sum(run["failures"] for run in runs.values())
    fewest = min(run["fewest_results"] for run in runs.values())
    return Part(
        "http",
        "5. Over HTTP",
        (
            f"`POST /v3/memories/search/` for a person with {MEMORIES} memories, top_k {TOP_K}, on granian with "
            f"{WORKERS} workers as `make run` starts it; API key, policy, rate limit (raised), sealing and audit on. "
            "The query's vector comes from a stub of OpenAI's API on this machine, so that its round trip is in the "
            "numbers and the model's time is not. The clients keep their connections, in a process of their own on "
            "the same machine."
        ),
        tables=[
            Table(
                "Searches",
                ["clients", "seconds", "searches", "a second", "p50 ms", "p95 ms", "failures", "fewest results"],
                [_cells(clients, run) for clients, run in runs.items()],
            )
        ],
        targets=[
            at_most("HTTP search p50, 1 client", Timing.of(runs[1]["seconds"]).p50, ONE_CLIENT_MS, " ms"),
            at_least("HTTP searches a second, 4 clients", _rate(runs[4]), FOUR_CLIENTS_RATE),
            Target(
                "HTTP answers",
                f"none fails, {TOP_K} results each",
                f"{failures} failed, at least {fewest} results",
                failures == 0 and fewest == TOP_K,
            ),
        ],
    )


def _cells(clients: int, run: Outcome) -> list[str]:
    timing = Timing.of(run["seconds"])
    counts = [
        f"{timing.calls:,}",
        number(_rate(run)),
        *timing.cells(),
        f"{run['failures']}",
        f"{run['fewest_results']}",
    ]
    return [f"{clients}", number(run["lasted"]), *counts]


def _rate(run: Outcome) -> float:
    return (len(run["seconds"]) - run["failures"]) / run["lasted"]


@contextmanager
def _serving(home: Path) -> Iterator[int]:
    """The port of a web server that is ready; it and the stub are gone afterwards."""
    port, stub_port = _free_port(), _free_port()
    environment = lean.ENVIRONMENT | {
        "MEMSTORE_EMBEDDER": "openai",
        "MEMSTORE_EXTRACTOR": "local",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{stub_port}/v1",
        "MEMSTORE_RATE_LIMIT_PER_MINUTE": "10000000",
        "MEMSTORE_WEB_WORKERS": f"{WORKERS}",
        "MEMSTORE_DB_POOL": "8",
        "MEMSTORE_DB_ROLE": "app",
    }
    stub = [sys.executable, "-m", "benchmarks.embedding_stub", f"{stub_port}"]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", f"{port}"]
    web += ["--workers", f"{WORKERS}", "--blocking-threads", "4", "--respawn-failed-workers", "--log-level", "warning"]
    web += ["--workers-kill-timeout", "3", "api.wsgi:application"]
    children = [
        Child("embeddings", stub, lean.ENVIRONMENT, home / "log" / "embeddings.log"),
        Child("web", web, environment, home / "log" / "web.log"),
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


def _seed(port: int, key: str, said: list[str]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Token {key}", "Content-Type": "application/json"}
    for start in range(0, len(said), BATCH):
        messages = [{"role": "user", "content": text} for text in said[start : start + BATCH]]
        body = {"messages": messages, "user_id": "somebody", "run_id": f"run-{start}", "infer": False}
        connection.request("POST", "/v3/memories/add/", json.dumps(body), headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"an add was answered {answer.status}: {told[:300]!r}")
    connection.close()


def _load(job: Job) -> Outcome:
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
