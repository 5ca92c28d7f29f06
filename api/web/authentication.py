"""Authentication of API requests: from the headers to a typed principal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission

from api.web.middleware import request_id
from api.web.throttling import spend, spend_wrong_key
from governance.access.authenticate import authenticate
from governance.access.sessions import session_principal
from governance.access.tokens import SESSION_MARK
from governance.context import Caller
from governance.errors import AccessRefused
from governance.guard.authorize import refuse
from governance.guard.unauthenticated import note_refusal
from governance.policy.decide import AccessRequest, Principal, Refused, decide
from governance.vocabulary import Action

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

MAX_HEADER_CHARS = 512


class ApiKeyAuthentication(BaseAuthentication):
    """Authentication by `Authorization: Token <key>`, as Mem0's client sends it, `Bearer <key>` or `X-API-Key`."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        presented = _presented(request)
        if presented is None:
            return None
        principal = session_principal(presented) if presented.startswith(SESSION_MARK) else authenticate(presented)
        if principal is None:
            note_refusal()
            spend_wrong_key(request)
            raise AuthenticationFailed("Invalid API key.")
        _refuse_ended(principal, request)
        return principal, None

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = ApiKeyAuthentication
    name = "ApiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <key>` or `Bearer <key>`: a machine's key, or the token of a person's session. "
            "Or the key alone in X-API-Key.",
        }


class HasPrincipal(BasePermission):
    """The permission of every authenticated caller. What the caller may do is decided by policy, in the use case."""

    message = "An API key is needed: Authorization: Token <key>."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if isinstance(request.user, Principal):
            return True
        note_refusal()
        return False


def caller(request: Request) -> Caller:
    """Return the caller with the purpose of `X-Purpose` (the key's default without it).

    Raises AuthenticationFailed without a principal.
    """
    principal = request.user
    if not isinstance(principal, Principal):
        raise AuthenticationFailed("An API key is needed: Authorization: Token <key>.")
    return Caller(
        principal=principal, request_id=request_id(request._request), purpose=request.headers.get("X-Purpose")
    )


def _refuse_ended(principal: Principal, request: Request) -> None:
    """Refuse a revoked or expired key, also when it asks for what is not there.

    Raises AccessRefused, and KeyThrottled when its minute is used up.
    """
    decision = decide(AccessRequest(principal, Action.CONNECT, purpose=None), datetime.now(UTC))
    if isinstance(decision, Refused):
        spend(principal)  # it may fill the record no faster than a valid key
        refuse(Caller(principal, request_id(request._request)), Action.AUTHENTICATE, decision.reason)
        raise AccessRefused(decision.reason)


def _presented(request: Request) -> str | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in {"token", "bearer"} or not key:
        key = request.headers.get("X-API-Key", "")
    return key.strip()[:MAX_HEADER_CHARS] or None
