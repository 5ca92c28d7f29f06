"""Pages of objections (Art. 21): use for the purpose stops for the person until an officer settles it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.views.decorators.http import require_POST

from api.console import confirmed_request_actions
from api.console.confirmation import confirm
from api.console.page import page, show
from api.console.pager import PAGE_SIZE, pager_of
from api.console.words import words_of
from api.web.pages import page_number
from governance.models import CompellingGround, ObjectionOutcome
from governance.processing.objections import page_objections

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller


@page
def objections(request: HttpRequest, caller: Caller) -> HttpResponse:
    number = page_number(request)
    found = page_objections(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {
        "objections": found.rows,
        **pager_of(found, number),
        "grounds": [(one.value, words_of(one.value)) for one in CompellingGround],
        "outcomes": [(one.value, words_of(one.value)) for one in ObjectionOutcome],
    }
    return show(request, caller, "console/objections.html", context)


@require_POST
@page
def settle(request: HttpRequest, caller: Caller, objection_id: UUID) -> HttpResponse:
    press = confirmed_request_actions.settle(objection_id, request.POST)
    return confirm(request, caller, press, back=reverse("console:objections"), done="settled")
