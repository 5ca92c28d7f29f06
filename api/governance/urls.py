"""The governance API, under /governance/v1/."""

from __future__ import annotations

from django.urls import path

from api.governance import audit, choices, examples, people, purposes, subjects, tenant

examples.attach()

urlpatterns = [
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
    path("tenant/", tenant.TenantView.as_view(), name="tenant"),
    path("policy/", tenant.PolicyView.as_view(), name="policy"),
    path("inbox/", tenant.InboxView.as_view(), name="inbox"),
]
