"""A witness of the test's own in place of the process's, and what it has written."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from governance.evidence.witness_incidents import record_loss
from governance.guard import witness
from governance.guard.witness import Witness
from governance.guard.witness_sinks import FileSink
from governance.ids import NIL
from governance.models import AuditEvent
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from governance.guard.witness_sinks import Sink

MANY = 2**40


@contextmanager
def witnessed(sink: Sink | Path, *, backlog: int = 10_000) -> Iterator[Witness]:
    """Let this process report to a witness of this sink until the end of the block."""
    place = FileSink(sink, max_bytes=MANY) if isinstance(sink, Path) else sink
    before = witness._current
    witness._current = found = Witness(place, backlog=backlog, report=record_loss)
    try:
        yield found
    finally:
        witness._current = before
        found.end(0.5)


def told(path: Path) -> list[dict[str, Any]]:
    """Return the lines about events, in order."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [line for line in map(json.loads, filter(None, lines)) if "id" in line]


def until(found: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def losses() -> list[int]:
    """Return the incidents of witnesses in the trail: the number of dropped lines of each, 0 for a lost file."""
    with tenant_context(NIL):
        rows = AuditEvent.objects.filter(type="witness_lost").order_by("at", "id")
        assert {row.job for row in rows} <= {"witness"}
        return [row.n_items for row in rows]
