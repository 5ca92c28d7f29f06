"""Pages of the console: a signed-in caller, a template, and a response with security headers.

    @page
    def holds(request, caller): return show(request, caller, "console/holds.html", {...})

A page changes nothing unless its form is sent (`api.console.form_actions`).
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec
from urllib.parse import urlencode
from uuid import uuid4

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from api.console.cookie import session_caller
from api.console.navigation import sections
from api.console.refusals import words_of_reason, words_of_refusal
from api.console.words import DONE
from api.web.site_pages import Site
from governance.access.sessions import has_stepped_up
from governance.tenancy.days import days_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller

P = ParamSpec("P")


def show(
    request: HttpRequest,
    caller: Caller,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Render the template inside the frame that every page has."""
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
    """Render the template without that frame, for a request without a caller, whose pages it would list."""
    return render(request, template, dict(context or {}), status=status)


def _problem(request: HttpRequest, words: str, status: int) -> HttpResponse:
    return alone(request, "console/problem_alone.html", {"problem": words}, status=status)


SITE = Site(
    words_of=words_of_refusal,
    throttled=lambda: _("Too many attempts from here. Wait a minute."),
    failed=str,
    problem=_problem,
)
# A page that needs no session, where no caller is known.
public = SITE.public


def page(
    view: Callable[Concatenate[HttpRequest, Caller, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Make a page that needs a session; others are redirected to sign in.

    A refusal is a page too, never a stack trace.
    """

    @public
    @wraps(view)
    def visited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        caller = session_caller(request)
        if caller is None:
            query = urlencode({"next": request.path}) if request.method != "POST" else ""
            return HttpResponseRedirect(f"{reverse('console:sign-in')}?{query}")
        try:
            with days_of(caller.tenant_id):
                return view(request, caller, *args, **kwargs)
        except Exception as error:  # each kind has its words; an error that was not foreseen goes on
            status, words = SITE.problem_of(error)
            if status is None:
                raise
            return show(request, caller, "console/problem.html", {"problem": words}, status=status)

    return visited
