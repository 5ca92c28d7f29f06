"""The governance API, under /governance/v1/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from api.governance import (
    audit,
    breaches,
    certificates,
    choices,
    copies,
    examples,
    people,
    portal,
    proposals,
    purposes,
    reports,
    requests,
    subjects,
    tenant,
)
from governance.proposals import ProposalKind

if TYPE_CHECKING:
    from django.urls import URLPattern

examples.attach()


def ends(path_before: str, name: str, kind: ProposalKind) -> list[URLPattern]:
    """The two ways in which a proposal ends that is not approved."""
    return [
        path(f"{path_before}decline/", proposals.DeclineView.as_view(kind=kind), name=f"{name}-decline"),
        path(f"{path_before}withdraw/", proposals.WithdrawView.as_view(kind=kind), name=f"{name}-withdraw"),
    ]


urlpatterns = [
    *ends("staff/<uuid:object_id>/", "staff", ProposalKind.MEMBER),
    *ends("keys/<uuid:object_id>/", "key", ProposalKind.KEY),
    *ends("retention/rules/<uuid:object_id>/", "rule", ProposalKind.RULE),
    *ends("retention/rules/<uuid:object_id>/end/", "rule-end", ProposalKind.RULE_END),
    *ends("holds/<uuid:object_id>/", "hold", ProposalKind.HOLD),
    *ends("holds/<uuid:object_id>/release/", "hold-release", ProposalKind.HOLD_RELEASE),
    path(
        "requests/<uuid:request_id>/erasure/withdraw/",
        proposals.ErasureWithdrawView.as_view(),
        name="erasure-withdraw",
    ),
    path("tenant/offboarding/decline/", proposals.OffboardingDeclineView.as_view(), name="offboarding-decline"),
    path("tenant/offboarding/withdraw/", proposals.OffboardingWithdrawView.as_view(), name="offboarding-withdraw"),
    path("session/sign-in/", people.SignInView.as_view(), name="sign-in"),
    path("session/step-up/", people.StepUpView.as_view(), name="step-up"),
    path("session/", people.SessionView.as_view(), name="session"),
    path("staff/", people.StaffListView.as_view(), name="staff"),
    path("staff/enrol/", people.EnrolView.as_view(), name="staff-enrol"),
    path("staff/<uuid:user_id>/approve/", people.StaffApproveView.as_view(), name="staff-approve"),
    path("staff/<uuid:user_id>/suspend/", people.StaffSuspendView.as_view(), name="staff-suspend"),
    path("keys/", people.KeyListView.as_view(), name="keys"),
    path("keys/claim/", people.KeyClaimView.as_view(), name="key-claim"),
    path("keys/<uuid:key_id>/approve/", people.KeyApproveView.as_view(), name="key-approve"),
    path("keys/<uuid:key_id>/revoke/", people.KeyRevokeView.as_view(), name="key-revoke"),
    path("purposes/", purposes.PurposeListView.as_view(), name="purposes"),
    path("purposes/<str:name>/versions/", purposes.PurposeVersionsView.as_view(), name="purpose-versions"),
    path("compatibilities/", purposes.CompatibilityView.as_view(), name="compatibilities"),
    path(
        "compatibilities/<uuid:compatibility_id>/end/",
        purposes.CompatibilityEndView.as_view(),
        name="compatibility-end",
    ),
    path("retention/rules/", purposes.RuleListView.as_view(), name="rules"),
    path("retention/rules/<uuid:rule_id>/preview/", purposes.RulePreviewView.as_view(), name="rule-preview"),
    path("retention/rules/<uuid:rule_id>/approve/", purposes.RuleApproveView.as_view(), name="rule-approve"),
    path("retention/rules/<uuid:rule_id>/end/", purposes.RuleEndView.as_view(), name="rule-end"),
    path(
        "retention/rules/<uuid:rule_id>/end/approve/",
        purposes.RuleEndApproveView.as_view(),
        name="rule-end-approve",
    ),
    path("retention/status/", purposes.RetentionStatusView.as_view(), name="retention-status"),
    path("notices/", choices.NoticeListView.as_view(), name="notices"),
    path("consents/grant/", choices.GrantView.as_view(), name="consent-grant"),
    path("consents/withdraw/", choices.WithdrawView.as_view(), name="consent-withdraw"),
    path("consents/history/", choices.ConsentHistoryView.as_view(), name="consent-history"),
    path("objections/", choices.ObjectionListView.as_view(), name="objections"),
    path("objections/<uuid:objection_id>/settle/", choices.ObjectionSettleView.as_view(), name="objection-settle"),
    path("subjects/lookup/", subjects.LookUpView.as_view(), name="subject-lookup"),
    path("subjects/age/", subjects.AgeView.as_view(), name="subject-age"),
    path("subjects/<uuid:subject_id>/memories/", subjects.SubjectMemoriesView.as_view(), name="subject-memories"),
    path("subjects/<uuid:subject_id>/restrict/", subjects.RestrictView.as_view(), name="subject-restrict"),
    path("subjects/<uuid:subject_id>/lift/", subjects.LiftView.as_view(), name="subject-lift"),
    path("subjects/<uuid:subject_id>/contract-end/", subjects.ContractEndView.as_view(), name="subject-contract-end"),
    path("subjects/<uuid:subject_id>/break-glass/", subjects.BreakGlassOpenView.as_view(), name="break-glass-open"),
    path("break-glass/", subjects.BreakGlassListView.as_view(), name="break-glass"),
    path(
        "break-glass/<uuid:break_glass_id>/review/",
        subjects.BreakGlassReviewView.as_view(),
        name="break-glass-review",
    ),
    path("holds/", subjects.HoldListView.as_view(), name="holds"),
    path("holds/<uuid:hold_id>/approve/", subjects.HoldApproveView.as_view(), name="hold-approve"),
    path("holds/<uuid:hold_id>/release/", subjects.HoldReleaseView.as_view(), name="hold-release"),
    path(
        "holds/<uuid:hold_id>/release/approve/",
        subjects.HoldReleaseApproveView.as_view(),
        name="hold-release-approve",
    ),
    path("quarantine/", subjects.QuarantineView.as_view(), name="quarantine"),
    path("quarantine/<uuid:memory_id>/release/", subjects.ReleaseView.as_view(), name="quarantine-release"),
    path("quarantine/<uuid:memory_id>/reject/", subjects.RejectView.as_view(), name="quarantine-reject"),
    path("audit/", audit.AuditStatusView.as_view(), name="audit"),
    path("audit/keys/", audit.AuditKeysView.as_view(), name="audit-keys"),
    path("audit/proofs/inclusion/<uuid:event_id>/", audit.InclusionView.as_view(), name="audit-inclusion"),
    path("audit/proofs/consistency/", audit.ConsistencyView.as_view(), name="audit-consistency"),
    path("audit/bundle/", audit.BundleView.as_view(), name="audit-bundle"),
    path("audit/proof.py", audit.VerifierView.as_view(), name="audit-verifier"),
    path("changes/", audit.ChangesView.as_view(), name="changes"),
    path("reports/subject/", reports.PersonReportView.as_view(), name="report-person"),
    path("reports/subjects/<uuid:subject_id>/", reports.SubjectReportView.as_view(), name="report-subject"),
    path(
        "reports/subjects/<uuid:subject_id>/disclosures/",
        reports.SubjectAccountingView.as_view(),
        name="report-subject-disclosures",
    ),
    path("reports/principals/<uuid:principal_id>/", reports.PrincipalReportView.as_view(), name="report-principal"),
    path("reports/anomalies/", reports.AnomalyReportView.as_view(), name="report-anomalies"),
    path("reports/disclosures/", reports.PersonAccountingView.as_view(), name="report-disclosures"),
    path("reports/processing/", reports.ProcessingView.as_view(), name="report-processing"),
    path("breaches/", breaches.BreachListView.as_view(), name="breaches"),
    path("breaches/<uuid:breach_id>/", breaches.BreachCaseView.as_view(), name="breach"),
    path("recipients/", breaches.RecipientListView.as_view(), name="recipients"),
    path("recipients/<uuid:recipient_id>/end/", breaches.RecipientEndView.as_view(), name="recipient-end"),
    path("disclosures/", breaches.DisclosureListView.as_view(), name="disclosures"),
    path("disclosures/suspend/", breaches.SuspendView.as_view(), name="disclosure-suspend"),
    path("requests/", requests.RequestListView.as_view(), name="requests"),
    path("requests/follow/", requests.RequestFollowView.as_view(), name="request-follow"),
    path("requests/<uuid:request_id>/", requests.RequestDetailView.as_view(), name="request"),
    path("requests/<uuid:request_id>/verify/", requests.RequestVerifyView.as_view(), name="request-verify"),
    path("requests/<uuid:request_id>/code/", portal.CodeView.as_view(), name="request-code"),
    path("requests/<uuid:request_id>/extend/", requests.RequestExtendView.as_view(), name="request-extend"),
    path("requests/<uuid:request_id>/pause/", requests.RequestPauseView.as_view(), name="request-pause"),
    path("requests/<uuid:request_id>/resume/", requests.RequestResumeView.as_view(), name="request-resume"),
    path("requests/<uuid:request_id>/refuse/", requests.RequestRefuseView.as_view(), name="request-refuse"),
    path("requests/<uuid:request_id>/cancel/", requests.RequestCancelView.as_view(), name="request-cancel"),
    path("requests/<uuid:request_id>/fulfil/", requests.RequestFulfilView.as_view(), name="request-fulfil"),
    path("requests/<uuid:request_id>/notices/", requests.NoticesView.as_view(), name="request-notices"),
    path(
        "requests/<uuid:request_id>/notices/<uuid:notice_id>/",
        requests.NoticeSettleView.as_view(),
        name="request-notice-settle",
    ),
    path("requests/<uuid:request_id>/erasure/", requests.ErasurePlanView.as_view(), name="erasure"),
    path("requests/<uuid:request_id>/erasure/approve/", requests.ErasureApproveView.as_view(), name="erasure-approve"),
    path("requests/<uuid:request_id>/erasure/reject/", requests.ErasureRejectView.as_view(), name="erasure-reject"),
    path("requests/<uuid:request_id>/copy/", copies.CopyView.as_view(), name="request-copy"),
    path("requests/<uuid:request_id>/copy/link/", copies.CopyLinkView.as_view(), name="request-copy-link"),
    path("requests/<uuid:request_id>/copy/withhold/", copies.WithholdView.as_view(), name="request-copy-withhold"),
    path("copies/", copies.HandOutView.as_view(), name="copy-hand-out"),
    path("portal/links/", portal.LinkView.as_view(), name="portal-links"),
    path("tenant/", tenant.TenantView.as_view(), name="tenant"),
    path("tenant/offboarding/", tenant.OffboardingRequestView.as_view(), name="offboarding"),
    path("tenant/offboarding/approve/", tenant.OffboardingApproveView.as_view(), name="offboarding-approve"),
    path("policy/", tenant.PolicyView.as_view(), name="policy"),
    path("inbox/", tenant.InboxView.as_view(), name="inbox"),
    path(
        "requests/<uuid:request_id>/certificates/",
        certificates.CertificateListView.as_view(),
        name="request-certificates",
    ),
    path("certificate.py", certificates.VerifierView.as_view(), name="certificate-verifier"),
]
