"""Reports from the audit trail: JSON, CSV (`?format=csv&table=`) and a page to print (`?format=html`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema

from api.governance.report_inputs import (
    EventsQuery,
    PeriodQuery,
    ShownQuery,
    SubjectPeriodInput,
    SubjectReportInput,
    body_for,
    query_for,
)
from api.governance.report_view import ReportView, as_shown
from governance.accountability.accounting_of_disclosures import Accounting, accounting
from governance.accountability.anomalies import AnomalyReport, anomalies
from governance.accountability.principal_access import PrincipalAccess, principal_access
from governance.accountability.records_of_processing import ProcessingRecord, processing_record
from governance.accountability.subject_access import SubjectAccess, subject_access
from governance.vocabulary import Action

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request
    from rest_framework.response import Response

TAGS = ["reports"]


class SubjectAccessView(ReportView):
    kind = SubjectAccess
    title = "Who read one person"
    tables = {
        "summary": "Who read, for which purpose",
        "memories": "Which memories",
        "events": "Events, newest first",
    }


class SubjectReportView(SubjectAccessView):
    @extend_schema(
        tags=TAGS, parameters=[EventsQuery], responses=as_shown(SubjectAccess), summary="Who read this subject"
    )
    def get(self, request: Request, subject_id: UUID) -> Response:
        asker, query = query_for(request, EventsQuery, Action.READ_REPORT, self.tables)
        return self.shown(subject_access(caller=asker, subject=subject_id, **query))


class PersonReportView(SubjectAccessView):
    asks_only = True

    report_method = "POST"

    @extend_schema(
        tags=TAGS,
        parameters=[ShownQuery],
        request=SubjectReportInput,
        responses=as_shown(SubjectAccess),
        summary="Who read this person",
    )
    def post(self, request: Request) -> Response:
        asker, body = body_for(request, SubjectReportInput, Action.READ_REPORT, self.tables)
        return self.shown(subject_access(caller=asker, **body))


class PrincipalReportView(ReportView):
    kind = PrincipalAccess
    title = "What one principal read"
    tables = {"subjects": "Subjects that it read", "refusals": "What it was refused", "events": "Events, newest first"}

    @extend_schema(
        tags=TAGS,
        parameters=[EventsQuery],
        responses=as_shown(PrincipalAccess),
        summary="What a key or a member of staff read",
    )
    def get(self, request: Request, principal_id: UUID) -> Response:
        asker, query = query_for(request, EventsQuery, Action.READ_REPORT, self.tables)
        return self.shown(principal_access(caller=asker, principal_id=principal_id, **query))


class AnomalyReportView(ReportView):
    kind = AnomalyReport
    title = "What stands out"
    tables = {"anomalies": "Hours that stand out, newest first"}

    @extend_schema(
        tags=TAGS, parameters=[PeriodQuery], responses=as_shown(AnomalyReport), summary="Volume, breadth, odd hours"
    )
    def get(self, request: Request) -> Response:
        asker, query = query_for(request, PeriodQuery, Action.READ_REPORT, self.tables)
        return self.shown(anomalies(caller=asker, **query))


class AccountingView(ReportView):
    kind = Accounting
    title = "Accounting of disclosures"
    tables = {"disclosures": "Disclosures by recipient and purpose"}


class SubjectAccountingView(AccountingView):
    @extend_schema(
        tags=TAGS, parameters=[PeriodQuery], responses=as_shown(Accounting), summary="Disclosures of this subject"
    )
    def get(self, request: Request, subject_id: UUID) -> Response:
        asker, query = query_for(request, PeriodQuery, Action.READ_REPORT, self.tables)
        return self.shown(accounting(caller=asker, subject=subject_id, **query))


class PersonAccountingView(AccountingView):
    asks_only = True

    report_method = "POST"

    @extend_schema(
        tags=TAGS,
        parameters=[ShownQuery],
        request=SubjectPeriodInput,
        responses=as_shown(Accounting),
        summary="Disclosures of this person (45 CFR 164.528)",
    )
    def post(self, request: Request) -> Response:
        asker, body = body_for(request, SubjectPeriodInput, Action.READ_REPORT, self.tables)
        return self.shown(accounting(caller=asker, **body))


class ProcessingView(ReportView):
    kind = ProcessingRecord
    title = "Records of processing"
    tables = {
        "purposes": "Purposes",
        "recipients": "Recipients",
        "processors": "Processors",
        "retention": "Retention rules in force",
        "security": "Security measures",
        "numbers": "Numbers",
    }

    @extend_schema(
        tags=TAGS,
        parameters=[ShownQuery],
        responses=as_shown(ProcessingRecord),
        summary="Records of processing (Art. 30)",
    )
    def get(self, request: Request) -> Response:
        asker, _ = query_for(request, ShownQuery, Action.READ_CONFIGURATION, self.tables)
        return self.shown(processing_record(caller=asker))
