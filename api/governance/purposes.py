"""Purposes, compatibilities and retention rules: why data is processed, and how long it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.governance import inputs
from api.governance.governed_view import GovernedView, listed_by
from api.governance.loosenings import Pending, answer_or_pending
from api.governance.replies import answer, listed, listing, reply
from api.web.authentication import caller
from governance.policy.retention import Authority, PeriodStart, RuleKind
from governance.processing import purposes, retention_rules
from governance.processing.purposes import PurposeView
from governance.processing.retention_rules import RuleTerms, RuleView
from governance.vocabulary import Action, DataClass
from memstore.oversight import retention_preview
from memstore.oversight.retention_preview import RetentionPreview, RetentionStatus

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

PURPOSES, RETENTION = ["purposes"], ["retention"]


class PurposeListView(GovernedView):
    @extend_schema(tags=PURPOSES, responses=listed(PurposeView), summary="All purposes, latest versions")
    def get(self, request: Request) -> Response:
        return listing(purposes.list_purposes(caller=caller(request)))

    @extend_schema(tags=PURPOSES, request=inputs.PurposeInput, responses=reply(PurposeView), summary="Make a purpose")
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.PurposeInput, Action.CREATE_PURPOSE)
        return answer(purposes.create_purpose(caller=asker, name=body["name"], terms=inputs.terms_of(body)), 201)


class PurposeVersionsView(GovernedView):
    @extend_schema(
        tags=PURPOSES,
        request=inputs.PurposeTermsInput,
        responses={201: reply(PurposeView), 202: reply(Pending)},
        summary="A new version, for what is stored from now on; what loosens waits for a second person",
    )
    def post(self, request: Request, name: str) -> Response:
        asker, body = inputs.read_for(request, inputs.PurposeTermsInput, Action.REVISE_PURPOSE)
        return answer_or_pending(purposes.revise_purpose(caller=asker, name=name, terms=inputs.terms_of(body)), 201)


class OneCompatibilityView(GovernedView):
    @extend_schema(
        tags=PURPOSES,
        request=inputs.CompatibilityInput,
        responses={202: reply(Pending)},
        summary="Propose to read one purpose's memories for another",
    )
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.CompatibilityInput, Action.RECORD_COMPATIBILITY)
        made = purposes.record_compatibility(
            caller=asker, source=body["from_purpose"], target=body["for_purpose"], reason=body["reason"]
        )
        return answer_or_pending(made, 202)


class CompatibilityEndView(GovernedView):
    @extend_schema(tags=PURPOSES, request=inputs.Nothing, responses={204: None}, summary="End a compatibility")
    def post(self, request: Request, compatibility_id: UUID) -> Response:
        purposes.end_compatibility(caller=caller(request), compatibility_id=compatibility_id)
        return Response(status=204)


class RuleListView(GovernedView):
    again = listed_by(retention_rules.list_rules)

    @extend_schema(tags=RETENTION, responses=listed(RuleView), summary="All retention rules")
    def get(self, request: Request) -> Response:
        return listing(retention_rules.list_rules(caller=caller(request)))

    @extend_schema(tags=RETENTION, request=inputs.RuleInput, responses=reply(RuleView), summary="Propose a rule")
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.RuleInput, Action.PROPOSE_RULE)
        data_class = body.pop("data_class")
        terms = RuleTerms(
            **body
            | {
                "kind": RuleKind(body["kind"]),
                "anchor": PeriodStart(body["anchor"]),
                "authority": Authority(body["authority"]),
                "data_class": DataClass(data_class) if data_class else None,
            }
        )
        return answer(retention_rules.propose_rule(caller=asker, terms=terms), 201)


class RulePreviewView(GovernedView):
    @extend_schema(tags=RETENTION, responses=reply(RetentionPreview), summary="What it would do: a dry run")
    def get(self, request: Request, rule_id: UUID) -> Response:
        return answer(retention_preview.preview(caller=caller(request), rule_id=rule_id))


class RuleApproveView(GovernedView):
    again = listed_by(retention_rules.list_rules)

    @extend_schema(
        tags=RETENTION,
        request=inputs.PlanInput,
        responses=reply(RetentionPreview),
        summary="Approve the preview: a second person",
    )
    def post(self, request: Request, rule_id: UUID) -> Response:
        asker, body = inputs.read_for(request, inputs.PlanInput, Action.APPROVE_RULE)
        return answer(retention_preview.approve_rule(caller=asker, rule_id=rule_id, digest=body["digest"]))


class RuleEndView(GovernedView):
    again = listed_by(retention_rules.list_rules)

    @extend_schema(
        tags=RETENTION, request=inputs.Nothing, responses=reply(RuleView), summary="Propose the end of a rule"
    )
    def post(self, request: Request, rule_id: UUID) -> Response:
        return answer(retention_rules.propose_end(caller=caller(request), rule_id=rule_id))


class RuleEndApproveView(GovernedView):
    again = listed_by(retention_rules.list_rules)

    @extend_schema(
        tags=RETENTION,
        request=inputs.PlanInput,
        responses=reply(RetentionPreview),
        summary="Approve the end: a second person",
    )
    def post(self, request: Request, rule_id: UUID) -> Response:
        asker, body = inputs.read_for(request, inputs.PlanInput, Action.APPROVE_RULE_END)
        return answer(retention_preview.approve_rule_end(caller=asker, rule_id=rule_id, digest=body["digest"]))


class RetentionStatusView(GovernedView):
    @extend_schema(tags=RETENTION, responses=reply(RetentionStatus), summary="Overdue (must be 0), held, restricted")
    def get(self, request: Request) -> Response:
        return answer(retention_preview.status(caller=caller(request)))
