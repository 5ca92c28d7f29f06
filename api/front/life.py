"""A process's sign of life for its supervisor: a file that is touched while the loop turns and the lanes move."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from api.front.lanes import Lane

BEAT_SECONDS = 1.0
STUCK_SECONDS = 120.0  # longer than any call of ours may last
RUN_FOLDER = "run"


class Life:
    """ASGI's lifespan of one process."""

    def __init__(self, home: Path, lanes: tuple[Lane, ...]) -> None:
        self._file = home / RUN_FOLDER / f"web.{os.getpid()}"
        self._lanes = lanes

    async def run(
        self, receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        """From the start of the process to its end."""
        await receive()
        beating = asyncio.create_task(self._beat())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        beating.cancel()
        self._file.unlink(missing_ok=True)
        await send({"type": "lifespan.shutdown.complete"})

    async def _beat(self) -> None:
        if not self._file.parent.is_dir():  # nobody watches: the process was started without our supervisor
            return
        while True:
            if all(lane.stuck_seconds() < STUCK_SECONDS for lane in self._lanes):
                self._file.touch(mode=0o600)
            await asyncio.sleep(BEAT_SECONDS)
