"""Rate limits: requests a minute of each API key, and attempts of clients that are not authenticated.

They come before policy and audit, so that a flood costs neither. Requests of a key are counted by each process for its
share, which costs nothing; attempts to be let in are counted for all processes together (ADR 29).
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from rest_framework.exceptions import Throttled
from rest_framework.throttling import BaseThrottle

from api.web.client_address import client_address, one_line
from governance.access.attempts_by_address import count_attempt
from governance.policy.decide import Principal

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request
    from rest_framework.views import APIView


MINUTE = 60
UNKNOWN_PER_MINUTE = 60
WRONG_KEYS_PER_MINUTE = 60
SITTING_PER_MINUTE = 120


class KeyThrottled(Throttled):
    """The answer 429, with the headers that Mem0's client reads."""

    def __init__(self, wait: float, limit_headers: dict[str, str]) -> None:
        super().__init__(wait=wait)
        self.limit_headers = limit_headers


class KeyThrottle(BaseThrottle):
    """The throttle of authenticated requests, counted in MEMSTORE_RATE_LIMIT_STORE.

    By default each web process counts on its own, so each gets its share of the limit.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        if isinstance(request.user, Principal):
            spend(request.user)
        return True


def spend(principal: Principal) -> None:
    """Count one request of this key. Raises KeyThrottled when its minute is used up."""
    _spend(str(principal.id), *_limiter())


def spend_unknown(request: Request) -> None:
    """Count one attempt to sign in or to claim, by address: codes and passwords are not to be tried by the thousand.

    Raises KeyThrottled, DatabaseError.
    """
    spend_address(request._request)


def spend_address(request: HttpRequest) -> None:
    """Count one attempt like `spend_unknown`, for a page, whose request is Django's own."""
    _spend_anywhere(f"unknown {line_of(request)}", UNKNOWN_PER_MINUTE)


def spend_wrong_key(request: Request) -> None:
    """Count one unknown key, by address. A caller with a valid key is not kept out by what others tried.

    Raises KeyThrottled, DatabaseError.
    """
    _spend_anywhere(f"key {line_of(request._request)}", WRONG_KEYS_PER_MINUTE)


def spend_sitting(principal: Principal) -> None:
    """Count one page of a portal sitting, which slows down programs. Raises KeyThrottled."""
    limiter, _ = _limiter()
    _spend(f"sitting {principal.session_id}", limiter, RateLimitItemPerMinute(SITTING_PER_MINUTE))


def _spend_anywhere(who: str, amount: int) -> None:
    """Count for all processes together: in MEMSTORE_RATE_LIMIT_STORE if that is shared, else in the database.

    Raises KeyThrottled, DatabaseError.
    """
    if not settings.MEMSTORE_RATE_LIMIT_STORE.startswith("memory:"):
        limiter, _ = _limiter()
        _spend(who, limiter, RateLimitItemPerMinute(amount))
        return
    counted = count_attempt(who, window_seconds=MINUTE)
    if counted.n > amount:
        wait = int(counted.seconds_left) + 1
        raise KeyThrottled(
            wait,
            {
                "X-RateLimit-Limit": str(amount),
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": str(int(time.time()) + wait),
            },
        )


def line_of(request: HttpRequest) -> str:
    """Return the client's line (see `one_line`), by which limits and pauses count."""
    return one_line(client_address(request))


def _spend(who: str, limiter: FixedWindowRateLimiter, item: RateLimitItemPerMinute) -> None:
    if limiter.hit(item, who):
        return
    window = limiter.get_window_stats(item, who)
    wait = max(1, int(window.reset_time - time.time()) + 1)
    raise KeyThrottled(
        wait,
        {
            "X-RateLimit-Limit": str(item.amount),
            "X-RateLimit-Remaining": str(window.remaining),
            "X-RateLimit-Reset": str(int(window.reset_time)),
        },
    )


@lru_cache(maxsize=1)
def _limiter() -> tuple[FixedWindowRateLimiter, RateLimitItemPerMinute]:
    store = settings.MEMSTORE_RATE_LIMIT_STORE
    share = settings.MEMSTORE_WEB_WORKERS if store.startswith("memory:") else 1
    amount = max(1, settings.MEMSTORE_RATE_LIMIT_PER_MINUTE // share)
    return FixedWindowRateLimiter(storage_from_string(store)), RateLimitItemPerMinute(amount)
