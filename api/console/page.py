"""What every page of the console is: somebody signed in, a template, and an answer that is hardened.

    @page
    def holds(request, caller): return show(request, caller, "console/holds.html", {...})

A page changes nothing unless its form is sent (`api.console.form_actions`).
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec
from urllib.parse import urlencode
from uuid import uuid4

from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from api.console.cookie import session_caller
from api.console.navigation import sections
from api.console.refusals import words_of_reason, words_of_refusal
from api.console.words import DONE
from api.web.errors import STATUS_OF_REASON
from api.web.pages import METHODS, failure, hardened
from api.web.throttling import KeyThrottled
from governance.access.sessions import has_stepped_up
from governance.errors import AccessRefused
from governance.tenancy.days import days_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller

P = ParamSpec("P")


def page(
    view: Callable[Concatenate[HttpRequest, Caller, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """For whoever is signed in; all others are asked to. What is refused is a page as well, and never a stack trace."""

    @for_anybody
    @wraps(view)
    def visited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        caller = session_caller(request)
        if caller is None:
            query = urlencode({"next": request.path}) if request.method != "POST" else ""
            return HttpResponseRedirect(f"{reverse('console:sign-in')}?{query}")
        try:
            with days_of(caller.tenant_id):
                return view(request, caller, *args, **kwargs)
        except Exception as error:  # each kind has its words; what nobody foresaw goes on
            status, words = _problem_of(error)
            if status is None:
                raise
            return show(request, caller, "console/problem.html", {"problem": words}, status=status)

    return visited


def for_anybody(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page that needs no session: nobody is known yet."""

    @wraps(view)
    def visited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in METHODS:
            return hardened(HttpResponseNotAllowed(METHODS))
        try:
            return hardened(view(request, *args, **kwargs))
        except Exception as error:  # each kind has its words; what nobody foresaw goes on
            status, words = _problem_of(error)
            if status is None:
                raise
            return hardened(alone(request, "console/problem_alone.html", {"problem": words}, status=status))

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
        "refusal": words_of_reason(request.GET.get("problem", "")),
    }
    return render(request, template, {**frame, **(context or {})}, status=status)


def alone(
    request: HttpRequest, template: str, context: Mapping[str, object] | None = None, *, status: int = 200
) -> HttpResponse:
    """The template without that frame: there is nobody whose pages it could name."""
    return render(request, template, dict(context or {}), status=status)


def _problem_of(error: Exception) -> tuple[int | None, str]:
    """(status, words) of what may be said about `error`; None for what nobody foresaw."""
    if isinstance(error, AccessRefused):
        return STATUS_OF_REASON.get(error.reason, 403), words_of_refusal(error)
    if isinstance(error, KeyThrottled):
        return 429, _("Too many attempts from here. Wait a minute.")
    if isinstance(error, Http404):
        return 404, _("There is nothing at this address.")
    found = failure(error)
    if found is None:
        return None, ""
    return found[0], found[1] or _("This is more than one form may hold.")
