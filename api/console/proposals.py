"""The end of proposals that are not approved: declined with a reason, or withdrawn by their author.

One form for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.urls import reverse
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.page import page
from governance.dual_control.proposals import ProposalKind

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller

# The page on which the proposal is.
PAGES = {
    ProposalKind.HOLD: "holds",
    ProposalKind.HOLD_RELEASE: "holds",
    ProposalKind.RULE: "rule",
    ProposalKind.RULE_END: "rule",
    ProposalKind.KEY: "api-keys",
    ProposalKind.MEMBER: "staff",
    ProposalKind.LOOSENING: "loosenings",
}


@require_POST
@page
def decline(request: HttpRequest, caller: Caller, kind: str, object_id: UUID) -> HttpResponse:
    press = confirmed_actions.decline(_known(kind), object_id, request.POST)
    return confirm(request, caller, press, back=_back(kind, object_id), done="declined")


@require_POST
@page
def withdraw(request: HttpRequest, caller: Caller, kind: str, object_id: UUID) -> HttpResponse:
    press = confirmed_actions.withdraw(_known(kind), object_id)
    return confirm(request, caller, press, back=_back(kind, object_id), done="withdrawn")


def _known(kind: str) -> ProposalKind:
    if kind not in {one.value for one in PAGES}:
        raise Http404
    return ProposalKind(kind)


def _back(kind: str, object_id: UUID) -> str:
    name = PAGES[ProposalKind(kind)]
    return reverse(f"console:{name}", args=[object_id] if name == "rule" else [])
