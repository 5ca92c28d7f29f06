"""A minute of its own for each test: attempts of an address are counted across a whole process."""

from __future__ import annotations

import pytest
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter


@pytest.fixture(autouse=True)
def _fresh_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = FixedWindowRateLimiter(MemoryStorage()), RateLimitItemPerMinute(1_000)
    monkeypatch.setattr("api.web.throttling._limiter", lambda: limiter)
