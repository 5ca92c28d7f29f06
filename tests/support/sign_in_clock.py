"""Timing of the sign-in: `python -m pytest tests/support/sign_in_clock.py -s`. Not part of the suite.

Two thousand probes of each kind, in a random order, from a fresh address each round. Passwords are hashed with a work
factor of 16 instead of 16,384 meanwhile, so that the hash does not drown what differs: that is harder to pass.
"""

from __future__ import annotations

import math
import random
import time
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import pytest

from governance.access import sessions
from governance.access.sessions import sign_in
from governance.errors import AccessRefused
from tests.support.cast import DATABASES, Organisation
from tests.support.enrolling import enrolled

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ROUNDS, WARM_UP = 2_000, 50


def test_nobody_tells_by_the_clock_who_works_here(
    bank: Organisation, outsider: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(bank)
    probes = {
        "existing": (bank.tenant.slug, "nina"),
        "missing": (bank.tenant.slug, "nora"),
        "other tenant": (outsider.tenant.slug, "nina"),
        "no tenant": ("nowhere", "nina"),
    }
    seconds: dict[str, list[float]] = {kind: [] for kind in probes}
    for number in range(ROUNDS + WARM_UP):
        for kind in random.sample(list(probes), len(probes)):
            tenant, username = probes[kind]
            begun = time.perf_counter()
            with pytest.raises(AccessRefused):
                sign_in(tenant=tenant, username=username, password="wrong", code="000000", address=f"round {number}")
            if number >= WARM_UP:
                seconds[kind].append(time.perf_counter() - begun)
    sessions._nobodys_password.cache_clear()
    for kind in [*probes][1:]:
        area, half = auc(seconds["existing"], seconds[kind])
        print(f"existing against {kind}: AUC {area:.3f} ± {half:.3f} ({ROUNDS} probes each)")  # noqa: T201
        assert area - half > 0.45
        assert area + half < 0.55


def auc(some: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Return the chance that one of `some` exceeds one of `others`, and half its 95% interval (Hanley, McNeil 1982)."""
    ordered = sorted(others)
    area = sum((bisect_left(ordered, one) + bisect_right(ordered, one)) / 2 for one in some) / len(some) / len(others)
    first, second = area / (2 - area), 2 * area * area / (1 + area)
    spread = (len(some) - 1) * (first - area * area) + (len(others) - 1) * (second - area * area)
    return area, 1.96 * math.sqrt((area * (1 - area) + spread) / (len(some) * len(others)))
