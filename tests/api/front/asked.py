"""The front in an event loop of a test's own, called as a server would call it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from api.front.admission import Door, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Application = Callable[..., Iterable[bytes]]

LIMITS = Limits(body_bytes=1000, body_seconds=0.2, threads=2, waiting=4, streams=1, readers=8, bytes_in=4000)
SOON = 2.0


@dataclass
class Asked:
    """One request: what is sent of its body, and what came back."""

    pieces: list[bytes] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    taken: int = 0
    hangs_up: bool = False
    reads: asyncio.Event | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> dict[str, Any]:
        if self.pieces:
            piece = self.pieces.pop(0)
            self.taken += len(piece)
            return {"type": "http.request", "body": piece, "more_body": True}
        if not self.hangs_up:
            await asyncio.Event().wait()  # silent for ever
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if self.reads is not None and message["type"] == "http.response.body":
            await self.reads.wait()
        self.messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.done.set()

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"]) if self.messages else 0

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.messages[1:])

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["code"])


def scope(
    method: str = "POST",
    path: str = "/v1/ping/",
    headers: Iterable[tuple[str, str]] = (),
    *,
    host: str | None = "localhost",
    client: str = "192.0.2.1",
) -> dict[str, Any]:
    """Return ASGI's description of a request."""
    named = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": named + ([(b"host", host.encode())] if host is not None else []),
        "client": (client, 1),
        "server": ("127.0.0.1", 8000),
    }


def answering(body: bytes = b"fine", headers: Iterable[tuple[str, str]] = ()) -> Application:
    """Answer at once with what was sent: a WSGI application."""

    def application(environ: dict[str, Any], start_response: Callable[..., None]) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), *headers])
        return iter([body, environ["wsgi.input"].read()])

    return application


def door(application: Application | None = None, limits: Limits = LIMITS) -> Door:
    return Door(application or answering(), limits)


async def ask(of: Door, described: dict[str, Any], asked: Asked | None = None) -> Asked:
    """Make one request to its end, or until the test's patience is over."""
    asked = asked or Asked()
    async with asyncio.timeout(SOON):
        await of(described, asked.receive, asked.send)
    return asked
