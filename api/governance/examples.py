"""One example body for each input, ready to be sent. A test sends each through its serializer."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer

from api.governance import inputs, report_inputs, request_inputs

EXAMPLES: dict[type, dict[str, object]] = {
    inputs.PersonInput: {"user_id": "alice"},
    inputs.SignInInput: {
        "tenant": "demo-bank",
        "username": "demo-dpo",
        "password": "from demo.json",
        "code": "123456",
    },
    inputs.CodeInput: {"code": "123456"},
    inputs.ClaimInput: {"claim_code": "as it was handed to you"},
    inputs.EnrolInput: {"claim_code": "as it was handed to you", "password": "a long sentence of your own"},
    inputs.MemberInput: {
        "username": "nina",
        "name": "Nina Example",
        "role": "reviewer",
        "personnel_number": "4711",
    },
    inputs.KeyInput: {
        "name": "branch assistant",
        "capabilities": ["remember", "recall"],
        "purposes": ["assistance"],
        "default_purpose": "assistance",
    },
    inputs.PurposeInput: {
        "name": "care",
        "lawful_basis": "contract",
        "ceiling_days": 365,
        "article9_condition": "9(2)(h)",
        "special": "allow",
        "dpia_reference": "DPIA-2026-3",
    },
    inputs.PurposeTermsInput: {"lawful_basis": "contract", "ceiling_days": 180},
    inputs.CompatibilityInput: {
        "from_purpose": "support",
        "for_purpose": "quality",
        "reason": "Complaints are assessed by what was said to support.",
    },
    inputs.NoticeInput: {
        "purpose": "personalisation",
        "language": "en",
        "text": "We remember what you like. You can take this back at any time.",
    },
    inputs.WithdrawInput: {"user_id": "alice", "purpose": "personalisation", "channel": "phone"},
    inputs.GrantInput: {
        "user_id": "alice",
        "purpose": "personalisation",
        "notice": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "channel": "web",
    },
    inputs.ObjectionInput: {"user_id": "alice", "purpose": "fraud-prevention"},
    inputs.SettleInput: {"outcome": "overridden", "ground": "legal_claims"},
    inputs.RestrictInput: {"purpose": "personalisation"},
    inputs.AgeInput: {"user_id": "kim", "birth_date": "2014-05-01", "jurisdiction": "DE"},
    inputs.ContractEndInput: {"purpose": "support", "ended_on": "2026-09-30"},
    inputs.BreakGlassInput: {"reason_code": "complaint", "case_reference": "2026/118", "minutes": 15},
    inputs.ReviewInput: {"outcome": "justified"},
    inputs.RuleInput: {
        "name": "17 CFR 240.17a-4",
        "kind": "floor",
        "days": 2190,
        "authority": "mandatory",
        "purpose": "support",
    },
    inputs.PlanInput: {"digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    inputs.DeclineInput: {"reason": "wrong_details"},
    inputs.HoldInput: {"user_id": "alice", "case_reference": "2026/17", "disclosable": False},
    inputs.ReleaseInput: {"data_class": "ordinary"},
    inputs.TenantInput: {"jurisdiction": "DE", "review_hours": 48},
    report_inputs.SubjectInput: {"user_id": "alice"},
    report_inputs.SubjectPeriodInput: {"user_id": "alice"},
    report_inputs.SubjectReportInput: {"user_id": "alice", "since": "2026-10-01", "until": "2026-11-01"},
    report_inputs.BreachInput: {
        "kind": "confidentiality",
        "case_reference": "2026/204",
        "aware_at": "2026-11-02T08:15:00Z",
        "since": "2026-10-28T00:00:00Z",
        "until": "2026-11-02T08:00:00Z",
    },
    report_inputs.BreachStepInput: {"step": "notified_authority"},
    report_inputs.RecipientInput: {
        "name": "Health Office North",
        "kind": "authority",
        "address": "Harbour Road 1, 20457 Hamburg",
    },
    report_inputs.DisclosureInput: {
        "user_id": "alice",
        "recipient_id": "01a20a27-3108-748c-a2c2-3cba1a1d3d9a",
        "at": "2026-11-02T10:00:00Z",
        "description": "summary",
        "purpose": "care",
    },
    report_inputs.SuspensionInput: {
        "recipient_id": "01a20a27-3108-748c-a2c2-3cba1a1d3d9a",
        "until": "2026-12-02T00:00:00Z",
        "case_reference": "2026/204",
        "oral": True,
    },
    request_inputs.RequestInput: {"user_id": "alice", "kind": "erasure", "channel": "letter"},
    request_inputs.VerifyInput: {"method": "document"},
    request_inputs.ExtendInput: {"reason": "complexity"},
    request_inputs.PauseInput: {"reason": "identity"},
    request_inputs.RefuseInput: {"ground": "12(5)"},
    request_inputs.ApproveInput: {"digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    request_inputs.RejectInput: {"ground": "17(3)(e)"},
    request_inputs.ReceiptInput: {"receipt": "as it was handed to you"},
    request_inputs.WithholdInput: {"memory_id": "01a20a27-3108-748c-a2c2-3cba1a1d3d9a", "ground": "15(4)"},
    request_inputs.PortalLinkInput: {"user_id": "alice", "minutes": 60},
    request_inputs.CopyTokenInput: {"token": "as it was handed to you"},
    request_inputs.SettleNoticeInput: {"state": "delivered", "channel": "letter"},
}


def attach() -> None:
    """Show each example in the OpenAPI documentation."""
    for kind, example in EXAMPLES.items():
        extend_schema_serializer(examples=[OpenApiExample("as pasted", value=example, request_only=True)])(kind)
