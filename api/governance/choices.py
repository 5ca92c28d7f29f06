"""Consent, its withdrawal and objection: each choice of a person is one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.governance import inputs
from api.governance.governed_view import GovernedView, listed_by
from api.governance.replies import answer, listed, listing, reply
from api.web.authentication import caller
from api.web.json_values import plain
from governance.models import CompellingGround, GivenBy, ObjectionOutcome
from governance.processing import consents, objections
from governance.processing.consents import Choice, ConsentRecord, ConsentState, NoticeView
from governance.processing.objections import ObjectionView
from governance.vocabulary import Action
from memstore.rights import choices
from memstore.rights.choices import Ended

if TYPE_CHECKING:
    from typing import Any
    from uuid import UUID

    from rest_framework.request import Request

CONSENTS, OBJECTIONS = ["consents"], ["objections"]


class ConsentHistoryReply(serializers.Serializer[object]):
    current = reply(ConsentState)(many=True)
    events = reply(ConsentRecord)(many=True)


def choice_of(body: dict[str, Any]) -> Choice:
    return Choice(
        channel=body["channel"],
        given_by=GivenBy(body["given_by"]),
        happened_at=body["at"],
        until=body.get("expires_at"),
    )


class NoticeListView(GovernedView):
    again = listed_by(consents.list_notices)

    @extend_schema(tags=CONSENTS, responses=listed(NoticeView), summary="All wordings that people were shown")
    def get(self, request: Request) -> Response:
        return listing(consents.list_notices(caller=caller(request)))

    @extend_schema(tags=CONSENTS, request=inputs.NoticeInput, responses=reply(NoticeView), summary="Register a wording")
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.NoticeInput, Action.REGISTER_NOTICE)
        return answer(consents.register_notice(caller=asker, **body), 201)


class GrantView(GovernedView):
    @extend_schema(tags=CONSENTS, request=inputs.GrantInput, responses=reply(ConsentState), summary="Record a consent")
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.GrantInput, Action.GRANT_CONSENT)
        state = choices.grant(
            caller=asker,
            scope=body["scope"],
            purpose=body["purpose"],
            notice=body["notice"],
            choice=choice_of(body),
        )
        return answer(state, 201)


class ConsentWithdrawView(GovernedView):
    @extend_schema(
        tags=CONSENTS,
        request=inputs.WithdrawInput,
        responses=reply(Ended),
        summary="Record that a consent is withdrawn",
    )
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.WithdrawInput, Action.WITHDRAW_CONSENT)
        ended = choices.withdraw(caller=asker, scope=body["scope"], purpose=body["purpose"], choice=choice_of(body))
        return answer(ended, 201)


class ConsentHistoryView(GovernedView):
    asks_only = True

    @extend_schema(
        tags=CONSENTS,
        request=inputs.PersonInput,
        responses=ConsentHistoryReply,
        summary="What a person consents to, and since when",
    )
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.PersonInput, Action.READ_CONSENT)
        current, events = choices.consent_history(caller=asker, scope=body["scope"])
        return Response({"current": plain(current), "events": plain(events)})


class ObjectionListView(GovernedView):
    @extend_schema(tags=OBJECTIONS, responses=listed(ObjectionView), summary="All objections, open ones first")
    def get(self, request: Request) -> Response:
        return listing(objections.list_objections(caller=caller(request)))

    @extend_schema(
        tags=OBJECTIONS, request=inputs.ObjectionInput, responses=reply(Ended), summary="Record an objection"
    )
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.ObjectionInput, Action.OBJECT)
        return answer(choices.object_to(caller=asker, scope=body["scope"], purpose=body["purpose"]), 201)


class ObjectionSettleView(GovernedView):
    @extend_schema(tags=OBJECTIONS, request=inputs.SettleInput, responses=reply(Ended), summary="Settle an objection")
    def post(self, request: Request, objection_id: UUID) -> Response:
        asker, body = inputs.read_for(request, inputs.SettleInput, Action.SETTLE_OBJECTION)
        ended = choices.settle_objection(
            caller=asker,
            objection_id=objection_id,
            outcome=ObjectionOutcome(body["outcome"]),
            ground=CompellingGround(body["ground"]) if body["ground"] else None,
        )
        return answer(ended)
