"""Coming in and leaving. Links are opened by a button, so that a mail scanner that follows them uses none up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_POST

from api.portal.cookie import SITTING
from api.portal.page import closed, for_anybody, page, show
from api.throttling import spend_address
from governance.errors import AccessRefused
from governance.portal.sittings import extend_sitting, leave_portal, open_portal

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.portal.sittings import Sitting


SHOWN_BY_GET = {f"portal:{name}" for name in ("correct", "readers", "choices", "requests", "new", "request")}


@for_anybody
def enter(request: HttpRequest, text: str) -> HttpResponse:
    """The same page for every link; only the button asks whether it opens anything."""
    if request.method != "POST":
        return show(request, None, "portal/enter.html")
    spend_address(request)
    try:
        opened = open_portal(text=text)
    except AccessRefused:
        return closed(request)
    response = HttpResponseRedirect(reverse("portal:home"))
    SITTING.keep(response, opened.token, opened.expires_at)
    return response


@require_POST
@page
def stay(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """For whoever needs longer. Back to the page where the button was."""
    until = extend_sitting(caller=sitting.caller)
    response = HttpResponseRedirect(f"{_page_of_ours(request.POST.get('back', ''))}?{urlencode({'done': 'stayed'})}")
    SITTING.keep(response, SITTING.read(request), until)
    return response


def _page_of_ours(path: str) -> str:
    try:
        found = resolve(path)
    except Resolver404:
        return reverse("portal:home")
    return path if found.view_name in SHOWN_BY_GET else reverse("portal:home")


@require_POST
@page
def leave(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    leave_portal(caller=sitting.caller)
    response = show(request, None, "portal/left.html")
    SITTING.drop(response)
    return response
