"""One subject in the hands of staff: look-up, memories, restriction, age, contract, holds, break-glass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.governance import inputs
from api.governance.governed_view import GovernedView, listed_by
from api.governance.replies import answer, listed, listing, reply
from api.web.authentication import caller
from governance.access import break_glass
from governance.access.break_glass import BreakGlassView
from governance.models import RevealReason, ReviewOutcome
from governance.processing import contract_end, holds, restrictions
from governance.processing.holds import HoldView
from governance.subjects.near_duplicates import Twin, near_twins
from governance.vocabulary import Action, DataClass
from memstore.oversight import quarantine
from memstore.oversight.inspection import Inspected, SubjectView, inspect, look_up, open_glass, subject_by_id
from memstore.oversight.quarantine import Waiting
from memstore.rights.choices import declare_age

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

SUBJECTS, HOLDS, GLASS, QUARANTINE = ["subjects"], ["holds"], ["break-glass"], ["quarantine"]
PAGING = [OpenApiParameter("page", int), OpenApiParameter("page_size", int)]


class InspectedPage(serializers.Serializer[object]):
    total = serializers.IntegerField()
    results = reply(Inspected)(many=True)


class WaitingPage(serializers.Serializer[object]):
    total = serializers.IntegerField()
    results = reply(Waiting)(many=True)


class ConsentsAloneReply(serializers.Serializer[object]):
    consents_alone_from = serializers.DateField()


class LookUpView(GovernedView):
    asks_only = True

    @extend_schema(tags=SUBJECTS, request=inputs.PersonInput, responses=reply(SubjectView), summary="Find a person")
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.PersonInput, Action.LOOK_UP_SUBJECT)
        return answer(look_up(caller=asker, scope=body["scope"]))


class TwinsView(GovernedView):
    asks_only = True

    @extend_schema(
        tags=SUBJECTS,
        request=inputs.PersonInput,
        responses=listed(Twin),
        summary="Ids that differ in letter case, accents, dots, tags or separators only",
    )
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.PersonInput, Action.LOOK_UP_SUBJECT)
        kind, external_id = body["scope"].subject()
        return listing(near_twins(caller=asker, kind=kind, external_ids=[external_id]))


class SubjectMemoriesView(GovernedView):
    @extend_schema(
        tags=SUBJECTS, parameters=PAGING, responses=InspectedPage, summary="Memories of a subject, as you may see them"
    )
    def get(self, request: Request, subject_id: UUID) -> Response:
        asker, page, size = inputs.page_of(request, Action.INSPECT)
        shown, total = inspect(caller=asker, subject_id=subject_id, page=page, page_size=size)
        return listing(shown, total=total)


class RestrictView(GovernedView):
    @extend_schema(tags=SUBJECTS, request=inputs.RestrictInput, responses={204: None}, summary="Restrict (Art. 18)")
    def post(self, request: Request, subject_id: UUID) -> Response:
        asker, body = inputs.read_for(request, inputs.RestrictInput, Action.RESTRICT)
        subject = subject_by_id(asker, Action.RESTRICT, subject_id)
        restrictions.restrict(caller=asker, subject=subject, purpose=body["purpose"])
        return Response(status=204)


class LiftView(GovernedView):
    @extend_schema(tags=SUBJECTS, request=inputs.RestrictInput, responses={204: None}, summary="Lift a restriction")
    def post(self, request: Request, subject_id: UUID) -> Response:
        asker, body = inputs.read_for(request, inputs.RestrictInput, Action.LIFT_RESTRICTION)
        subject = subject_by_id(asker, Action.LIFT_RESTRICTION, subject_id)
        restrictions.lift_restriction(caller=asker, subject=subject, purpose=body["purpose"])
        return Response(status=204)


class AgeView(GovernedView):
    @extend_schema(
        tags=SUBJECTS, request=inputs.AgeInput, responses=ConsentsAloneReply, summary="Declare a child's age (Art. 8)"
    )
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.AgeInput, Action.DECLARE_AGE)
        day = declare_age(
            caller=asker,
            scope=body["scope"],
            birth_date=body["birth_date"],
            jurisdiction=body["jurisdiction"],
        )
        return Response({"consents_alone_from": day})


class ContractEndView(GovernedView):
    @extend_schema(
        tags=SUBJECTS,
        request=inputs.ContractEndInput,
        responses={204: None},
        summary="Set the day on which the contract ended",
    )
    def post(self, request: Request, subject_id: UUID) -> Response:
        asker, body = inputs.read_for(request, inputs.ContractEndInput, Action.SET_CONTRACT_END)
        subject = subject_by_id(asker, Action.SET_CONTRACT_END, subject_id)
        contract_end.set_contract_end(caller=asker, subject=subject, **body)
        return Response(status=204)


class HoldListView(GovernedView):
    again = listed_by(holds.list_holds)

    @extend_schema(tags=HOLDS, responses=listed(HoldView), summary="All legal holds")
    def get(self, request: Request) -> Response:
        return listing(holds.list_holds(caller=caller(request)))

    @extend_schema(tags=HOLDS, request=inputs.HoldInput, responses=reply(HoldView), summary="Ask for a hold")
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.HoldInput, Action.REQUEST_HOLD)
        kind, external_id = body.pop("scope").subject()
        reference = body.pop("case_reference")
        asked = holds.request_hold(caller=asker, kind=kind, external_id=external_id, reference=reference, **body)
        return answer(asked, 201)


class HoldApproveView(GovernedView):
    again = listed_by(holds.list_holds)

    @extend_schema(tags=HOLDS, request=inputs.Nothing, responses=reply(HoldView), summary="Place it: a second person")
    def post(self, request: Request, hold_id: UUID) -> Response:
        return answer(holds.approve_hold(caller=caller(request), hold_id=hold_id))


class HoldReleaseView(GovernedView):
    again = listed_by(holds.list_holds)

    @extend_schema(tags=HOLDS, request=inputs.Nothing, responses=reply(HoldView), summary="Ask for its release")
    def post(self, request: Request, hold_id: UUID) -> Response:
        return answer(holds.request_release(caller=caller(request), hold_id=hold_id))


class HoldReleaseApproveView(GovernedView):
    again = listed_by(holds.list_holds)

    @extend_schema(tags=HOLDS, request=inputs.Nothing, responses=reply(HoldView), summary="Release it: a second person")
    def post(self, request: Request, hold_id: UUID) -> Response:
        return answer(holds.approve_release(caller=caller(request), hold_id=hold_id))


class BreakGlassListView(GovernedView):
    @extend_schema(
        tags=GLASS,
        parameters=[OpenApiParameter("to_review", bool)],
        responses=listed(BreakGlassView),
        summary="All reveals, by whom and why",
    )
    def get(self, request: Request) -> Response:
        waiting = request.query_params.get("to_review", "").lower() == "true"
        return listing(break_glass.list_break_glass(caller=caller(request), to_review=waiting))


class BreakGlassOpenView(GovernedView):
    again = listed_by(break_glass.list_break_glass)

    @extend_schema(
        tags=GLASS, request=inputs.BreakGlassInput, responses=reply(BreakGlassView), summary="See one person in clear"
    )
    def post(self, request: Request, subject_id: UUID) -> Response:
        asker, body = inputs.read_for(request, inputs.BreakGlassInput, Action.BREAK_GLASS)
        opened = open_glass(
            caller=asker,
            subject_id=subject_id,
            reason=RevealReason(body["reason_code"]),
            reference=body["case_reference"],
            minutes=body["minutes"],
        )
        return answer(opened, 201)


class BreakGlassReviewView(GovernedView):
    again = listed_by(break_glass.list_break_glass)

    @extend_schema(
        tags=GLASS, request=inputs.ReviewInput, responses=reply(BreakGlassView), summary="Review it: a second person"
    )
    def post(self, request: Request, break_glass_id: UUID) -> Response:
        asker, body = inputs.read_for(request, inputs.ReviewInput, Action.REVIEW_BREAK_GLASS)
        outcome = ReviewOutcome(body["outcome"])
        return answer(break_glass.review_break_glass(caller=asker, break_glass_id=break_glass_id, outcome=outcome))


class QuarantineView(GovernedView):
    @extend_schema(tags=QUARANTINE, parameters=PAGING, responses=WaitingPage, summary="Memories in quarantine")
    def get(self, request: Request) -> Response:
        asker, page, size = inputs.page_of(request, Action.READ_QUARANTINE)
        shown, total = quarantine.quarantined(caller=asker, page=page, page_size=size)
        return listing(shown, total=total)


class ReleaseView(GovernedView):
    @extend_schema(tags=QUARANTINE, request=inputs.ReleaseInput, responses={204: None}, summary="Release a memory")
    def post(self, request: Request, memory_id: UUID) -> Response:
        asker, body = inputs.read_for(request, inputs.ReleaseInput, Action.RELEASE)
        judged = DataClass(body["data_class"]) if body["data_class"] else None
        quarantine.release(caller=asker, memory_id=memory_id, data_class=judged)
        return Response(status=204)


class RejectView(GovernedView):
    @extend_schema(tags=QUARANTINE, request=inputs.Nothing, responses={204: None}, summary="Reject a memory: it goes")
    def post(self, request: Request, memory_id: UUID) -> Response:
        quarantine.reject(caller=caller(request), memory_id=memory_id)
        return Response(status=204)
