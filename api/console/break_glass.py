"""Pages of break-glass: every reveal, and its review by another person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.page import page, show
from api.console.pager import PAGE_SIZE, pager_of
from api.console.words import words_of
from api.web.pages import page_number
from governance.access import break_glass as use
from governance.access.staff import names_of_staff
from governance.models import ReviewOutcome
from governance.vocabulary import Capability

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller


@page
def reveals(request: HttpRequest, caller: Caller) -> HttpResponse:
    number = page_number(request)
    found = use.page_break_glass(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {
        "reveals": found.rows,
        **pager_of(found, number),
        "staff": names_of_staff(caller=caller),
        "may_review": Capability.REVIEW_REVEAL in caller.principal.capabilities,
        "own": caller.principal.id,
        "outcomes": [(one.value, words_of(one.value)) for one in ReviewOutcome],
    }
    return show(request, caller, "console/break_glass.html", context)


@require_POST
@page
def review(request: HttpRequest, caller: Caller, break_glass_id: UUID) -> HttpResponse:
    press = confirmed_actions.review_reveal(break_glass_id, request.POST)
    return confirm(request, caller, press, back=reverse("console:break-glass"), done="reviewed")
