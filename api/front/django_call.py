"""The call of Django, in a thread, for the answer to a complete request (PEP 3333)."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.http import FileResponse

from api.front.refusal import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from api.front.refusal import Headers
    from api.front.request_head import RequestHead

    # A stream hands over its head once, then its pieces; each call returns when the reader has taken it.
    Begin = Callable[[int, Headers], None]
    Push = Callable[[bytes], None]

# An answer of known length up to this is made whole, and its thread goes on; a longer one goes out as it is made.
WHOLE_BYTES = 4 * 2**20


def environ_of(head: RequestHead, body: bytes) -> dict[str, Any]:
    """Return the variables of WSGI. The body is complete, so CONTENT_LENGTH is its true length."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": head.path,
        "QUERY_STRING": head.query,
        "SERVER_NAME": "memstore",  # Django asks for it only where there is no Host, which the front refuses
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": f"HTTP/{head.version}",
        "REMOTE_ADDR": head.peer,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": head.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in head.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def call(
    application: Callable[..., Iterable[bytes]], environ: dict[str, Any], begin: Begin, push: Push
) -> Answer | None:
    """Return the whole answer, or None when it was handed to `begin` and `push` piece by piece.

    Everything happens in this thread, also what a stream reads while it goes out: database connections belong to a
    thread.
    """
    started: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        sent = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        started.append((int(status[:3]), sent))

    pieces = application(environ, start_response)
    try:
        status, headers = started[-1]
        if environ["REQUEST_METHOD"] == "HEAD":
            return Answer(status, headers, b"")
        if _goes_out_as_it_is_made(pieces, headers):
            begin(status, headers)
            for piece in _taken(pieces):
                push(piece)
            return None
        if isinstance(pieces, FileResponse):
            pieces.block_size = WHOLE_BYTES  # read at once, where 4 KB at a time would cost a thousand rounds
        return Answer(status, headers, b"".join(pieces))
    finally:
        if close := getattr(pieces, "close", None):
            close()  # Django gives the thread's database connections back


def _goes_out_as_it_is_made(pieces: Iterable[bytes], headers: Headers) -> bool:
    if not getattr(pieces, "streaming", False):
        return False
    length = next((int(value) for name, value in headers if name == b"content-length"), None)
    return length is None or length > WHOLE_BYTES


def _taken(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield from (piece for piece in pieces if piece)
