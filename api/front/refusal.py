"""Answers that the front gives by itself, in the service's one shape of an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import JsonResponse

from api.web.errors import error_response

if TYPE_CHECKING:
    from uuid import UUID

Headers = list[tuple[bytes, bytes]]
RETRY_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status, headers as they are sent, and the body."""

    status: int
    headers: Headers
    body: bytes


class Refusal(Exception):
    """A request that is refused.

    `closes`: what the client sends after it on this connection is not read as a request.
    """

    def __init__(self, status: int, code: str, words: str, *, closes: bool) -> None:
        super().__init__(words)
        self.status = status
        self.code = code
        self.words = words
        self.closes = closes


def unavailable(words: str, *, closes: bool = False) -> Refusal:
    """Return a refusal 503, answered with Retry-After: there is no room now."""
    return Refusal(503, "busy", words, closes=closes)


def of_refusal(refusal: Refusal, number: UUID) -> Answer:
    """Return the answer to a request that was refused."""
    headers = {}
    if refusal.closes:
        headers["Connection"] = "close"
    if refusal.status == 503:  # noqa: PLR2004 - RFC 9110, 15.6.4
        headers["Retry-After"] = str(RETRY_SECONDS)
    return _sent(error_response(refusal.status, refusal.code, refusal.words, number, headers=headers), number)


def alive(number: UUID) -> Answer:
    """Return the answer of /healthz: this process takes requests and answers them."""
    return _sent(JsonResponse({"status": "ok"}), number)


def failed(number: UUID) -> Answer:
    """Return the answer (500) when the application raised an exception instead of answering."""
    words = "Something failed on our side. Nothing was returned."
    return _sent(error_response(500, "server_error", words, number), number)


def _sent(response: JsonResponse, number: UUID) -> Answer:
    response["X-Request-ID"] = str(number)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Length"] = str(len(response.content))
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    return Answer(response.status_code, headers, response.content)
