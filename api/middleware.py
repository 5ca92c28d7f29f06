"""Around every request: an id, the body limit, one log line with the route's template (never the path)."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from api.errors import error_response
from api.methods import known
from api.metrics import count_request
from api.origin import client_address
from governance.ids import uuid7
from governance.origin import coming_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

log = logging.getLogger("api.request")
HEADER, OTHER_HEADER = "X-Request-ID", "X-Correlation-ID"
MAX_DROPPED_BYTES = 128 * 2**20
PIECE_BYTES = 64 * 1024


def request_id(request: HttpRequest) -> UUID:
    """The id that joins the answer, the log line and the audit events.

    A client's own (X-Request-ID, or X-Correlation-ID without one) counts if it is a UUID.
    """
    marked = getattr(request, "memstore_request_id", None)
    if isinstance(marked, UUID):
        return marked
    try:
        made = UUID(request.headers.get(HEADER) or request.headers.get(OTHER_HEADER, ""))
    except ValueError:
        made = uuid7()
    request.memstore_request_id = made  # type: ignore[attr-defined]  # our own mark on Django's request
    return made


class RequestRecord:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        number = request_id(request)
        with coming_from(client_address(request)):
            response = _too_large(request) or self._get_response(request)
        response[HEADER] = str(number)
        match, seconds = request.resolver_match, time.perf_counter() - started
        count_request(request, response.status_code, seconds)
        log.info(
            "request",
            extra={
                "fields": {
                    "method": known(request.method),
                    "route": match.route if match else None,
                    "status": response.status_code,
                    "ms": round(seconds * 1000, 1),
                    "request_id": str(number),
                }
            },
        )
        return response


def _too_large(request: HttpRequest) -> HttpResponse | None:
    """Refuse by the announced length, or for want of one.

    The body is read and dropped, piece by piece: a client that is still sending would see a broken connection
    instead of the answer.
    """
    limit = settings.MEMSTORE_MAX_BODY_BYTES
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        _drop_body(request, MAX_DROPPED_BYTES)
        return error_response(411, "length_required", "Send the body with a Content-Length.", request_id(request))
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length <= limit:
        return None
    _drop_body(request, length)
    return error_response(413, "payload_too_large", f"The body may have at most {limit} bytes.", request_id(request))


def _drop_body(request: HttpRequest, length: int) -> None:
    stream, left = request.META.get("wsgi.input"), min(length, MAX_DROPPED_BYTES)
    while stream is not None and left > 0 and (piece := stream.read(min(PIECE_BYTES, left))):
        left -= len(piece)
