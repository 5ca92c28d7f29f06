"""Pages of the quarantine: memories that wait for a reviewer, oldest first. A released one can be recalled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.page import page, show
from api.console.words import words_of
from api.web.pages import page_number
from governance.detect import Category
from governance.vocabulary import DataClass
from memstore.oversight import quarantine as review

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller

PAGE_SIZE = 25
ONLY_UNKNOWN = (Category.UNKNOWN.value,)
CLASSES = [(one.value, words_of(one.value)) for one in DataClass]


@page
def quarantine(request: HttpRequest, caller: Caller) -> HttpResponse:
    number = page_number(request)
    waiting, total = review.quarantined(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {
        "waiting": waiting,
        "total": total,
        "page": number,
        "page_size": PAGE_SIZE,
        "classes": CLASSES,
        "only_unknown": ONLY_UNKNOWN,
    }
    return show(request, caller, "console/quarantine.html", context)


@require_POST
@page
def release(request: HttpRequest, caller: Caller, memory_id: UUID) -> HttpResponse:
    press = confirmed_actions.release_memory(memory_id, request.POST)
    return confirm(request, caller, press, back=reverse("console:quarantine"), done="released")


@require_POST
@page
def reject(request: HttpRequest, caller: Caller, memory_id: UUID) -> HttpResponse:
    press = confirmed_actions.reject_memory(memory_id)
    return confirm(request, caller, press, back=reverse("console:quarantine"), done="rejected")
