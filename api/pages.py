"""What every page of ours for a browser is sent with, so that it runs only what we wrote and is kept by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.shortcuts import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseBase

ResponseT = TypeVar("ResponseT", bound="HttpResponseBase")

# No inline script or style, nothing from elsewhere, in no frame (Content Security Policy Level 3).
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def hardened(response: ResponseT) -> ResponseT:
    """The same response, with the policy, kept in no cache, and telling no other host where it was opened from."""
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: the form did not come from a page of ours, or the browser keeps no cookies."""
    return hardened(render(request, "forged.html", status=403))
