"""Pages of the portal: a template in one frame, hardened; without a sitting every page gives one and the same answer.

    @page
    def readers(request, sitting): return show(request, sitting, "portal/readers.html", {...})

A page changes nothing unless its form is sent (`once`).
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec
from urllib.parse import urlencode
from uuid import uuid4

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from api.portal.cookie import sitting_of
from api.portal.words import DONE, REFUSALS
from api.web.errors import STATUS_OF_REASON
from api.web.form_once import AlreadySent, once
from api.web.site_pages import Site
from api.web.throttling import spend_sitting
from governance.errors import AccessRefused, NoSuchObject
from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

    from governance.rights.portal.sittings import Sitting

P = ParamSpec("P")
SAID_BEFORE = frozenset({ReasonCode.DUPLICATE, ReasonCode.ALREADY_DECIDED})
# The sitting came to its end while the page was made: the key was revoked, or the person erased.
GONE = frozenset(
    {
        ReasonCode.KEY_REVOKED,
        ReasonCode.KEY_EXPIRED,
        ReasonCode.SUBJECT_NOT_ACTIVE,
        ReasonCode.PINNED_ELSEWHERE,
    }
)


def closed(request: HttpRequest) -> HttpResponse:
    """Return the closed page, byte for byte equal for every reason.

    The reason may be a missing, forged, used, expired or unknown link, or the end of the sitting.
    """
    return show(request, None, "portal/closed.html", status=404)


def show(
    request: HttpRequest,
    sitting: Sitting | None,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Render the template inside the frame that every page has.

    Words of an address are shown from closed lists only.
    """
    here = request.resolver_match.url_name if request.resolver_match else ""
    frame: dict[str, object] = {
        "sitting": sitting,
        "here": here,
        "once": uuid4,  # called for each form of the page
    }
    if sitting is not None:
        frame["done"] = DONE.get(request.GET.get("done", ""))
        frame["refusal"] = _refusal_words(request.GET.get("problem", ""))
    return render(request, template, {**frame, **(context or {})}, status=status)


def act(request: HttpRequest, sitting: Sitting, do: Callable[[], object], *, back: str, done: str) -> HttpResponse:
    """Do what a button asks for and go `back`, where `done` (a word of `words.DONE`) or the refusal is said."""
    try:
        once(request, sitting.caller, do)
    except AlreadySent:
        return HttpResponseRedirect(f"{back}?{urlencode({'done': 'already'})}")
    except AccessRefused as refused:
        if refused.reason in GONE:
            raise
        said = {"done": "already"} if refused.reason in SAID_BEFORE else {"problem": refused.reason.value}
        return HttpResponseRedirect(f"{back}?{urlencode(said)}")
    return HttpResponseRedirect(f"{back}?{urlencode({'done': done})}")


def words_of(refused: AccessRefused) -> str:
    if isinstance(refused, NoSuchObject):
        return _("There is nothing here, or not any more.")
    return _refusal_words(refused.reason.value)


def _refusal_words(code: str) -> str:
    """Return the words of a reason code; empty for any other text, so that none is repeated from an address."""
    if code not in set(ReasonCode):
        return ""
    return str(REFUSALS.get(ReasonCode(code)) or _("This cannot be done now."))


def _problem(request: HttpRequest, words: str, status: int) -> HttpResponse:
    return show(request, None, "portal/problem.html", {"problem": words}, status=status)


SITE = Site(
    words_of=words_of,
    throttled=lambda: _("Too many attempts. Wait a minute and try again."),
    failed=lambda _words: _("This does not work right now. Try again later."),
    problem=_problem,
)
# A page that needs no sitting.
public = SITE.public


def page(
    view: Callable[Concatenate[HttpRequest, Sitting, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Make a page that needs a sitting; without one it is closed. A refusal is a page too, never a stack trace."""

    @public
    @wraps(view)
    def visited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        sitting = sitting_of(request)
        if sitting is None:
            return closed(request)
        spend_sitting(sitting.caller.principal)
        try:
            return view(request, sitting, *args, **kwargs)
        except AccessRefused as refused:
            if refused.reason in GONE:
                return closed(request)
            status = STATUS_OF_REASON.get(refused.reason, 403)
            return show(request, sitting, "portal/problem.html", {"problem": words_of(refused)}, status=status)

    return visited
