"""Pages for a browser, of console and portal: their security headers, their cookies, and errors."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.shortcuts import render
from django.utils.translation import gettext as _

from api.web import errors
from api.web.errors import TABLE

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse, HttpResponseBase

ResponseT = TypeVar("ResponseT", bound="HttpResponseBase")
log = logging.getLogger(__name__)
METHODS = ("GET", "HEAD", "POST")
LAST_PAGE = 10_000
PAGES = ("/console/", "/portal/")
# No inline script or style, nothing from elsewhere, in no frame (Content Security Policy Level 3).
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def hardened(response: ResponseT) -> ResponseT:
    """Return the response with the content security policy, no caching, and a referrer without its path."""
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response["Cache-Control"] = "no-store"
    # Never a path, which may hold a link to the portal. Not no-referrer: forms would be sent with `Origin: null` then
    # (Fetch, 3.2), and be taken for forged ones.
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@dataclass(frozen=True, slots=True)
class TokenCookie:
    """A token that the browser keeps for us, hidden from scripts.

    Sent back with links from elsewhere too (Lax): nothing is ever changed by a GET.
    """

    plain_name: str
    max_chars: int = 512

    @property
    def name(self) -> str:
        """Return the cookie's name; with https one that only this host can set (RFC 6265bis, 4.1.3.2)."""
        return f"__Host-{self.plain_name}" if settings.SECURE_SSL_REDIRECT else self.plain_name

    def read(self, request: HttpRequest) -> str:
        """Return the token; empty without one."""
        return request.COOKIES.get(self.name, "")[: self.max_chars]

    def keep(self, response: HttpResponse, token: str, expires_at: datetime) -> None:
        response.set_cookie(
            self.name,
            token,
            expires=expires_at,
            path="/",
            secure=settings.SECURE_SSL_REDIRECT,
            httponly=True,
            samesite="Lax",
        )

    def drop(self, response: HttpResponse) -> None:
        response.delete_cookie(self.name, path="/", samesite="Lax")


def page_number(request: HttpRequest) -> int:
    """Return the number of `?page=`, 1 to 10,000; 1 for what cannot be read."""
    try:
        return min(max(int(request.GET.get("page", "1")), 1), LAST_PAGE)
    except ValueError:
        return 1


def failure(error: Exception) -> tuple[int, str | None] | None:
    """Return (status, the table's words) of an error in `api.web.errors.TABLE`; None for an unforeseen one."""
    if isinstance(error, TooManyFieldsSent | RequestDataTooBig):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, None
    for kind, status, code, said in TABLE:
        if isinstance(error, kind):
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                log.error("page_failed", exc_info=error, extra={"fields": {"code": code}})
            return status, said or str(error)
    return None


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that came from no page of ours, or without its cookie: CSRF_FAILURE_VIEW."""
    words = _(
        "Nothing was done. Go back, reload the page and send it again. Cookies have to be allowed for this address."
    )
    return _problem(request, 403, _("This form has expired"), words)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 (handler404): a page under the addresses of pages, JSON elsewhere."""
    if not request.path.startswith(PAGES):
        return errors.not_found(request, exception)
    return _problem(request, 404, _("Nothing here"), _("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 (handler500): a page under the addresses of pages, JSON elsewhere."""
    told = errors.server_error(request)
    if not request.path.startswith(PAGES):
        return told
    return _problem(
        request, 500, _("This does not work right now"), _("Something failed on our side. Try again later.")
    )


def _problem(request: HttpRequest, status: int, heading: str, words: str) -> HttpResponse:
    return hardened(render(request, "problem.html", {"heading": heading, "words": words}, status=status))
