"""The approval of an erasure: sealed over what was approved, and looked at again by each step that destroys."""

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
    """What stands in the database is not what was approved: an alarm, and nothing is destroyed."""

    def __init__(self) -> None:
        super().__init__(ReasonCode.APPROVAL_BROKEN)


def seal_approval(row: Erasure, request: RightsRequest | None = None) -> None:
    """Set the seal on an unsaved, approved `row`. `request`: its request, where that is at hand."""
    row.approval_mac = seal_decision(row.tenant_id, Decision.ERASURE, _erasure(row, request or _request(row)))


def approved_plan(row: Erasure) -> Plan:
    """The plan of `row`, if it is the one that was approved.

    Raises ApprovalBroken when the plan is not of its digest, or the digest, the subject, the request, its
    verification, the round or who approved it and when are not what the seal was made over.
    """
    try:
        found = Plan.from_json(row.plan)
        digest = found.digest()
        sealed = is_sealed(row.tenant_id, Decision.ERASURE, _erasure(row, _request(row)), row.approval_mac)
    except (KeyError, TypeError, ValueError, AssertionError, RightsRequest.DoesNotExist):
        raise ApprovalBroken from None  # somebody wrote what no planner writes
    if not sealed or digest != bytes(row.plan_sha256):
        raise ApprovalBroken
    return found


def seal_offboarding(row: Offboarding) -> None:
    """Set the seal on an unsaved, approved `row`."""
    row.approval_mac = seal_decision(row.tenant_id, Decision.OFFBOARDING, _offboarding(row))


def check_offboarding(row: Offboarding) -> None:
    """Raises ApprovalBroken."""
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
    """Microseconds since 1970, as both databases and every time zone tell them alike."""
    return None if at is None else f"{at.timestamp():.6f}"
