"""The ASGI application that granian serves: the front, and behind it Django.

An application beside Django (an MCP endpoint, say) is one more branch here and passes the checks of a `Door` as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from api.front.admission import Door, Limits
from api.front.lifespan import Life
from api.wsgi import application as django

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BYTES_IN = 64 * 2**20
_doors: list[Door] = []


def _door() -> Door:
    """Return the `Door` of this process, made on first use in its event loop."""
    if not _doors:
        largest = settings.MEMSTORE_MAX_BODY_BYTES
        limits = Limits(
            body_bytes=largest,
            body_seconds=settings.MEMSTORE_BODY_SECONDS,
            bytes_in=max(BYTES_IN, 4 * largest),  # one client may send two of the largest at once
        )
        _doors.append(Door(django, limits))
    return _doors[0]


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Serve ASGI 3: `lifespan` and `http`; scopes of any other type are ignored."""
    if scope["type"] == "lifespan":
        door = _door()
        await Life((door.people, door.operators)).run(receive, send)
    elif scope["type"] == "http":
        await _door()(scope, receive, send)
