"""Loosenings, which wait for a second person: their list and their approval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema

from api.governance import inputs
from api.governance.governed_view import GovernedView
from api.governance.replies import answer, listed, listing, reply
from api.web.authentication import caller
from governance.dual_control import approve_loosening
from governance.processing.loosening_proposal import LooseningView
from governance.vocabulary import Action

if TYPE_CHECKING:
    from uuid import UUID

    from _typeshed import DataclassInstance
    from rest_framework.request import Request
    from rest_framework.response import Response

TAGS = ["second person"]


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that waits: another person approves `proposal_id` with its `digest`. `loosens` names the fields."""

    pending: bool
    proposal_id: UUID
    loosens: tuple[str, ...]
    digest: str


def answer_or_pending(made: DataclassInstance, status: int) -> Response:
    """Return 202 for what waits for a second person, else what was made."""
    if isinstance(made, LooseningView):
        return answer(Pending(True, made.id, made.loosens, made.digest), 202)  # noqa: FBT003 - a word of the reply
    return answer(made, status)


class LooseningListView(GovernedView):
    @extend_schema(tags=TAGS, responses=listed(LooseningView), summary="Loosenings that wait")
    def get(self, request: Request) -> Response:
        return listing(approve_loosening.list_loosenings(caller=caller(request)))


class LooseningApproveView(GovernedView):
    @extend_schema(
        tags=TAGS, request=inputs.PlanInput, responses=reply(LooseningView), summary="Approve exactly what was shown"
    )
    def post(self, request: Request, loosening_id: UUID) -> Response:
        asker, body = inputs.read_for(request, inputs.PlanInput, Action.APPROVE_LOOSENING)
        done = approve_loosening.approve_loosening(caller=asker, loosening_id=loosening_id, digest=body["digest"])
        return answer(done)
