"""Measure memstore beside mem0 and write the results: `make bench`, or

    python -m benchmarks --locomo PATH/locomo.json [--parts recall,latency,subject,...] [--quick]

With DATABASE_URL set, it uses databases of its own on that server; else a PostgreSQL of its own.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from api.serve import process_tuning
from benchmarks import report
from benchmarks.machine import Usage, wait_for_quiet
from benchmarks.server import open_server
from benchmarks.timing import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.filled import Workbench
    from benchmarks.server import Server

PARTS = (
    "recall",
    "latency",
    "subject",
    "growth",
    "http",
    "audit",
    "trail",
    "rotation",
    "erasure",
    "forgetting",
    "console",
)
RESULTS = Path(__file__).parent / "results"
QUIET = 0.05  # more than this share of the machine used by others shows in the numbers


def main() -> int:
    arguments = _arguments()
    if any(os.environ.get(name) != value for name, value in process_tuning.ENVIRONMENT.items()):
        # As the web workers run: the allocator and the mathematics read these when the process begins.
        command = [sys.executable, "-m", "benchmarks", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **process_tuning.ENVIRONMENT})  # noqa: S606 - ourselves
    alone = (Path(tempfile.gettempdir()) / "memstore-bench.lock").open("w")
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another benchmark is running on this machine; two at once would spoil both")
        return 2
    data = arguments.locomo if arguments.locomo and arguments.locomo.exists() else None
    parts = [part for part in PARTS if part in arguments.parts.split(",")]
    if data is None:
        say("no LoCoMo file: no recall; latencies on synthetic conversations of its size")
        parts = [part for part in parts if part != "recall"]
    with open_server(arguments.home) as server:
        _run(arguments, server, data, parts)
    return 0


def _run(arguments: argparse.Namespace, server: Server, data: Path | None, parts: list[str]) -> None:
    import django

    django.setup()
    from benchmarks.filled import Workbench
    from benchmarks.stores import stay_on_this_machine, use_book
    from benchmarks.vectors import VectorBook

    stay_on_this_machine()
    process_tuning.settle()
    book = VectorBook()
    use_book(book)
    bench = Workbench(server, book, data, arguments.vectors, quick=arguments.quick)
    day = datetime.now(UTC).date()
    stem = f"{day.isoformat()}-{'all' if set(parts) == set(PARTS) else '-'.join(parts)}"
    arguments.out.mkdir(parents=True, exist_ok=True)
    done = []
    for name in parts:
        others = wait_for_quiet(QUIET, arguments.patience)
        say(
            f"== {name}" + ("" if others <= QUIET else f" (others use {others:.0%} of the machine: times will be long)")
        )
        start, usage = time.monotonic(), Usage.now()
        part = _measurer(name)(bench, arguments.out, stem)
        part.seconds, part.others = time.monotonic() - start, usage.others(Usage.now())
        done.append(part)
        for target in part.targets:
            say("   " + " | ".join(target.cells()))
        path = report.write(arguments.out, stem, day, server.version(), done)
    say(f"written: {path}")


def _measurer(name: str) -> Callable[[Workbench, Path, str], report.Part]:
    from benchmarks import audit, console, erasure, forgetting, growth, http, latency, quality, rotation, subject, trail

    return {
        "recall": quality.measure,
        "latency": latency.measure,
        "subject": subject.measure,
        "growth": growth.measure,
        "http": http.measure,
        "audit": audit.measure,
        "trail": trail.measure,
        "rotation": rotation.measure,
        "erasure": erasure.measure,
        "forgetting": forgetting.measure,
        "console": console.measure,
    }[name]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--locomo", type=Path, help="LoCoMo's JSON; without it recall is not measured")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--home", type=Path, help="folder to keep the data in meanwhile (default: temporary)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go")
    parser.add_argument("--patience", type=int, default=0, help="seconds to wait before a part for a quiet machine")
    parser.add_argument("--vectors", type=Path, help="keep MiniLM's vectors in this .npz for the next run")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
