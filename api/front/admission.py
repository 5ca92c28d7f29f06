"""Admission of a request, in this order.

1 host   2 /healthz, without a thread   3 announced length   4 body, within its deadline and share   5 a place in line
6 Django in a thread   7 the answer, as fast as its reader takes it, without a thread
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from api.front.body_reading import Disconnected, check_length, drop_rest, read_body
from api.front.django_call import call, environ_of
from api.front.memory_budget import Shares
from api.front.refusal import Refusal, alive, failed, of_refusal
from api.front.request_head import read_head
from api.front.thread_queue import Lane
from api.web.request_log import note_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from api.front.body_reading import Receive
    from api.front.refusal import Answer, Headers
    from api.front.request_head import RequestHead, Scope
    from api.front.thread_queue import Turn

    Send = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)
PIECE_BYTES = 64 * 1024
# The operator's pages have a thread of their own: they answer also when every other one is taken.
OPERATORS = frozenset({"/readyz", "/metrics"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one process.

    `bytes_in` counts bodies that arrive, `bytes_out` answers not yet taken by their readers.
    """

    body_bytes: int
    body_seconds: float
    threads: int = 4
    waiting: int = 512
    streams: int = 3
    readers: int = 1024
    bytes_in: int = 64 * 2**20
    bytes_out: int = 64 * 2**20
    piece_seconds: float = 30.0


class Door:
    """An ASGI 3 application before a WSGI one. There is one for each process, made in its event loop."""

    def __init__(self, application: Callable[..., Iterable[bytes]], limits: Limits) -> None:
        self._application, self._limits = application, limits
        self._incoming = Shares(holdings=limits.readers, octets=limits.bytes_in)
        self._outgoing = Shares(holdings=limits.readers, octets=limits.bytes_out)
        self.people = Lane("answer", threads=limits.threads, waiting=limits.waiting, streams=limits.streams)
        self.operators = Lane("operator", threads=1, waiting=16)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        started = time.perf_counter()
        head = read_head(scope)
        try:
            if head.path == "/healthz" and head.method in {"GET", "HEAD"}:
                _check_host(head)
                answer = alive(head.number)
                await self._deliver(answer, head, send)
                _note(head, "healthz", answer.status, started)
                return
            await self._admit(head, receive, send)
        except Disconnected:
            return
        except Refusal as refusal:
            answer = of_refusal(refusal, head.number)
            await self._deliver(answer, head, send)
            _note(head, None, answer.status, started)
            if refusal.closes:
                await drop_rest(receive)

    async def _admit(self, head: RequestHead, receive: Receive, send: Send) -> None:
        _check_host(head)
        check_length(head, self._limits.body_bytes)
        body, holding = await read_body(head, receive, self._incoming, seconds=self._limits.body_seconds)
        try:
            lane = self.operators if head.path in OPERATORS else self.people
            turn = await lane.enter(head.origin)
            try:
                answer = await self._ask(head, body, lane, turn, send)
            finally:
                turn.end()
        finally:
            if holding is not None:
                self._incoming.leave(holding)
        if answer is not None:
            await self._deliver(answer, head, send)

    async def _ask(self, head: RequestHead, body: bytes, lane: Lane, turn: Turn, send: Send) -> Answer | None:
        """Return Django's answer; None when it was streamed already, or its reader took nothing."""
        loop = asyncio.get_running_loop()
        begun: list[int] = []

        def wait_for(sending: Awaitable[None]) -> None:
            asyncio.run_coroutine_threadsafe(self._in_time(sending), loop).result()

        def begin(status: int, headers: Headers) -> None:
            begun.append(status)
            loop.call_soon_threadsafe(turn.become_stream)
            wait_for(send({"type": "http.response.start", "status": status, "headers": headers}))

        def push(piece: bytes) -> None:
            wait_for(send({"type": "http.response.body", "body": piece, "more_body": True}))

        work = partial(call, self._application, environ_of(head, body), begin, push)
        try:
            answer = await loop.run_in_executor(lane.pool, work)
        except TimeoutError:  # a reader that takes nothing: its connection ends where it is
            log.info("reader_gone", extra={"fields": {"request_id": str(head.number)}})
            return None
        except Exception as error:  # whatever Django lets through is answered, and logged
            log.exception("unforeseen", exc_info=error, extra={"fields": {"request_id": str(head.number)}})
            return None if begun else failed(head.number)
        if begun:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        return answer

    async def _deliver(self, answer: Answer, head: RequestHead, send: Send) -> None:
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        body = b"" if head.method == "HEAD" else answer.body
        if len(body) <= PIECE_BYTES:
            await send({"type": "http.response.body", "body": body})
            return
        try:
            async with asyncio.timeout(None) as patience:
                loop = asyncio.get_running_loop()
                holding = self._outgoing.enter(head.origin, lambda: patience.reschedule(loop.time()))
                try:
                    self._outgoing.add(holding, len(body))  # others give way; this one goes out however long it is
                    for begin in range(0, len(body), PIECE_BYTES):
                        piece, more = body[begin : begin + PIECE_BYTES], begin + PIECE_BYTES < len(body)
                        await self._in_time(send({"type": "http.response.body", "body": piece, "more_body": more}))
                finally:
                    self._outgoing.leave(holding)
        except TimeoutError:
            log.info("reader_gone", extra={"fields": {"request_id": str(head.number)}})

    async def _in_time(self, sending: Awaitable[None]) -> None:
        async with asyncio.timeout(self._limits.piece_seconds):
            await sending


def _check_host(head: RequestHead) -> None:
    if not _is_allowed(head.headers.get("host", ""), tuple(settings.ALLOWED_HOSTS)):
        words = "This host name is not served here (MEMSTORE_ALLOWED_HOSTS)."
        raise Refusal(400, "host_not_allowed", words, closes=True)


@lru_cache(maxsize=64)
def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Return whether Django's own rule allows `host`. A malformed, doubled or missing one is not (RFC 9112, 3.2)."""
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _note(head: RequestHead, route: str | None, status: int, started: float) -> None:
    note_request(
        method=head.method, route=route, status=status, seconds=time.perf_counter() - started, number=head.number
    )
