"""The cookie of a session: the token that `governance.sessions.sign_in` gave, out of reach of scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from api.middleware import request_id
from governance.guard import Caller
from governance.policy import AccessRequest, Allowed, decide
from governance.sessions import keep_awake, session_principal
from governance.vocabulary import Action

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.sessions import SignedIn

MAX_TOKEN_CHARS = 512


def idle() -> timedelta:
    return timedelta(minutes=settings.MEMSTORE_CONSOLE_IDLE_MINUTES)


def session_caller(request: HttpRequest) -> Caller | None:
    """Who uses this browser, or None when nobody is signed in any more. Using it keeps the session awake."""
    token = request.COOKIES.get(_name(), "")[:MAX_TOKEN_CHARS]
    principal = session_principal(token) if token else None
    if principal is None:
        return None
    if not isinstance(decide(AccessRequest(principal, Action.CONNECT, purpose=None), datetime.now(UTC)), Allowed):
        return None
    keep_awake(principal, idle())
    return Caller(principal=principal, request_id=request_id(request))


def keep(response: HttpResponse, session: SignedIn) -> None:
    """Sent back with links from elsewhere too (Lax): nothing is ever changed by a GET."""
    response.set_cookie(
        _name(),
        session.token,
        expires=session.expires_at,
        path="/",
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def drop(response: HttpResponse) -> None:
    response.delete_cookie(_name(), path="/", samesite="Lax")


def _name() -> str:
    """With https, under a name that only this host can set (RFC 6265bis, 4.1.3.2)."""
    return "__Host-memstore" if settings.CSRF_COOKIE_SECURE else "memstore"
