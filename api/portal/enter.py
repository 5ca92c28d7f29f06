"""Entering and leaving the portal. Links are opened by a button, so a mail scanner that follows them uses none up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from api.portal.cookie import SITTING
from api.portal.page import closed, page, public, show
from api.web.throttling import spend_address
from governance.errors import AccessRefused
from governance.rights.portal.sittings import extend_sitting, leave_portal, open_portal

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.rights.portal.sittings import Sitting


@public
def enter(request: HttpRequest, text: str) -> HttpResponse:
    """Show one page for every link, and open the sitting on POST. A link that opens nothing gets the closed page."""
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
    """Extend the sitting, on a page in a tab of its own, so that nothing that was typed is lost."""
    until = extend_sitting(caller=sitting.caller)
    response = show(request, replace(sitting, expires_at=until), "portal/stayed.html")
    SITTING.keep(response, SITTING.read(request), until)
    return response


@require_POST
@page
def leave(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    leave_portal(caller=sitting.caller)
    response = show(request, None, "portal/left.html")
    SITTING.drop(response)
    return response
