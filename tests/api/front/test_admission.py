"""Admission of requests: which are let in, and which are refused before a thread is taken."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from api.front import body_reading as body_module
from api.front.admission import Limits
from tests.api.front.asked import LIMITS, Asked, answering, ask, door, scope

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator


@pytest.fixture(autouse=True)
def _no_lingering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "LINGER_SECONDS", 0.01)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def sized(length: int, **more: Any) -> dict[str, Any]:
    return scope(headers=[("content-length", str(length))], **more)


def held(release: threading.Event) -> Callable[..., Iterable[bytes]]:
    """An application whose threads are taken until `release`."""

    def application(environ: dict[str, Any], start_response: Callable[..., None]) -> Iterable[bytes]:
        release.wait(5)
        return answering()(environ, start_response)

    return application


def test_a_whole_request_reaches_django_and_its_answer_the_client() -> None:
    async def test() -> None:
        asked = await ask(door(), sized(6), Asked([b"abc", b"def"]))
        assert (asked.status, asked.body) == (200, b"fineabcdef")

    run(test())


@pytest.mark.parametrize(
    ("described", "status", "code"),
    [
        (sized(1001), 413, "payload_too_large"),
        (sized(2**62), 413, "payload_too_large"),
        (scope(headers=[("transfer-encoding", "chunked")]), 411, "length_required"),
        (scope(headers=[("transfer-encoding", "gzip, chunked"), ("content-length", "3")]), 411, "length_required"),
    ],
)
def test_a_body_too_long_or_of_unknown_length_is_refused_unread(
    described: dict[str, Any], status: int, code: str
) -> None:
    class Unread(Asked):
        async def receive(self) -> dict[str, Any]:
            assert self.done.is_set(), "read before it was refused"
            return await super().receive()

    async def test() -> None:
        asked = await ask(door(), described, Unread([b"x" * 10] * 9))
        assert (asked.status, asked.code, asked.headers["connection"]) == (status, code, "close")
        assert asked.taken  # what is on its way is dropped, so that the client sees why

    run(test())


@pytest.mark.parametrize("pieces", [[], [b"a"], [b"a"] * 40])
def test_a_body_that_does_not_come_in_time_is_refused(pieces: list[bytes]) -> None:
    async def test() -> None:
        asked = await ask(door(), sized(41), Asked(pieces))
        assert (asked.status, asked.code, asked.headers["connection"]) == (408, "request_timeout", "close")

    run(test())


def test_the_deadline_is_of_the_whole_body_and_not_of_a_piece() -> None:
    class Dribbling(Asked):
        async def receive(self) -> dict[str, Any]:
            await asyncio.sleep(0.05)
            return {"type": "http.request", "body": b"x", "more_body": True}

    async def test() -> None:
        assert (await ask(door(), sized(500), Dribbling())).status == 408

    run(test())


def test_who_hangs_up_in_the_middle_is_not_answered() -> None:
    async def test() -> None:
        asked = await ask(door(), sized(10), Asked([b"abc"], hangs_up=True))
        assert asked.messages == []

    run(test())


@pytest.mark.parametrize("n_silent", [8, 50])
def test_silent_connections_give_way_to_whole_requests(n_silent: int) -> None:
    async def test() -> None:
        front, silent = door(limits=Limits(1000, 60, readers=8)), [Asked() for _ in range(n_silent)]
        waiting = [asyncio.create_task(front(sized(9), one.receive, one.send)) for one in silent]
        await asyncio.sleep(0)
        asked = await ask(front, sized(3), Asked([b"abc"]))
        assert asked.status == 200
        await asyncio.sleep(0.05)
        assert sum(one.status == 408 for one in silent) >= n_silent - 4  # one client has half of the places
        assert [one.status for one in silent[-3:]] == [0, 0, 0]  # who came last has waited least
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    run(test())


def test_one_client_does_not_use_up_the_memory_of_all() -> None:
    async def test() -> None:
        front = door(limits=Limits(1000, 60, readers=100, bytes_in=4000))
        greedy = [Asked([b"x" * 900]) for _ in range(10)]
        tasks = [asyncio.create_task(front(sized(1000, client="192.0.2.9"), one.receive, one.send)) for one in greedy]
        await asyncio.sleep(0.05)
        assert front._incoming.octets <= 2000
        assert (await ask(front, sized(900), Asked([b"y" * 900]))).status == 200
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert front._incoming.octets == 0

    run(test())


def test_what_is_answered_holds_nothing_any_more() -> None:
    async def test() -> None:
        front = door()
        for _ in range(20):
            assert (await ask(front, sized(900), Asked([b"x" * 900]))).status == 200
        assert front._incoming.octets == front._outgoing.octets == 0

    run(test())


def test_health_answers_when_every_thread_is_taken_and_the_line_is_bounded() -> None:
    async def test() -> None:
        release = threading.Event()
        front = door(held(release))
        others = [asyncio.create_task(ask(front, scope("GET", client=f"192.0.2.{n}"))) for n in range(6)]
        await asyncio.sleep(0.05)
        alive = await ask(front, scope("GET", "/healthz"))
        refused = await ask(front, scope("GET"))
        assert (alive.status, alive.body) == (200, b'{"status": "ok"}')
        assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "busy", "2")
        release.set()
        assert [asked.status for asked in await asyncio.gather(*others)] == [200] * 6

    run(test())


def test_the_operators_pages_have_a_thread_of_their_own() -> None:
    async def test() -> None:
        release = threading.Event()

        def application(environ: dict[str, Any], start_response: Callable[..., None]) -> Iterable[bytes]:
            busy = held(release) if environ["PATH_INFO"] == "/v1/ping/" else answering()
            return busy(environ, start_response)

        front = door(application)
        others = [asyncio.create_task(ask(front, scope("GET", client=f"192.0.2.{n}"))) for n in range(6)]
        await asyncio.sleep(0.05)
        assert [(await ask(front, scope("GET", path))).status for path in ("/readyz", "/metrics")] == [200, 200]
        release.set()
        await asyncio.gather(*others)

    run(test())


def test_one_client_does_not_fill_the_line() -> None:
    async def test() -> None:
        release = threading.Event()
        front = door(held(release))
        greedy = [asyncio.create_task(ask(front, scope("GET", client="192.0.2.9"))) for _ in range(9)]
        await asyncio.sleep(0.05)
        other = asyncio.create_task(ask(front, scope("GET")))
        await asyncio.sleep(0.05)
        release.set()
        assert (await other).status == 200
        statuses = sorted([(await one).status for one in greedy])
        assert statuses == [200] * 5 + [503] * 4

    run(test())


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/x.css", "/console/", "/v1/ping/", "/nowhere"])
@pytest.mark.parametrize("host", ["evil.example", "", None, "localhost, evil.example", "a b", "localhost:x", "[::1"])
def test_a_foreign_or_malformed_host_is_refused_on_every_path(path: str, host: str | None) -> None:
    async def test() -> None:
        asked = await ask(door(), scope("GET", path, host=host))
        assert (asked.status, asked.code) == (400, "host_not_allowed")
        assert (await ask(door(), sized(10**9, path=path, host=host))).status == 400

    run(test())


def test_two_hosts_are_none() -> None:
    async def test() -> None:
        asked = await ask(door(), scope("GET", headers=[("host", "localhost")], host="localhost"))
        assert asked.status == 400

    run(test())


def test_a_reader_of_a_long_answer_takes_no_thread_and_is_left_in_the_end() -> None:
    async def test() -> None:
        limits = Limits(1000, 1, threads=1, waiting=4, streams=0, piece_seconds=0.1)
        front = door(answering(b"x" * 200_000), limits)
        slow = Asked(reads=asyncio.Event())
        reading = asyncio.create_task(front(scope("GET"), slow.receive, slow.send))
        await asyncio.sleep(0.02)
        assert len((await ask(front, scope("GET"))).body) == 200_000
        async with asyncio.timeout(1):
            await reading  # given up after its time
        assert slow.body == b""

    run(test())


def test_answers_that_nobody_takes_are_bounded_and_a_long_one_goes_out() -> None:
    async def test() -> None:
        front = door(answering(b"x" * 200_000), Limits(1000, 1, readers=100, bytes_out=400_000, piece_seconds=30))
        deaf = [Asked(reads=asyncio.Event()) for _ in range(10)]
        tasks = [asyncio.create_task(front(scope("GET"), one.receive, one.send)) for one in deaf]
        await asyncio.sleep(0.3)
        assert front._outgoing.octets <= 200_000  # the newest of this client; the others gave way
        assert len((await ask(front, scope("GET", client="192.0.2.7"))).body) == 200_000
        alone = door(answering(b"x" * 900_000), Limits(1000, 1, bytes_out=400_000))
        assert len((await ask(alone, scope("GET"))).body) == 900_000
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(test())


def streaming(pieces: Iterator[bytes]) -> Callable[..., Iterable[bytes]]:
    def application(
        environ: dict[str, Any], start_response: Callable[..., None]
    ) -> HttpResponse | StreamingHttpResponse:
        long = environ["PATH_INFO"] == "/copy"
        start_response("200 OK", [])
        return StreamingHttpResponse(pieces) if long else HttpResponse(b"short")

    return application


def test_a_stream_goes_out_as_it_is_made_and_keeps_nobody_from_being_answered() -> None:
    made: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            made.append(threading.get_ident())
            yield b"%d," % number

    async def test() -> None:
        front = door(streaming(pieces()), Limits(1000, 1, threads=1, waiting=2, streams=1))
        slow = Asked(reads=asyncio.Event())
        reading = asyncio.create_task(ask(front, scope("GET", "/copy"), slow))
        await asyncio.sleep(0.05)
        assert len(made) <= 1  # no further than its reader
        assert (await ask(front, scope("GET"))).body == b"short"
        assert slow.reads
        slow.reads.set()
        assert (await reading).body == b"".join(b"%d," % number for number in range(100))
        assert len(set(made)) == 1  # one thread, which has the stream's connections

    run(test())


def test_a_stream_whose_reader_takes_nothing_is_ended() -> None:
    ended: list[bool] = []

    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
        finally:
            ended.append(True)

    async def test() -> None:
        front = door(streaming(pieces()), Limits(1000, 1, threads=1, waiting=2, streams=1, piece_seconds=0.05))
        await ask(front, scope("GET", "/copy"), Asked(reads=asyncio.Event()))
        assert ended == [True]
        assert (await ask(front, scope("GET"))).body == b"short"

    run(test())


def test_an_application_that_fails_is_an_answer() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., None]) -> Iterable[bytes]:
        raise KeyError("secret")

    async def test() -> None:
        asked = await ask(door(application), scope("GET"))
        assert (asked.status, asked.code) == (500, "server_error")
        assert b"secret" not in asked.body

    run(test())


def test_a_head_request_has_no_body() -> None:
    async def test() -> None:
        for path in ("/healthz", "/v1/ping/"):
            assert (await ask(door(limits=LIMITS), scope("HEAD", path))).body == b""

    run(test())
