"""Part 8: a rotation of the key epoch under load: its rate, the times of the writers, and that every row opens."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypedDict
from uuid import UUID, uuid4

from benchmarks.report import Part, Table, Target, at_most
from benchmarks.stores import Ours
from benchmarks.timing import Timing, number, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.filled import Workbench
    from governance.keyring.rotation import Rotated

SUBJECTS, CLIENTS = 100_000, 4
KEYS_EACH = 2  # for each person: one of the identity, one of a purpose
AT_ONCE = 5_000
BEFORE_SECONDS = 15.0
RATE = 5_000.0  # keys a second
SLOWER = 3.0  # times the p95 of an add without a rotation


class Written(TypedDict):
    """The work of the clients: the moment (`time.time`) and the seconds of each add, and what went wrong."""

    adds: list[tuple[float, float]]
    people: int
    failures: list[str]
    unreadable: int


def measure(bench: Workbench, _folder: Path, _stem: str) -> Part:
    from governance.keyring.rotation import plan_rotation, rotate
    from governance.keyring.survey import keys_by_epoch, open_every_key

    subjects = SUBJECTS // 50 if bench.quick else SUBJECTS
    ours = Ours("rotation")
    _seed(ours, subjects)
    bench.server.settle()
    planned = plan_rotation()
    say(f"dry run: {planned.keys:,} keys, about {planned.seconds:.0f} s")
    with _writing(ours.key) as written:
        time.sleep(BEFORE_SECONDS / 5 if bench.quick else BEFORE_SECONDS)
        began = time.time()
        whole = rotate()
        ended = time.time()
        say(f"rotated: {whole.rewrapped:,} keys in {whole.seconds:.1f} s, {whole.rate:,.0f} a second")
        halves = _killed_half_way()
        resumed = rotate()
        say(f"killed after {halves:,} keys, resumed: {resumed.rewrapped:,} keys in {resumed.seconds:.1f} s")
    left = sum(one.wrapped + one.tenant_keys for one in keys_by_epoch() if one.epoch != resumed.current)
    start = time.perf_counter()
    opening = open_every_key()
    opened_seconds = time.perf_counter() - start
    say(
        f"{opening.opened:,} keys opened in {opened_seconds:.1f} s, {len(opening.shut)} do not open, {left} left behind"
    )
    quiet = Timing.of([took for at, took in written["adds"] if at < began])
    loaded = Timing.of([took for at, took in written["adds"] if began <= at < ended])
    bad = len(opening.shut) + left + written["unreadable"] + len(written["failures"])
    for failure in written["failures"][:5]:
        say(f"   a client failed: {failure}")
    return Part(
        "rotation",
        "8. A rotation of the key epoch",
        (
            f"{subjects:,} people of one tenant with {KEYS_EACH} keys each, put in as the keyring wraps them. "
            f"{CLIENTS} clients (threads of a process of their own, embedder: fake) add memories all the while through "
            "the use case: every second add is somebody's first, whose keys are made in that moment. One rotation runs "
            "through; a second is killed (SIGKILL) half-way and taken up by the next call. A run's seconds hold all of "
            "it: the new root version, every key wrapped anew, opened again and written, and the last look that opens "
            "all. Root: the local key file. Afterwards every key is opened once more, and every added memory is read."
        ),
        tables=[
            Table(
                "Rotations",
                ["", "keys", "seconds", "keys a second", "estimated by the dry run, s", "old epoch"],
                [
                    ["in one go", *_cells(whole), number(planned.seconds), "retired" if whole.is_retired else "NOT"],
                    ["killed half-way", f"{halves:,}", "", "", "", "retiring"],
                    ["taken up again", *_cells(resumed), "", "retired" if resumed.is_retired else "NOT"],
                ],
            ),
            Table(
                "Adds of the four clients, milliseconds",
                ["", "adds", "p50", "p95"],
                [
                    ["before the rotation", f"{quiet.calls:,}", *quiet.cells()],
                    ["during the first one", f"{loaded.calls:,}", *loaded.cells()],
                ],
            ),
            Table(
                "Afterwards",
                [
                    "keys opened",
                    "seconds",
                    "do not open",
                    "left on an old epoch",
                    "people added",
                    "adds that failed",
                    "memories that cannot be read",
                ],
                [
                    [
                        f"{opening.opened:,}",
                        number(opened_seconds),
                        f"{len(opening.shut)}",
                        f"{left}",
                        f"{written['people']:,}",
                        f"{len(written['failures'])}",
                        f"{written['unreadable']}",
                    ]
                ],
            ),
        ],
        targets=[
            Target("keys that do not open or stay behind, adds that fail or are not readable", "0", f"{bad}", bad == 0),
            Target("keys a second", f"at least {RATE:g}", f"{whole.rate:,.0f}", whole.rate >= RATE),
            at_most("p95 of an add during the rotation, as a multiple", loaded.p95 / quiet.p95, SLOWER),
        ],
    )


def _cells(done: Rotated) -> tuple[str, str, str]:
    return f"{done.rewrapped:,}", number(done.seconds), f"{done.rate:,.0f}"


def _seed(ours: Ours, subjects: int) -> None:
    from governance.ids import NIL
    from governance.keyring.keys import KEY_BYTES, data_key_context, wrapping_of_new_keys
    from governance.keyring.models import DataKey, KeyUse
    from governance.keyring.root import aes_wrap
    from governance.tenancy.tenant_context import tenant_context

    def wrapped(subject: UUID, use: KeyUse) -> DataKey:
        purpose = ours.purpose.purpose_id if use is KeyUse.PURPOSE else NIL
        row = DataKey(
            id=uuid4(), tenant_id=tenant_id, subject_id=subject, purpose_id=purpose, use=use.value, epoch=epoch
        )
        row.wrapped = aes_wrap(wrapping, secrets.token_bytes(KEY_BYTES), data_key_context(row))
        return row

    tenant_id = ours.tenant.id
    for _ in range(0, subjects, AT_ONCE):
        with tenant_context(tenant_id, using="keys"):
            epoch, wrapping = wrapping_of_new_keys(tenant_id)
            some = [uuid4() for _ in range(min(AT_ONCE, subjects))]
            rows = (wrapped(one, use) for one in some for use in (KeyUse.IDENTITY, KeyUse.PURPOSE))
            DataKey.objects.bulk_create(rows, batch_size=AT_ONCE)
    say(f"{subjects:,} people with {KEYS_EACH} keys each")


@contextmanager
def _writing(key: str) -> Iterator[Written]:
    """Let the clients write until the block ends; then the yielded answer is filled."""
    command = [sys.executable, "-m", "benchmarks.rotation_writers"]
    environment = {**os.environ, "MEMSTORE_EMBEDDER": "fake", "MEMSTORE_WITNESS": "none:"}
    answer = Written(adds=[], people=0, failures=[], unreadable=0)
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("no pipes")
        child.stdin.write(json.dumps({"key": key, "clients": CLIENTS}) + "\n")
        child.stdin.flush()
        if child.stdout.readline().strip() != "writing":
            raise RuntimeError("the clients did not start")
        try:
            yield answer
        finally:
            child.stdin.close()  # the sign to stop
            answer.update(json.loads(child.stdout.read()))
    say(f"{len(answer['adds']):,} memories of {answer['people']:,} people added meanwhile")


def _killed_half_way() -> int:
    """Run a rotation by the command and kill it when half of its keys are done. Returns how many were."""
    from governance.keyring.survey import keys_by_epoch

    old = max(one.epoch for one in keys_by_epoch())
    total = sum(one.wrapped for one in keys_by_epoch() if one.epoch == old)
    with subprocess.Popen([sys.executable, "-m", "django", "rotate_keys"], stdout=subprocess.DEVNULL) as child:
        while child.poll() is None:
            done = sum(one.wrapped for one in keys_by_epoch() if one.epoch == old + 1)
            if done >= total / 2:
                child.send_signal(signal.SIGKILL)
                child.wait()
                return sum(one.wrapped for one in keys_by_epoch() if one.epoch == old + 1)
            time.sleep(0.1)
    raise RuntimeError("the rotation ended before it could be killed")
