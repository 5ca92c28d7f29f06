"""The one table from exceptions to HTTP, and the one shape of an error: detail, error, code, request_id."""

from __future__ import annotations

import logging
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

import psycopg
from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseFailure
from django.http import Http404, JsonResponse
from rest_framework.exceptions import (
    APIException,
    MethodNotAllowed,
    Throttled,
    UnsupportedMediaType,
    ValidationError,
)

from governance.errors import (
    AccessRefused,
    AnchorUnavailable,
    AuditUnavailable,
    FactsMoved,
    IdentityUnproved,
    InvalidChange,
    KeyUnavailable,
    LedgerRefuses,
    LedgerUnavailable,
    NoSuchObject,
    Unopenable,
    WrongRootKey,
)
from governance.vocabulary import ReasonCode
from memstore.errors import Busy, Conflict, ErasureHalted, InvalidInput, MemoryNotFound, ProviderError, TooMuch
from memstore.recall.filter.parse import UnscopedFilter, WildcardScope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.http import HttpRequest
    from rest_framework.response import Response

log = logging.getLogger(__name__)

# The first class that matches decides: (status, code, words for the caller; None means the exception's own).
TABLE: tuple[tuple[type[Exception], int, str, str | None], ...] = (
    (WildcardScope, 400, "wildcard_scope", None),
    (UnscopedFilter, 400, "unscoped", None),
    (Busy, 429, "busy", "Too many heavy calls at a time. Send this one again in a second, or less text in each."),
    (TooMuch, 413, "payload_too_large", None),
    (InvalidInput, 400, "invalid_input", None),
    (FactsMoved, 409, "conflict", "What is known about this person changed meanwhile. Nothing was done."),
    (MemoryNotFound, 404, "memory_not_found", "Memory not found!"),
    (Conflict, 409, "conflict", None),
    (ErasureHalted, 500, "erasure_halted", "The erasure cannot prove what it did, and goes no further."),
    (ProviderError, 502, "provider_failed", "The embedding or language model did not answer as it should."),
    (IdentityUnproved, 502, "identity_provider_failed", "The identity provider did not answer as it should."),
    (KeyUnavailable, 503, "key_unavailable", "A key cannot be had right now. Nothing was read or written."),
    (
        WrongRootKey,
        503,
        "wrong_root_key",
        "The root key does not match the stored keys. Nothing was read or written.",
    ),
    (AuditUnavailable, 503, "audit_unavailable", "The audit trail cannot be written, so nothing was done."),
    (AnchorUnavailable, 503, "anchor_unavailable", "The anchors of the trail cannot be read, so nothing is said."),
    (LedgerUnavailable, 503, "ledger_unavailable", "The protective ledger cannot be reached, so nothing is served."),
    (LedgerRefuses, 503, "ledger_refuses", "The protective ledger does not agree with the databases."),
    (Unopenable, 500, "unopenable", "A stored value is damaged and was not served."),
    (RequestDataTooBig, 413, "payload_too_large", "The body is too large."),
    (Http404, 404, "not_found", "There is nothing at this address."),
    (DatabaseFailure, 503, "database_unavailable", "The database did not answer. Nothing was done."),
    # Recall reads its cards through psycopg itself.
    (psycopg.Error, 503, "database_unavailable", "The database did not answer. Nothing was done."),
)
# The status of a refusal; 403 for a reason that is not listed.
STATUS_OF_REASON = {
    **dict.fromkeys((ReasonCode.KEY_UNKNOWN, ReasonCode.KEY_REVOKED, ReasonCode.KEY_EXPIRED), 401),
    **dict.fromkeys((ReasonCode.SIGN_IN_FAILED, ReasonCode.LOCKED_OUT), 401),
    **dict.fromkeys((ReasonCode.UNSCOPED, ReasonCode.WILDCARD_SCOPE, ReasonCode.UNREADABLE_SCOPE), 400),
    **dict.fromkeys((ReasonCode.INVALID, ReasonCode.ROLE_UNKNOWN, ReasonCode.NOTICE_UNKNOWN), 400),
    **dict.fromkeys((ReasonCode.NOT_CONSENT_BASED, ReasonCode.NOT_OBJECTIONABLE, ReasonCode.NO_CEILING), 400),
    **dict.fromkeys((ReasonCode.NOT_FOUND, ReasonCode.CLAIM_UNKNOWN), 404),
    **dict.fromkeys((ReasonCode.OUT_OF_ORDER, ReasonCode.DUPLICATE, ReasonCode.ALREADY_DECIDED), 409),
    **dict.fromkeys((ReasonCode.PLAN_CHANGED, ReasonCode.REVIEW_OVERDUE), 409),
    **dict.fromkeys((ReasonCode.REQUEST_NOT_OPEN, ReasonCode.ANOTHER_IS_OPEN, ReasonCode.IDENTITY_UNVERIFIED), 409),
    **dict.fromkeys((ReasonCode.DEADLINE_PASSED, ReasonCode.ALREADY_EXTENDED, ReasonCode.CLOCK_NEVER_STOPS), 409),
    **dict.fromkeys((ReasonCode.ALREADY_DESTROYED, ReasonCode.RETAINED_BY_LAW, ReasonCode.KEYS_IN_USE), 409),
    **dict.fromkeys((ReasonCode.APPROVAL_BROKEN, ReasonCode.NOT_ASKED_HERE), 409),
    ReasonCode.LINK_UNKNOWN: 404,
    ReasonCode.CODE_UNKNOWN: 400,
}
# DRF's texts for these repeat the request's own words.
OWN_WORDS: dict[type[APIException], str] = {
    UnsupportedMediaType: "Content-Type: expected application/json.",
    MethodNotAllowed: "This address does not take that method.",
}
REFUSALS = {
    ReasonCode.KEY_UNKNOWN: "Invalid API key.",
    ReasonCode.KEY_REVOKED: "This API key was revoked.",
    ReasonCode.KEY_EXPIRED: "This API key has expired.",
    ReasonCode.CAPABILITY_MISSING: "This API key lacks the capability for this call.",
    ReasonCode.PURPOSE_MISSING: "Name a purpose with X-Purpose: this API key has no default.",
    ReasonCode.PURPOSE_NOT_ALLOWED: "This API key may not act for that purpose, or there is no such purpose.",
    ReasonCode.CONSENT_MISSING: "The purpose rests on consent, and this person has not given it.",
    ReasonCode.PINNED_ELSEWHERE: "This API key is pinned to another subject or agent.",
    ReasonCode.SUBJECT_NOT_ACTIVE: "What is remembered about this person may not be used at present.",
    ReasonCode.DELETION_LIMIT: "This API key has deleted as many people in an hour as it may. Nothing was done.",
    ReasonCode.WILDCARD_SCOPE: "A wildcard names nobody: name the user_id, agent_id, app_id or run_id.",
    ReasonCode.UNREADABLE_SCOPE: "The scope cannot be read as ids, so nothing was done.",
    ReasonCode.STEP_UP_NEEDED: "A second factor is needed for this: POST a one-time code to session/step-up/.",
    ReasonCode.CONSENT_ENDED: "The consent that this rested on has ended.",
    ReasonCode.OBJECTED: "This person has objected to the purpose.",
    ReasonCode.PURPOSE_NOT_PERSONAL: "This purpose is for what is about no person.",
    ReasonCode.PURPOSE_IS_PERSONAL: "What an agent or app knows needs a purpose that is not personal: X-Purpose.",
    ReasonCode.CLASS_NOT_ALLOWED: "The purpose does not take what was found in the text (a special category, say).",
    ReasonCode.NO_CEILING: "No retention rule would ever end this memory, so it is not stored.",
    ReasonCode.SIGN_IN_FAILED: "Tenant, name, password or code is wrong, or there were too many failures: wait.",
    ReasonCode.LOCKED_OUT: "Too many failures: wait a minute, and longer after each further one.",
    ReasonCode.SAME_PERSON: "Somebody else has to do this: it takes two people.",
    ReasonCode.NOT_THE_AUTHOR: "A proposal is withdrawn by who made it. Others decline it, with a reason.",
    ReasonCode.OWN_MEMBERSHIP: "Nobody decides about his own account.",
    ReasonCode.ROLE_UNKNOWN: "role: there is no such role.",
    ReasonCode.CLAIM_UNKNOWN: "This code is not known, or was used before.",
    ReasonCode.REVIEW_OVERDUE: "Your last break-glass still waits for its review.",
    ReasonCode.REVEAL_NEEDED: "Shown in clear only while the glass is broken.",
    ReasonCode.NOTICE_UNKNOWN: "notice: this wording is not registered for the purpose.",
    ReasonCode.NOT_CONSENT_BASED: "purpose: it does not rest on consent.",
    ReasonCode.NOT_OBJECTIONABLE: "purpose: one can object to public tasks, legitimate interests and direct marketing.",
    ReasonCode.GUARDIAN_NEEDED: "A child of this age needs a guardian's consent.",
    ReasonCode.OUT_OF_ORDER: "A later event is known already.",
    ReasonCode.DUPLICATE: "This is so already.",
    ReasonCode.ALREADY_DECIDED: "This was decided already.",
    ReasonCode.PLAN_CHANGED: "The preview is not what it was: look at it again.",
    ReasonCode.IDENTITY_UNVERIFIED: "It is not verified yet who asks: nothing is disclosed or destroyed before.",
    ReasonCode.REQUEST_NOT_OPEN: "The request has ended, or does not go this way.",
    ReasonCode.ANOTHER_IS_OPEN: "A request of this kind is in handling for this person.",
    ReasonCode.DEADLINE_PASSED: "The day is over: a clock that has run out is neither extended nor stopped.",
    ReasonCode.ALREADY_EXTENDED: "It was extended once, and that is all there is.",
    ReasonCode.CLOCK_NEVER_STOPS: "Under this law the clock runs whatever is asked of the person.",
    ReasonCode.APPROVAL_BROKEN: "What is stored is not what was approved: nothing was destroyed. Decide anew.",
    ReasonCode.NOT_ASKED_HERE: "Only what was asked for here can be taken back here.",
    ReasonCode.ALREADY_DESTROYED: "What this is about was destroyed already.",
    ReasonCode.RETAINED_BY_LAW: "The law keeps this for now.",
    ReasonCode.LINK_UNKNOWN: "There is nothing behind this, or not any more.",
    ReasonCode.CODE_UNKNOWN: "This code does not fit, was used, or is too old.",
    ReasonCode.KEYS_IN_USE: "Keys still need it, so it stays.",
    ReasonCode.UNSCOPED: "Name a user_id, agent_id, app_id or run_id.",
}


