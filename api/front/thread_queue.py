"""A bounded queue before the threads that answer; no client can fill it alone."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from api.front.refusal import unavailable

PART_OF_ONE = 0.75  # how much of the line one client may fill


class Lane:
    """A pool in which `threads` requests are answered at a time and `waiting` queue. Lives in the event loop.

    Up to `streams` answers that go out while they are made run beside these: their threads wait for the reader and keep
    no other request from being answered.
    """

    def __init__(self, name: str, *, threads: int, waiting: int, streams: int = 0) -> None:
        self.pool = ThreadPoolExecutor(threads + streams, thread_name_prefix=name)
        self._free = asyncio.Semaphore(threads)
        self._waiting, self._streams = waiting, streams
        self._line: Counter[str] = Counter()
        self._n_waiting = 0
        self._moved_at = time.monotonic()

    async def enter(self, origin: str) -> Turn:
        """Wait for a thread and return its use.

        Raises Refusal (503) when the queue is full, or the client's part of it.
        """
        if self._free.locked():
            if self._n_waiting >= self._waiting or self._line[origin] >= self._waiting * PART_OF_ONE:
                raise unavailable("Too many requests are waiting. Try again in a moment.")
            self._n_waiting += 1
            self._line[origin] += 1
            try:
                await self._free.acquire()
            finally:
                self._n_waiting -= 1
                self._line[origin] -= 1
                if not self._line[origin]:
                    del self._line[origin]
        else:
            await self._free.acquire()
        return Turn(self)

    def stuck_seconds(self) -> float:
        """Return for how many seconds no request has ended while others wait; 0 when none waits."""
        return time.monotonic() - self._moved_at if self._n_waiting else 0.0

    def _release(self) -> None:
        self._moved_at = time.monotonic()
        self._free.release()

    def _begin_stream(self) -> bool:
        if not self._streams:
            return False
        self._streams -= 1
        return True

    def _end_stream(self) -> None:
        self._streams += 1


class Turn:
    """The use of a thread by one request."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._holds = True
        self._streams = False

    def become_stream(self) -> None:
        """Give the thread's place to the next in the queue, if there is a place for one more stream."""
        if self._holds and self._lane._begin_stream():  # noqa: SLF001 - a lane and its turns are one thing
            self._streams, self._holds = True, False
            self._lane._release()  # noqa: SLF001

    def end(self) -> None:
        """Release the thread or the stream. May be called twice."""
        if self._holds:
            self._lane._release()  # noqa: SLF001
        if self._streams:
            self._lane._end_stream()  # noqa: SLF001
        self._holds = self._streams = False
