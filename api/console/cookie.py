"""The session of the browser: its cookie holds the token that `governance.access.sessions.sign_in` gave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from api.web.middleware import request_id
from api.web.pages import TokenCookie
from governance.access.sessions import keep_awake, session_principal
from governance.context import Caller
from governance.policy.decide import AccessRequest, Allowed, decide
from governance.vocabulary import Action

if TYPE_CHECKING:
    from django.http import HttpRequest

SESSION = TokenCookie("memstore")


def idle() -> timedelta:
    return timedelta(minutes=settings.MEMSTORE_CONSOLE_IDLE_MINUTES)


def session_caller(request: HttpRequest) -> Caller | None:
    """Return the caller signed in with this browser, or None without a live session. Each use prolongs it."""
    token = SESSION.read(request)
    principal = session_principal(token) if token else None
    if principal is None:
        return None
    if not isinstance(decide(AccessRequest(principal, Action.CONNECT, purpose=None), datetime.now(UTC)), Allowed):
        return None
    keep_awake(principal, idle())
    return Caller(principal=principal, request_id=request_id(request))
