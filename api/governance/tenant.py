"""The tenant itself: its settings, the policy table, and numbers of what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema

from api.governance import inputs
from api.governance.governed_view import GovernedView
from api.governance.loosenings import Pending, answer_or_pending
from api.governance.replies import answer, reply
from api.web.authentication import caller
from governance.accountability.policy_table import PolicyTable, policy_table
from governance.processing import tenants
from governance.processing.tenants import TenantSettings
from governance.vocabulary import Action
from memstore.forget.erasure import offboard_tenant
from memstore.forget.erasure.offboard_tenant import OffboardingView
from memstore.oversight.inbox import Inbox, inbox

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

TAGS = ["tenant"]


class TenantView(GovernedView):
    @extend_schema(tags=TAGS, responses=reply(TenantSettings), summary="Settings of the tenant")
    def get(self, request: Request) -> Response:
        return answer(tenants.read_settings(caller=caller(request)))

    @extend_schema(
        tags=TAGS,
        request=inputs.TenantInput,
        responses={200: reply(TenantSettings), 202: reply(Pending)},
        summary="Change settings; what loosens waits for a second person",
    )
    def patch(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.TenantInput, Action.CONFIGURE_TENANT)
        return answer_or_pending(tenants.configure_tenant(caller=asker, changes=body), 200)


class OffboardingRequestView(GovernedView):
    @extend_schema(
        tags=TAGS, request=inputs.Nothing, responses=reply(OffboardingView), summary="Request the tenant's end"
    )
    def post(self, request: Request) -> Response:
        return answer(offboard_tenant.request_offboarding(caller=caller(request)), 201)


class OffboardingApproveView(GovernedView):
    @extend_schema(
        tags=TAGS, request=inputs.Nothing, responses=reply(OffboardingView), summary="Approve it: a second person"
    )
    def post(self, request: Request) -> Response:
        return answer(offboard_tenant.approve_offboarding(caller=caller(request)))


class PolicyView(GovernedView):
    @extend_schema(tags=TAGS, responses=reply(PolicyTable), summary="What each role may do and see")
    def get(self, request: Request) -> Response:
        return answer(policy_table(caller=caller(request)))


class InboxView(GovernedView):
    @extend_schema(tags=TAGS, responses=reply(Inbox), summary="Numbers of what waits")
    def get(self, request: Request) -> Response:
        return answer(inbox(caller=caller(request)))
