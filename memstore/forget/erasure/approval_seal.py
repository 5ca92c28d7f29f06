"""Seal of an approval: made over what was approved, and checked again by each step that destroys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.keyring.sealed_decisions import Decision, is_sealed, seal_decision
from governance.models import RightsRequest
from governance.vocabulary import ReasonCode
from memstore.forget.erasure.plan import Plan

if TYPE_CHECKING:
    from datetime import datetime

    from governance.keyring.sealed_decisions import Said
    from governance.models import Erasure, Offboarding


class ApprovalBroken(AccessRefused):
    """The stored plan or decision is not what was approved: an alarm, and nothing is destroyed."""

    def __init__(self) -> None:
        super().__init__(ReasonCode.APPROVAL_BROKEN)


def seal_approval(row: Erasure, request: RightsRequest | None = None) -> None:
    """Set the seal on an unsaved, approved `row`. `request` is its request, if the caller has it."""
    row.approval_mac = seal_decision(row.tenant_id, Decision.ERASURE, _erasure(row, request or _request(row)))


def approved_plan(row: Erasure) -> Plan:
    """Return the plan of `row`, if it is the one that was approved.

    Raises ApprovalBroken when the plan does not have its digest, or when the seal was made over another digest,
    subject, request, verification, round, approver or time of approval.
    """
    try:
        found = Plan.from_json(row.plan)
        digest = found.digest()
        sealed = is_sealed(row.tenant_id, Decision.ERASURE, _erasure(row, _request(row)), row.approval_mac)
    except (KeyError, TypeError, ValueError, AssertionError, RightsRequest.DoesNotExist):
        raise ApprovalBroken from None  # no planner writes such a plan
    if not sealed or digest != bytes(row.plan_sha256):
        raise ApprovalBroken
    return found


def seal_offboarding(row: Offboarding) -> None:
    """Set the seal on an unsaved, approved `row`."""
    row.approval_mac = seal_decision(row.tenant_id, Decision.OFFBOARDING, _offboarding(row))


def check_offboarding(row: Offboarding) -> None:
    """Raise ApprovalBroken if the offboarding is not what was approved."""
    if not is_sealed(row.tenant_id, Decision.OFFBOARDING, _offboarding(row), row.approval_mac):
        raise ApprovalBroken


def _request(row: Erasure) -> RightsRequest:
    return RightsRequest.objects.get(id=row.request_id)


def _erasure(row: Erasure, request: RightsRequest) -> dict[str, Said]:
    return {
        "erasure": str(row.id),
        "request": str(row.request_id),
        "subject": str(row.subject_id),
        "requested_for": str(request.subject_id),
        "verified_by": str(request.verified_by),
        "verified_at": _moment(request.verified_at),
        "round": row.round,
        "plan": bytes(row.plan_sha256).hex(),
        "requested_by": str(row.requested_by),
        "approved_by": str(row.approved_by),
        "approved_at": _moment(row.approved_at),
        "auto_approved": row.auto_approved,
    }


def _offboarding(row: Offboarding) -> dict[str, Said]:
    return {
        "offboarding": str(row.id),
        "tenant": str(row.tenant_id),
        "requested_by": str(row.requested_by),
        "approved_by": str(row.approved_by),
        "approved_at": _moment(row.approved_at),
    }


def _moment(at: datetime | None) -> str | None:
    """Return the Unix time with microseconds, the same from every database and in every time zone."""
    return None if at is None else f"{at.timestamp():.6f}"
