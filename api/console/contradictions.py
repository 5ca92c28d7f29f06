"""Pages of contradictions: two memories of which at most one is true, oldest first. A reviewer decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.page import page, show
from api.web.pages import page_number
from memstore.oversight import contradictions as review

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller

PAGE_SIZE = 25


@page
def contradictions(request: HttpRequest, caller: Caller) -> HttpResponse:
    number = page_number(request)
    waiting, total = review.contradictions(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {"waiting": waiting, "total": total, "page": number, "page_size": PAGE_SIZE}
    return show(request, caller, "console/contradictions.html", context)


@require_POST
@page
def settle(request: HttpRequest, caller: Caller, contradiction_id: UUID) -> HttpResponse:
    press = confirmed_actions.settle_contradiction(contradiction_id, request.POST)
    return confirm(request, caller, press, back=reverse("console:contradictions"), done="settled")
