"""Part 9: time from the approval of an erasure to the shred, and to the end.

The first does not grow with the person.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import numpy as np

from benchmarks.report import Part, Table, at_most
from benchmarks.stores import Ours
from benchmarks.timing import number, say
from benchmarks.vectors import synthetic

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.filled import Workbench
    from governance.context import Caller

SIZES = (10, 100, 1_000, 10_000)
ROUNDS = 7
GROWTH = 1.5  # times the median at the smallest size


def measure(bench: Workbench, _folder: Path, _stem: str) -> Part:
    """Measure the worker's part in this process. A hint takes about 0.1 s to arrive, whatever the size."""
    import api.celery  # noqa: F401 - the application that hints are sent with

    ours = Ours("erasure")
    texts = [f"thing number {n}" for n in range(SIZES[-1])]
    bench.book.put(texts, synthetic(np.random.default_rng(5), len(texts)))
    sizes, rounds = (SIZES[:2], 2) if bench.quick else (SIZES, ROUNDS)
    shred: dict[int, list[float]] = {size: [] for size in sizes}
    gone: dict[int, list[float]] = {size: [] for size in sizes}
    for turn in range(rounds):
        for size in sizes:
            to_shred, to_end = _erase(ours, f"person-{size}-{turn}", size)
            shred[size].append(to_shred)
            gone[size].append(to_end)
    rows = [
        [f"{size:,}", f"{number(_median(shred[size]) * 1e3)} ms", f"{number(_median(gone[size]) * 1e3)} ms"]
        for size in sizes
    ]
    known, unknown = _asked(ours, 20 if bench.quick else 200)
    growth = _median(shred[sizes[-1]]) / _median(shred[sizes[0]])
    return Part(
        name="erasure",
        title="Erasure",
        text=(
            f"One person at a time, {rounds} of each size, in turns: approved by a second person, then run to the end"
            " of the deletion. The keys are destroyed after the tombstone and the revocation, whatever is kept."
        ),
        tables=[
            Table("From the approval, median", ["memories", "to the shred", "to the last row deleted"], rows),
            Table(
                "To open a request, median",
                ["of somebody", "time"],
                [
                    ["whom memstore knows", f"{number(_median(known) * 1e3)} ms"],
                    ["whom it never met", f"{number(_median(unknown) * 1e3)} ms"],
                ],
                "In turns. The statements are the same for both; an insert that finds its row there already is a little"
                " cheaper.",
            ),
        ],
        targets=[
            at_most("opening a request, unknown / known person", _median(unknown) / _median(known), 1.1),
            at_most(f"approval to shred, {sizes[-1]:,} / {sizes[0]} memories", growth, GROWTH),
        ],
    )


def _erase(ours: Ours, user_id: str, size: int) -> tuple[float, float]:
    """Return the seconds from the approval to the shred, and to the end of the deletion."""
    from governance.models import ErasureStep, RequestKind, Verification
    from governance.rights.requests import Asked, open_request
    from governance.vocabulary import SubjectKind
    from memstore.forget.erasure.decision import approve_erasure, read_erasure
    from memstore.forget.erasure.saga import run_erasure
    from memstore.rights.verify_request import verify_request

    _remember(ours, user_id, size)
    first, second = (_officer(ours) for _ in range(2))
    opened = open_request(
        caller=first, subject_kind=SubjectKind.USER, external_id=user_id, asked=Asked(RequestKind.ERASURE)
    )
    verify_request(caller=first, request_id=opened.request.id, method=Verification.IN_PERSON)
    plan = read_erasure(caller=first, request_id=opened.request.id)
    erasure_id = _erasure_of(ours, opened.request.id)
    start = time.perf_counter()
    approve_erasure(caller=second, request_id=opened.request.id, digest=plan.digest)
    run_erasure(erasure_id=erasure_id, tenant_id=ours.caller().tenant_id, until=ErasureStep.SHRED)
    shredded = time.perf_counter() - start
    run_erasure(erasure_id=erasure_id, tenant_id=ours.caller().tenant_id, until=ErasureStep.DELETE)
    ended = time.perf_counter() - start
    say(f"   {size:,} memories: shredded after {shredded * 1e3:.0f} ms, deleted after {ended * 1e3:.0f} ms")
    return shredded, ended


def _asked(ours: Ours, times: int) -> tuple[list[float], list[float]]:
    """Return the seconds to open an access request of a known and of an unknown person, in turns."""
    from governance.models import RequestKind
    from governance.rights.requests import Asked, open_request
    from governance.vocabulary import SubjectKind

    known: list[float] = []
    unknown: list[float] = []
    officer, asked = _officer(ours), Asked(RequestKind.ACCESS)
    for turn in range(times):
        _remember(ours, f"known-{turn}", 1)
        for user_id, seconds in ((f"known-{turn}", known), (f"unknown-{turn}", unknown)):
            start = time.perf_counter()
            open_request(caller=officer, subject_kind=SubjectKind.USER, external_id=user_id, asked=asked)
            seconds.append(time.perf_counter() - start)
    return known, unknown


def _remember(ours: Ours, user_id: str, size: int) -> None:
    from memstore.records.scope_ids import ScopeIds
    from memstore.records.source import Message
    from memstore.remember.remember import remember

    for begin in range(0, size, 1_000):
        said = [Message(role="user", content=f"thing number {n}") for n in range(begin, min(begin + 1_000, size))]
        remember(caller=ours.caller(), scope=ScopeIds(user_id=user_id), messages=said, infer=False)


def _officer(ours: Ours) -> Caller:
    """Return a data protection officer who has just stepped up."""
    from governance.context import Caller
    from governance.ids import uuid7
    from governance.policy.decide import Principal
    from governance.policy.roles import ROLE_CAPABILITIES
    from governance.vocabulary import Role

    return Caller(
        Principal(
            id=uuid4(),
            tenant_id=ours.caller().tenant_id,
            role=Role.DPO,
            capabilities=ROLE_CAPABILITIES[Role.DPO],
            purposes=ours.caller().principal.purposes,
            default_purpose=None,
            stepped_up_until=datetime.now(UTC) + timedelta(minutes=5),
        ),
        uuid7(),
    )


def _erasure_of(ours: Ours, request_id: UUID) -> UUID:
    from governance.models import Erasure
    from governance.tenancy.tenant_context import tenant_context

    with tenant_context(ours.caller().tenant_id):
        return Erasure.objects.values_list("id", flat=True).get(request_id=request_id)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