def error_response(
    status: int,
    code: str,
    detail: str,
    request_id: UUID | None,
    *,
    headers: Mapping[str, str] | None = None,
    field: str | None = None,
    beside: Mapping[str, str | None] | None = None,
) -> JsonResponse:
    """Return an error. `detail` and `error` say the same: Mem0's clients read the one or the other."""
    body = {"detail": detail, "error": detail, "code": code, "request_id": str(request_id) if request_id else None}
    body |= {"field": field} if field else {}
    return JsonResponse(body | dict(beside or {}), status=status, headers=dict(headers or {}))


def handle(error: Exception, context: Mapping[str, object]) -> Response | JsonResponse | None:
    """Answer an exception: DRF's EXCEPTION_HANDLER. None lets an unforeseen one through to `server_error`."""
    request = context.get("request")
    number = getattr(getattr(request, "_request", None), "memstore_request_id", None)
    if isinstance(error, AccessRefused):
        return _refusal(error, number)
    if isinstance(error, ValidationError):
        field, problem = _first(error.detail)
        return error_response(400, "invalid_input", f"{field}: {problem}", number, field=field)
    if isinstance(error, APIException):
        return _api_exception(error, number)
    for kind, status, code, words in TABLE:
        if isinstance(error, kind):
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                log.error(
                    "request_failed",
                    exc_info=error,
                    extra={"fields": {"code": code, "request_id": str(number)}},
                )
            named = error.field if isinstance(error, InvalidInput) else None
            headers = {"Retry-After": str(error.retry_after_seconds)} if isinstance(error, Busy) else None
            return error_response(status, code, words or str(error), number, headers=headers, field=named)
    return None


