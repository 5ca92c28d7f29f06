"""Pages of loosenings: what would change, field by field, and the second person's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.views.decorators.http import require_POST

from api.console.form_actions import act
from api.console.page import page, show
from api.console.words import words_of
from governance.access.staff import names_of_staff
from governance.dual_control.approve_loosening import approve_loosening, list_loosenings
from governance.models import DeclineReason
from governance.processing.purposes import list_purposes
from governance.vocabulary import Capability

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller


@page
def loosenings(request: HttpRequest, caller: Caller) -> HttpResponse:
    context = {
        "waiting": list_loosenings(caller=caller),
        "decided": list_loosenings(caller=caller, waiting=False),
        "purposes": {one.id: one.name for one in list_purposes(caller=caller)},
        "staff": names_of_staff(caller=caller),
        "own": caller.principal.id,
        "may_approve": Capability.APPROVE_LOOSENING in caller.principal.capabilities,
        "reasons": [(one.value, words_of(one.value)) for one in DeclineReason],
    }
    return show(request, caller, "console/loosenings.html", context)


@require_POST
@page
def approve(request: HttpRequest, caller: Caller, loosening_id: UUID) -> HttpResponse:
    digest, back = request.POST.get("digest", ""), reverse("console:loosenings")

    def do(asker: Caller) -> None:
        approve_loosening(caller=asker, loosening_id=loosening_id, digest=digest)

    return act(request, caller, do, back=back, done="approved")
