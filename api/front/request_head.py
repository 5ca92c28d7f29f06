"""The head of a request: its line and headers, as they came, before any of its body is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from api.web.client_address import address_of, one_line
from api.web.middleware import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

# ASGI names them so: a message is a dict with a `type`.
Scope = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RequestHead:
    """Method, path and headers. `origin` is the client's address, or its /64 in IPv6, for shares and limits."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    peer: str
    origin: str
    number: UUID
    scheme: str
    version: str

    @property
    def length(self) -> int:
        """Return the announced length of the body in bytes. The server refuses what is no number."""
        text = self.headers.get("content-length", "0")
        return int(text) if text.isascii() and text.isdigit() else 0


def read_head(scope: Scope) -> RequestHead:
    """Return the head of one request.

    A header whose name holds an underscore is left out: WSGI and CGI write `X-Forwarded-For` and `X_Forwarded_For` as
    the same variable (RFC 3875, 4.1.18), and only the first is what a proxy has set or cleared.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name:
            continue
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in headers:
            value = f"{headers[name]}{'; ' if name == 'cookie' else ','}{value}"
        headers[name] = value
    peer = str((scope.get("client") or ("",))[0])
    address = address_of(peer, headers.get("x-forwarded-for", ""))
    return RequestHead(
        method=scope["method"],
        path=unquote_to_bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        peer=peer,
        origin=one_line(address),
        number=number_of(headers.get("x-request-id") or headers.get("x-correlation-id") or ""),
        scheme=scope["scheme"],
        version=scope["http_version"],
    )