def _refusal(error: AccessRefused, number: UUID | None) -> JsonResponse:
    status = STATUS_OF_REASON.get(error.reason, 403)
    if isinstance(error, InvalidChange):
        words = f"{error.field}: {error.problem}"
        return error_response(status, error.reason.value, words, number, field=error.field)
    if isinstance(error, NoSuchObject):
        return error_response(404, error.reason.value, f"There is no such {error.what}.", number)
    return error_response(status, error.reason.value, REFUSALS.get(error.reason, "Refused by policy."), number)


def _api_exception(error: APIException, number: UUID | None) -> JsonResponse:
    headers = {}
    if scheme := getattr(error, "auth_header", None):  # set by DRF's view, not by the class
        headers["WWW-Authenticate"] = str(scheme)
    if isinstance(error, Throttled):
        headers |= getattr(error, "limit_headers", {}) | {"Retry-After": str(int(getattr(error, "wait", 1) or 1))}
    code = error.get_codes()
    detail = next((words for kind, words in OWN_WORDS.items() if isinstance(error, kind)), str(error.detail))
    code = code if isinstance(code, str) else "error"
    return error_response(error.status_code, code, detail, number, headers=headers)


def _first(detail: object, path: str = "") -> tuple[str, str]:
    """Return the path of the first bad field in DRF's nested error detail, and its problem."""
    if isinstance(detail, dict):
        key, value = next(iter(detail.items()))
        return _first(value, f"{path}{_step(key)}")
    if isinstance(detail, list):
        return _first(detail[0], path)
    return path.lstrip(".") or "body", str(detail)


def _step(key: str | int) -> str:
    if key == "non_field_errors":
        return ""
    name = "fields" if key == "fields_wanted" else str(key)
    return f"[{name}]" if isinstance(key, int) else name if name.startswith("[") else f".{name}"


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    return error_response(404, "not_found", "There is nothing at this address.", _number(request))


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    return error_response(400, "bad_request", "The request cannot be read.", _number(request))


def server_error(request: HttpRequest) -> JsonResponse:
    # Django's own record of it repeats the path, so `django.request` is silent and this line stands for it.
    log.error("unforeseen", exc_info=sys.exc_info(), extra={"fields": {"request_id": str(_number(request))}})
    return error_response(500, "server_error", "Something failed on our side. Nothing was returned.", _number(request))


def _number(request: HttpRequest) -> UUID | None:
    return getattr(request, "memstore_request_id", None)
