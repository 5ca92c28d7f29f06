"""The end of proposals without approval: declined with a reason by another person, or withdrawn by their author."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from drf_spectacular.utils import extend_schema

from api.governance import inputs
from api.governance.governed_view import GovernedView
from api.governance.replies import answer, reply
from api.web.authentication import caller
from governance.dual_control.proposals import WAYS, ProposalKind, decline_proposal, withdraw_proposal
from governance.guard.second_approval import EndedProposal
from governance.models import DeclineReason
from governance.rights.request_view import RequestView
from governance.vocabulary import Action
from memstore.forget.erasure import offboard_tenant
from memstore.forget.erasure.decision import withdraw_erasure
from memstore.forget.erasure.offboard_tenant import OffboardingView

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request
    from rest_framework.response import Response

TAGS = ["proposals"]


class DeclineView(GovernedView):
    """Decline a proposal that waits: a second person, with a reason from the list. It may be proposed anew."""

    kind: ProposalKind | None = None

    @extend_schema(
        tags=TAGS,
        request=inputs.DeclineInput,
        responses=reply(EndedProposal),
        summary="Decline it: a second person, a reason",
    )
    def post(self, request: Request, object_id: UUID) -> Response:
        kind = cast("ProposalKind", self.kind)
        asker, body = inputs.read_for(request, inputs.DeclineInput, WAYS[kind].decline)
        reason = DeclineReason(body["reason"])
        return answer(decline_proposal(caller=asker, kind=kind, object_id=object_id, reason=reason))


class WithdrawView(GovernedView):
    """Withdraw one's own proposal while it waits. It may be proposed anew."""

    kind: ProposalKind | None = None

    @extend_schema(tags=TAGS, request=inputs.Nothing, responses=reply(EndedProposal), summary="Withdraw it: its author")
    def post(self, request: Request, object_id: UUID) -> Response:
        kind = cast("ProposalKind", self.kind)
        return answer(withdraw_proposal(caller=caller(request), kind=kind, object_id=object_id))


class OffboardingDeclineView(GovernedView):
    @extend_schema(
        tags=TAGS,
        request=inputs.DeclineInput,
        responses=reply(OffboardingView),
        summary="Decline the end of the tenant: a second person, a reason",
    )
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.DeclineInput, Action.DECLINE_OFFBOARDING)
        reason = DeclineReason(body["reason"])
        return answer(offboard_tenant.end_offboarding_proposal(caller=asker, reason=reason))


class OffboardingWithdrawView(GovernedView):
    @extend_schema(
        tags=TAGS,
        request=inputs.Nothing,
        responses=reply(OffboardingView),
        summary="Withdraw the end of the tenant: its author",
    )
    def post(self, request: Request) -> Response:
        return answer(offboard_tenant.end_offboarding_proposal(caller=caller(request), reason=None))


class ErasureWithdrawView(GovernedView):
    @extend_schema(
        tags=TAGS,
        request=inputs.Nothing,
        responses=reply(RequestView),
        summary="Withdraw a planned erasure: the person who verified it. The request waits to be verified anew",
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        return answer(withdraw_erasure(caller=caller(request), request_id=request_id))
