"""Reading of a body in the event loop: of announced length, within a size, a deadline and the process's share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from api.front.refusal import Refusal, unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from api.front.memory_budget import Holding, Shares
    from api.front.request_head import RequestHead

    Receive = Callable[[], Awaitable[dict[str, Any]]]

LINGER_SECONDS = 2.0
LINGER_BYTES = 16 * 2**20


class Disconnected(Exception):
    """The client disconnected before its request was complete, so there is no one to answer."""


def check_length(head: RequestHead, limit: int) -> None:
    """Refuse a request by its announced length, or for want of one, before its body is read.

    Raises Refusal (411, 413).
    """
    if "transfer-encoding" in head.headers:
        raise Refusal(411, "length_required", "Send the body with a Content-Length.", closes=True)
    if head.length > limit:
        raise Refusal(413, "payload_too_large", f"The body may have at most {limit} bytes.", closes=True)


async def read_body(
    head: RequestHead, receive: Receive, shares: Shares, *, seconds: float
) -> tuple[bytes, Holding | None]:
    """Return the whole body and its holding of `shares` (None for an empty body), which the caller ends with `leave`.

    Raises Refusal (408 after `seconds` or when it has to give way; 503 when there is no room) and Disconnected.
    """
    if not head.length:
        return b"", None
    try:
        async with asyncio.timeout(seconds) as patience:
            loop = asyncio.get_running_loop()
            holding = shares.enter(head.origin, lambda: patience.reschedule(loop.time()))
            try:
                body = await _pieces(head.length, receive, shares, holding)
            except BaseException:  # also a cancelled request gives back its share
                shares.leave(holding)
                raise
    except TimeoutError:
        raise Refusal(408, "request_timeout", "The body did not arrive in time.", closes=True) from None
    shares.keep(holding)
    return body, holding


async def _pieces(length: int, receive: Receive, shares: Shares, holding: Holding) -> bytes:
    pieces: list[bytes] = []
    while length > 0:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        piece: bytes = message.get("body", b"")
        if piece:
            pieces.append(piece)
            length -= len(piece)
            if not shares.add(holding, len(piece)):
                raise unavailable("Too much is being sent at once. Try again in a moment.", closes=True)
        elif not message.get("more_body", False):
            raise Disconnected  # less than was announced
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def drop_rest(receive: Receive) -> None:
    """Read and discard what a refused client still sends, for two seconds and 16 MiB at most.

    Closed at once, the connection would be reset, and the client might never see why (RFC 9112, 9.6).
    """
    left = LINGER_BYTES
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return
