"""The lifespan of a web process and its sign of life, given while its event loop turns and its lanes move."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from api.front.unresponsive_peers import end_deaf_connections
from api.liveness import of_this_web_process, show, take_back

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from api.front.thread_queue import Lane

BEAT_SECONDS = 1.0
DEAF_SECONDS = 30.0
STUCK_SECONDS = 120.0  # longer than any call of ours may last


class Life:
    """The ASGI lifespan of one process."""

    def __init__(self, lanes: tuple[Lane, ...]) -> None:
        self._lanes = lanes

    async def run(
        self, receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        """Run from the start of the process to its end."""
        await receive()
        beating = asyncio.create_task(self._beat())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        beating.cancel()
        take_back(of_this_web_process())
        await send({"type": "lifespan.shutdown.complete"})

    async def _beat(self) -> None:
        listens = 0  # the server does so only after it was told that we are ready
        while True:
            listens = listens or end_deaf_connections(DEAF_SECONDS)
            if all(lane.stuck_seconds() < STUCK_SECONDS for lane in self._lanes):
                show(of_this_web_process())
            await asyncio.sleep(BEAT_SECONDS)
