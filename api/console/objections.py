"""Pages of objections (Art. 21): what people said in chats, and the objections that an officer has to settle."""

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
from memstore.oversight.raised_statements import raised_statements

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller


@page
def objections(request: HttpRequest, caller: Caller) -> HttpResponse:
    number = page_number(request)
    found = page_objections(caller=caller, page=number, page_size=PAGE_SIZE)
    raised, waiting = raised_statements(caller=caller, page_size=PAGE_SIZE)
    context = {
        "raised": raised,
        "waiting": waiting,
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


@require_POST
@page
def record(request: HttpRequest, caller: Caller, statement_id: UUID) -> HttpResponse:
    press = confirmed_request_actions.record(statement_id)
    return confirm(request, caller, press, back=reverse("console:objections"), done="handled")


@require_POST
@page
def dismiss(request: HttpRequest, caller: Caller, statement_id: UUID) -> HttpResponse:
    press = confirmed_request_actions.dismiss(statement_id)
    return confirm(request, caller, press, back=reverse("console:objections"), done="handled")
