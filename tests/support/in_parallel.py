"""Several callers of one thing at the same moment, each in a thread with connections of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def at_once(n: int, do: Callable[[], T]) -> list[T]:
    """Return the results of `n` simultaneous calls, in the order in which they were submitted.

    Raises what one raised.
    """
    barrier = Barrier(n)

    def one() -> T:
        barrier.wait()
        try:
            return do()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(n) as pool:
        return [call.result() for call in [pool.submit(one) for _ in range(n)]]
