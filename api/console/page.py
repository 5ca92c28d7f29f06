"""What every page of the console is: somebody signed in, a template, and an answer that is hardened.

    @page
    def holds(request, caller): return show(request, caller, "console/holds.html", {...})

A page changes nothing unless its form is sent (`api.console.act`).
"""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec
from urllib.parse import urlencode
from uuid import uuid4

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from api.console.cookie import session_caller
from api.console.navigation import sections
from api.console.words import DONE, words_of
from api.errors import REFUSALS, STATUS_OF_REASON, TABLE
from api.pages import hardened
from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.sessions import has_stepped_up
from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

    from governance.guard import Caller

P = ParamSpec("P")
log = logging.getLogger(__name__)
METHODS = ("GET", "HEAD", "POST")


def page(
    view: Callable[Concatenate[HttpRequest, Caller, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """For whoever is signed in; all others are asked to. What is refused is a page as well, and never a stack trace."""

    @wraps(view)
    def visited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in METHODS:
            return hardened(HttpResponseNotAllowed(METHODS))
        caller = session_caller(request)
        if caller is None:
            query = urlencode({"next": request.path}) if request.method != "POST" else ""
            return hardened(HttpResponseRedirect(f"{reverse('console:sign-in')}?{query}"))
        try:
            return hardened(view(request, caller, *args, **kwargs))
        except Exception as error:
            status, words = problem_of(error)
            if status is None:
                raise
            return hardened(show(request, caller, "console/problem.html", {"problem": words}, status=status))

    return visited


def show(
    request: HttpRequest,
    caller: Caller,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The template inside the frame that every page has."""
    here = request.resolver_match.url_name if request.resolver_match else ""
    frame = {
        "sections": sections(caller.principal, here or ""),
        "role": caller.principal.role.value,
        "capabilities": {one.value for one in caller.principal.capabilities},
        "stepped_up": has_stepped_up(caller.principal),
        "once": uuid4,  # called for each form of the page: sent twice, one does one thing, and two do two
        "done": DONE.get(request.GET.get("done", "")),
        "refusal": _refusal_words(request.GET.get("problem", "")),
    }
    return render(request, template, {**frame, **(context or {})}, status=status)


def problem_of(error: Exception) -> tuple[int | None, str]:
    """(status, words) of what may be said about `error`; None for what nobody foresaw."""
    if isinstance(error, AccessRefused):
        return STATUS_OF_REASON.get(error.reason, 403), _words_of_refusal(error)
    if isinstance(error, TooManyFieldsSent | RequestDataTooBig):
        return 413, _("This is more than one form may hold.")
    if isinstance(error, Http404):
        return 404, _("There is nothing at this address.")
    for kind, status, code, said in TABLE:
        if isinstance(error, kind):
            if status >= 500:  # noqa: PLR2004 - of HTTP
                log.error("page_failed", exc_info=error, extra={"fields": {"code": code}})
            return status, said or str(error)
    return None, ""


def _words_of_refusal(error: AccessRefused) -> str:
    if isinstance(error, InvalidChange):
        return f"{words_of(error.field)}: {error.problem}"
    if isinstance(error, NoSuchObject):
        return _("There is nothing here, or not any more.")
    return _refusal_words(error.reason.value)


def _refusal_words(code: str) -> str:
    """Only what is in the closed vocabulary is ever repeated from an address."""
    if code not in set(ReasonCode):
        return ""
    reason = ReasonCode(code)
    own = {
        ReasonCode.CAPABILITY_MISSING: _("Your role does not include this."),
        ReasonCode.STEP_UP_NEEDED: _("Enter a one-time code from your authenticator app: this needs a fresh one."),
        ReasonCode.SIGN_IN_FAILED: _("The one-time code is wrong or was used before. Wait for the next one."),
        ReasonCode.LOCKED_OUT: _("Too many failures: your account is locked for a quarter of an hour."),
        ReasonCode.INVALID: _("Something in the form is missing or cannot be read."),
    }
    return own.get(reason) or REFUSALS.get(reason) or _("Refused by policy.")
