"""Pages on the service itself: keys and epochs, jobs, health, and the links to copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.console.page import page, show
from api.console.pager import PAGE_SIZE, pager_of
from api.console.words import words_of
from api.web.pages import page_number
from governance.access.staff import names_of_staff
from governance.keyring.epoch_overview import keys_overview
from memstore.models import JobStatus
from memstore.oversight.job_list import list_jobs
from memstore.oversight.system_health import system_health
from memstore.rights.copies.copy_links import list_links

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller


@page
def epochs(request: HttpRequest, caller: Caller) -> HttpResponse:
    return show(request, caller, "console/epochs.html", {"keys": keys_overview(caller=caller)})


@page
def jobs(request: HttpRequest, caller: Caller) -> HttpResponse:
    number, asked = page_number(request), request.GET.get("status", "")
    status = JobStatus(asked) if asked in JobStatus.values else None
    found = list_jobs(caller=caller, status=status, page=number, page_size=PAGE_SIZE)
    context = {
        "found": found,
        "status": asked,
        "statuses": [(one.value, words_of(one.value.lower())) for one in JobStatus],
        "page": number,
        "next": number + 1 if found.more else None,
    }
    return show(request, caller, "console/jobs.html", context)


@page
def health(request: HttpRequest, caller: Caller) -> HttpResponse:
    return show(request, caller, "console/health.html", {"lines": system_health(caller=caller)})


@page
def copies(request: HttpRequest, caller: Caller) -> HttpResponse:
    number = page_number(request)
    found = list_links(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {"links": found.rows, **pager_of(found, number), "staff": names_of_staff(caller=caller)}
    return show(request, caller, "console/copies.html", context)
