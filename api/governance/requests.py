"""Requests of the person: opened, followed, handled, and their outcome (GDPR Art. 12 to 22)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from api.governance import request_inputs as bodies
from api.governance.governed_view import GovernedView
from api.governance.inputs import Nothing, query_for, read_for
from api.governance.replies import answer, listed, listing, reply
from api.web.authentication import caller
from api.web.request_body import read
from api.web.throttling import spend_unknown
from governance.models import ExtensionReason, Ground, NoticeState, PauseReason, RequestKind, Verification
from governance.rights import handling, recipient_notices, requests
from governance.rights.recipient_notices import RecipientNoticeView
from governance.rights.request_view import RequestView
from governance.rights.requests import Asked, OpenedRequest, RequestDetail
from governance.vocabulary import Action
from memstore.forget.erasure import decision
from memstore.forget.erasure.decision import ErasureView
from memstore.rights.fulfil import cancel_request, fulfil_request, refuse_request
from memstore.rights.verify_request import verify_request

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request
    from rest_framework.response import Response

    from governance.context import Caller

REQUESTS, ERASURES = ["requests"], ["erasures"]
PAGING = [
    OpenApiParameter("page", int),
    OpenApiParameter("page_size", int),
    OpenApiParameter("open", bool),
    OpenApiParameter("kind", str, enum=RequestKind.values),
]


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """An opened request.

    `receipt` is shown once, as are those of `also`: the other ids of the person, in their order.
    """

    request: RequestView
    receipt: str
    also: tuple[OpenedRequest, ...]


def again_request(*, caller: Caller, object_id: UUID) -> RequestView:
    return requests.read_request(caller=caller, request_id=object_id).request


def again_erasure(*, caller: Caller, object_id: UUID) -> ErasureView:
    return decision.read_erasure(caller=caller, request_id=object_id)


class RequestPageReply(serializers.Serializer[object]):
    total = serializers.IntegerField()
    results = reply(RequestView)(many=True)


class RequestListView(GovernedView):
    shows_once = True

    @extend_schema(
        operation_id="governance_v1_requests_list",
        tags=REQUESTS,
        parameters=PAGING,
        responses=RequestPageReply,
        summary="All requests, the first due first",
    )
    def get(self, request: Request) -> Response:
        asker, query = query_for(request, bodies.RequestListInput, Action.READ_REQUESTS)
        kind = RequestKind(query["kind"]) if query["kind"] else None
        found = requests.list_requests(
            caller=asker, open_only=query["open"], kind=kind, page=query["page"], page_size=query["page_size"]
        )
        return listing(found.requests, total=found.total)

    @extend_schema(tags=REQUESTS, request=bodies.RequestInput, responses=reply(OpenedCase), summary="Open a request")
    def post(self, request: Request) -> Response:
        asker, body = read_for(request, bodies.RequestInput, Action.OPEN_REQUEST)
        kind, external_id = body.pop("scope").subject()
        ids = [external_id, *body.pop("also")]
        asked = Asked(**{**body, "kind": RequestKind(body["kind"])})
        first, *others = requests.open_case(caller=asker, subject_kind=kind, external_ids=ids, asked=asked)
        return answer(OpenedCase(first.request, first.receipt, tuple(others)), 201)


class RequestFollowView(GovernedView):
    asks_only = True

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        tags=REQUESTS,
        auth=[],
        request=bodies.ReceiptInput,
        responses=reply(RequestView),
        summary="The state of a request, for the holder of its receipt",
    )
    def post(self, request: Request) -> Response:
        spend_unknown(request)
        return answer(requests.follow_request(receipt=read(bodies.ReceiptInput, request.data)["receipt"]))


class RequestDetailView(GovernedView):
    @extend_schema(
        tags=REQUESTS, responses=reply(RequestDetail), summary="One request; the person's words for those who handle it"
    )
    def get(self, request: Request, request_id: UUID) -> Response:
        return answer(requests.read_request(caller=caller(request), request_id=request_id))


class RequestVerifyView(GovernedView):
    again = staticmethod(again_request)

    @extend_schema(tags=REQUESTS, request=bodies.VerifyInput, responses=reply(RequestView), summary="Verify the person")
    def post(self, request: Request, request_id: UUID) -> Response:
        asker, body = read_for(request, bodies.VerifyInput, Action.VERIFY_REQUEST)
        method = Verification(body["method"])
        return answer(verify_request(caller=asker, request_id=request_id, method=method))


class RequestExtendView(GovernedView):
    again = staticmethod(again_request)

    @extend_schema(
        tags=REQUESTS, request=bodies.ExtendInput, responses=reply(RequestView), summary="Extend the period, once"
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        asker, body = read_for(request, bodies.ExtendInput, Action.EXTEND_REQUEST)
        reason = ExtensionReason(body["reason"])
        return answer(handling.extend_request(caller=asker, request_id=request_id, reason=reason))


class RequestPauseView(GovernedView):
    again = staticmethod(again_request)

    @extend_schema(tags=REQUESTS, request=bodies.PauseInput, responses=reply(RequestView), summary="Stop the clock")
    def post(self, request: Request, request_id: UUID) -> Response:
        asker, body = read_for(request, bodies.PauseInput, Action.PAUSE_REQUEST)
        reason = PauseReason(body["reason"])
        return answer(handling.pause_request(caller=asker, request_id=request_id, reason=reason))


class RequestResumeView(GovernedView):
    again = staticmethod(again_request)

    @extend_schema(tags=REQUESTS, request=Nothing, responses=reply(RequestView), summary="Resume the clock")
    def post(self, request: Request, request_id: UUID) -> Response:
        return answer(handling.resume_request(caller=caller(request), request_id=request_id))


class RequestRefuseView(GovernedView):
    again = staticmethod(again_request)

    @extend_schema(
        tags=REQUESTS,
        request=bodies.RefuseInput,
        responses=reply(RequestView),
        summary="Refuse a memory, a purpose, or all of it",
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        asker, body = read_for(request, bodies.RefuseInput, Action.REFUSE_REQUEST)
        ground = Ground(body.pop("ground"))
        if body["memory_id"] is None and body["purpose"] is None:
            return answer(refuse_request(caller=asker, request_id=request_id, ground=ground))
        return answer(handling.refuse_item(caller=asker, request_id=request_id, ground=ground, **body))


class RequestCancelView(GovernedView):
    again = staticmethod(again_request)

    @extend_schema(tags=REQUESTS, request=Nothing, responses=reply(RequestView), summary="Cancel a request")
    def post(self, request: Request, request_id: UUID) -> Response:
        return answer(cancel_request(caller=caller(request), request_id=request_id))


class RequestFulfilView(GovernedView):
    again = staticmethod(again_request)

    @extend_schema(tags=REQUESTS, request=Nothing, responses=reply(RequestView), summary="Do what is asked, and close")
    def post(self, request: Request, request_id: UUID) -> Response:
        return answer(fulfil_request(caller=caller(request), request_id=request_id))


class NoticesView(GovernedView):
    @extend_schema(tags=REQUESTS, responses=listed(RecipientNoticeView), summary="Recipients to be told (Art. 19)")
    def get(self, request: Request, request_id: UUID) -> Response:
        return listing(recipient_notices.list_notices(caller=caller(request), request_id=request_id))


class NoticeSettleView(GovernedView):
    @extend_schema(
        tags=REQUESTS,
        request=bodies.SettleNoticeInput,
        responses=reply(RecipientNoticeView),
        summary="Note the outcome of a notice",
    )
    def post(self, request: Request, request_id: UUID, notice_id: UUID) -> Response:
        asker, body = read_for(request, bodies.SettleNoticeInput, Action.NOTIFY_RECIPIENT)
        done = recipient_notices.settle_notice(
            caller=asker,
            request_id=request_id,
            notice_id=notice_id,
            state=NoticeState(body["state"]),
            channel=body["channel"],
        )
        return answer(done)


class ErasurePlanView(GovernedView):
    @extend_schema(tags=ERASURES, responses=reply(ErasureView), summary="The plan, and the steps that are done")
    def get(self, request: Request, request_id: UUID) -> Response:
        return answer(decision.read_erasure(caller=caller(request), request_id=request_id))


class ErasureApproveView(GovernedView):
    again = staticmethod(again_erasure)

    @extend_schema(
        tags=ERASURES, request=bodies.ApproveInput, responses=reply(ErasureView), summary="Approve it: a second person"
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        asker, body = read_for(request, bodies.ApproveInput, Action.APPROVE_ERASURE)
        return answer(decision.approve_erasure(caller=asker, request_id=request_id, digest=body["digest"]))


class ErasureRejectView(GovernedView):
    again = staticmethod(again_request)

    @extend_schema(
        tags=ERASURES, request=bodies.RejectInput, responses=reply(RequestView), summary="Reject it, with the ground"
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        asker, body = read_for(request, bodies.RejectInput, Action.REJECT_ERASURE)
        ground = Ground(body["ground"])
        return answer(decision.reject_erasure(caller=asker, request_id=request_id, ground=ground))
