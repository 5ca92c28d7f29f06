"""The cookie of a sitting: the token that `governance.portal.sittings.open_portal` gave, out of reach of scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from api.middleware import request_id
from governance.portal.sittings import find_sitting

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.portal.sittings import Opened, Sitting

MAX_TOKEN_CHARS = 200


def sitting_of(request: HttpRequest) -> Sitting | None:
    """Whose browser it is, or None when nobody sits there any more."""
    token = request.COOKIES.get(_name(), "")[:MAX_TOKEN_CHARS]
    return find_sitting(presented=token, request_id=request_id(request)) if token else None


def keep(response: HttpResponse, opened: Opened) -> None:
    """Sent back with links from elsewhere too (Lax): nothing is ever changed by a GET."""
    response.set_cookie(
        _name(),
        opened.token,
        expires=opened.expires_at,
        path="/",
        secure=settings.SECURE_SSL_REDIRECT,
        httponly=True,
        samesite="Lax",
    )


def drop(response: HttpResponse) -> None:
    response.delete_cookie(_name(), path="/", samesite="Lax")


def _name() -> str:
    """With https, under a name that only this host can set (RFC 6265bis, 4.1.3.2)."""
    return "__Host-memstore-portal" if settings.SECURE_SSL_REDIRECT else "memstore-portal"
