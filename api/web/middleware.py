"""The middleware around every request that Django answers: request id, allowed host, one log line, no caching."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.exceptions import DisallowedHost

from api.web.client_address import client_address
from api.web.errors import error_response
from api.web.request_log import note_request
from governance.context import coming_from
from governance.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

HEADER, OTHER_HEADER = "X-Request-ID", "X-Correlation-ID"
_OF_A_FILE = {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED}


def request_id(request: HttpRequest) -> UUID:
    """Return the id that joins the answer, the log line and the audit events.

    A client's own (X-Request-ID, or X-Correlation-ID without one) counts if it is a UUID.
    """
    marked = getattr(request, "memstore_request_id", None)
    if isinstance(marked, UUID):
        return marked
    made = number_of(request.headers.get(HEADER) or request.headers.get(OTHER_HEADER, ""))
    request.memstore_request_id = made  # type: ignore[attr-defined]  # our own mark on Django's request
    return made


def number_of(text: str) -> UUID:
    """Return the client's own request id, if it is a UUID, else a new one."""
    try:
        return UUID(text)
    except ValueError:
        return uuid7()


class RequestRecord:
    """The outermost middleware: what others answer without a view (files, redirects, refusals) passes it too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer and record one request. Raises nothing: what failed inside is an answer by now."""
        started = time.perf_counter()
        number = request_id(request)
        with coming_from(client_address(request)):
            response = _foreign_host(request) or self._get_response(request)
        response[HEADER] = str(number)
        if not _is_static(request, response):
            response["Cache-Control"] = "no-store"
        match, seconds = request.resolver_match, time.perf_counter() - started
        note_request(
            method=request.method,
            route=match.route if match else None,
            status=response.status_code,
            seconds=seconds,
            number=number,
        )
        return response


def _foreign_host(request: HttpRequest) -> HttpResponse | None:
    """Refuse a request for another host, also where no view would ask for the host."""
    try:
        request.get_host()
    except DisallowedHost:
        return error_response(
            400, "host_not_allowed", "This host name is not served here (MEMSTORE_ALLOWED_HOSTS).", request_id(request)
        )
    return None


def _is_static(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether the response is one of our static files, which hold no personal data."""
    return request.path.startswith(settings.STATIC_URL) and response.status_code in _OF_A_FILE
