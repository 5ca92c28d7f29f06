"""Breaches with their clocks, recipients, and the ledger of disclosures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema

from api.governance import inputs
from api.governance.governed_view import GovernedView, listed_by
from api.governance.replies import answer, listed, listing, reply
from api.governance.report_inputs import (
    BreachInput,
    BreachStepInput,
    DisclosureInput,
    RecipientInput,
    ShownQuery,
    SuspensionInput,
    query_for,
)
from api.governance.report_view import ReportView, as_shown
from api.web.authentication import caller
from governance.access import recipients
from governance.access.recipients import RecipientView
from governance.accountability import breaches, disclosures
from governance.accountability.breach_report import BreachReport, breach_report
from governance.accountability.breaches import BreachStep, BreachView
from governance.accountability.disclosures import DisclosureView, SuspensionView
from governance.models import BreachKind, Disclosed, RecipientKind
from governance.vocabulary import Action

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request
    from rest_framework.response import Response

BREACHES, DISCLOSURES = ["breaches"], ["disclosures"]


@dataclass(frozen=True, slots=True)
class BreachList:
    results: tuple[BreachView, ...]


class BreachListView(ReportView):
    kind = BreachList
    title = "Breaches"
    tables = {"results": "All breaches, the latest first"}

    @extend_schema(
        operation_id="governance_v1_breaches_list",  # it answers with an object, which is not named a list by itself
        tags=BREACHES,
        parameters=[ShownQuery],
        responses=as_shown(BreachList),
        summary="All breaches",
    )
    def get(self, request: Request) -> Response:
        asker, _ = query_for(request, ShownQuery, Action.READ_BREACHES, self.tables)
        return self.shown(BreachList(tuple(breaches.list_breaches(caller=asker))))

    @extend_schema(tags=BREACHES, request=BreachInput, responses=reply(BreachView), summary="Open a case")
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, BreachInput, Action.OPEN_BREACH)
        kind, reference = BreachKind(body.pop("kind")), body.pop("case_reference")
        return answer(breaches.open_breach(caller=asker, kind=kind, reference=reference, **body), 201)


class BreachCaseView(ReportView):
    kind = BreachReport
    title = "Breach report"
    tables = {"counts": "Events by purpose, role, action and reason of refusal"}

    @extend_schema(
        tags=BREACHES,
        parameters=[ShownQuery],
        responses=as_shown(BreachReport),
        summary="Clocks and counts of a breach",
    )
    def get(self, request: Request, breach_id: UUID) -> Response:
        asker, _ = query_for(request, ShownQuery, Action.READ_BREACHES, self.tables)
        return self.shown(breach_report(caller=asker, breach_id=breach_id))

    @extend_schema(tags=BREACHES, request=BreachStepInput, responses=reply(BreachView), summary="Note a step as done")
    def patch(self, request: Request, breach_id: UUID) -> Response:
        asker, body = inputs.read_for(request, BreachStepInput, Action.UPDATE_BREACH)
        step = BreachStep(body["step"])
        return answer(breaches.update_breach(caller=asker, breach_id=breach_id, step=step, at=body["at"]))


class RecipientListView(GovernedView):
    again = listed_by(recipients.list_recipients)

    @extend_schema(tags=DISCLOSURES, responses=listed(RecipientView), summary="All recipients")
    def get(self, request: Request) -> Response:
        return listing(recipients.list_recipients(caller=caller(request)))

    @extend_schema(
        tags=DISCLOSURES, request=RecipientInput, responses=reply(RecipientView), summary="Register a recipient"
    )
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, RecipientInput, Action.REGISTER_RECIPIENT)
        kind = RecipientKind(body.pop("kind"))
        return answer(recipients.register_recipient(caller=asker, kind=kind, **body), 201)


class RecipientEndView(GovernedView):
    again = listed_by(recipients.list_recipients)

    @extend_schema(tags=DISCLOSURES, request=inputs.Nothing, responses=reply(RecipientView), summary="End a recipient")
    def post(self, request: Request, recipient_id: UUID) -> Response:
        return answer(recipients.end_recipient(caller=caller(request), recipient_id=recipient_id))


class DisclosureListView(GovernedView):
    @extend_schema(
        tags=DISCLOSURES, request=DisclosureInput, responses=reply(DisclosureView), summary="Enter a disclosure"
    )
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, DisclosureInput, Action.RECORD_DISCLOSURE)
        description = Disclosed(body.pop("description"))
        return answer(disclosures.record_disclosure(caller=asker, description=description, **body), 201)


class SuspendView(GovernedView):
    @extend_schema(
        tags=DISCLOSURES, request=SuspensionInput, responses=reply(SuspensionView), summary="Suspend an accounting"
    )
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, SuspensionInput, Action.SUSPEND_ACCOUNTING)
        reference = body.pop("case_reference")
        return answer(disclosures.suspend_accounting(caller=asker, reference=reference, **body), 201)
