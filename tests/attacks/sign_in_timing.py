"""Timing of the sign-in, which must not tell which names exist. Quick and coarse; the suite compares statements."""

from __future__ import annotations

import time
from itertools import product
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.attacks.staff import proofs, sign_in_from
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

ROUNDS, WARM_UP = 12, 6
STRANGER = "127.0.0.77"
TOLERANCE = 0.4  # of twelve against twelve, three standard errors


def attack(target: Target) -> Outcome:
    nobody = f"nobody-{uuid4().hex[:8]}"
    real = proofs(target, "keys", password="wrong password", code="000000")
    kinds = {"real": real, "missing": real | {"username": nobody}, "elsewhere": real | {"tenant": nobody}}
    for body in kinds.values():
        for _ in range(WARM_UP):
            sign_in_from(target, STRANGER, body)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind, body in kinds.items():
            begun = time.perf_counter()
            sign_in_from(target, STRANGER, body)
            times[kind].append(time.perf_counter() - begun)
    found = {kind: _auc(times["real"], times[kind]) for kind in ("missing", "elsewhere")}
    medians = ", ".join(f"{kind} {1_000 * sorted(some)[len(some) // 2]:.0f} ms" for kind, some in times.items())
    told = ", ".join(f"AUC against {kind} {auc:.2f}" for kind, auc in found.items())
    return Outcome(held=all(abs(auc - 0.5) <= TOLERANCE for auc in found.values()), seen=f"{told}; medians: {medians}")


def _auc(some: list[float], others: list[float]) -> float:
    """Return the chance that one of `some` is larger than one of `others`: 0.5 when they cannot be told apart."""
    pairs = list(product(some, others))
    return sum((one > other) + 0.5 * (one == other) for one, other in pairs) / len(pairs)
