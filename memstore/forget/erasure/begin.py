"""Beginning of an erasure: the person is out of reach at once, and a plan waits for its approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.evidence.ledger.protections import protect
from governance.ids import BY_RULE
from governance.models import Erasure, ErasureState, ProtectionKind, Tenant
from governance.rights.link_issuers import issuers_of_late
from governance.vocabulary import SubjectState
from memstore.forget.erasure.approval_seal import seal_approval
from memstore.forget.erasure.availability import put_out_of_reach
from memstore.forget.erasure.plan import plan
from memstore.models import Memory, Source
from memstore.records.delete import Removed, let_go, let_sources_go

if TYPE_CHECKING:
    from uuid import UUID

    from governance.models import RightsRequest, Subject
    from memstore.forget.erasure.plan import Plan


def begin(
    request: RightsRequest, subject: Subject, *, asked_by: UUID, proved_by_person: bool = False, by_rule: bool = True
) -> Erasure:
    """Restrict the person, so that the plan stays as it is, and store the plan.

    The caller has locked the subject's row. The erasure is approved without a second person (`by_rule`) if the tenant
    decided so and nothing has to stay. `asked_by` answers for the person's identity; `proved_by_person`: the person
    proved it in the portal.
    """
    now = datetime.now(UTC)
    was_restricted = subject.state == SubjectState.RESTRICTED.value
    if not was_restricted:
        put_out_of_reach(request, subject, SubjectState.RESTRICTED)
    found = plan(subject, now, request.id)
    auto = by_rule and will_erase_at_once(request, found, verified_by=asked_by, proved_by_person=proved_by_person)
    return _planned(request, subject, found, asked_by, was_restricted=was_restricted, auto=auto)


def will_erase_at_once(
    request: RightsRequest, found: Plan, *, verified_by: UUID, proved_by_person: bool = False
) -> bool:
    """Return whether the erasure runs with the verification, without a second person. Inside the tenant's context."""
    settings = Tenant.objects.get(id=request.tenant_id)
    if not found.is_complete or not settings.auto_approve_erasure:
        return False
    two = is_by_two(request.opened_by, verified_by, issuers_of_late(request.subject_id))
    return proved_by_person or (settings.auto_approve_staff_verified and two)


def is_by_two(opened_by: UUID, verified_by: UUID, link_issuers: tuple[UUID, ...]) -> bool:
    """Return whether the verifier neither recorded the request nor recently issued a link to the person's portal."""
    return verified_by not in {opened_by, *link_issuers}


def begin_at_once(request: RightsRequest, subject: Subject, *, asked_by: UUID, by_key: bool) -> tuple[Erasure, Removed]:
    """Begin an erasure by a caller that may delete anyway. The caller has locked the subject's row.

    From the commit on nothing is found of the person. What a hold or a retention floor keeps is taken out of use, and
    the rest is deleted now; a hold stops destruction and nothing else, so the person can be served on, and the request
    waits for staff. `by_key`: it is approved without a second person if the tenant lets its keys destroy, else if the
    tenant lets complete erasures run at once.
    """
    now = datetime.now(UTC)
    was_restricted = subject.state == SubjectState.RESTRICTED.value
    removed = Removed()
    if plan(subject, now, request.id).is_complete:
        put_out_of_reach(request, subject, SubjectState.ERASED)
    else:
        removed = let_all_go(subject)
    found = plan(subject, now, request.id)
    auto = _keys_destroy(request, found) if by_key else _operator_destroys(request, found)
    return _planned(request, subject, found, asked_by, was_restricted=was_restricted, auto=auto), removed


def let_all_go(subject: Subject) -> Removed:
    """Delete all memories and sources of the person, or restrict those that the law keeps.

    The caller has locked the row. A restored backup brings neither back into use.
    """
    removed = let_go(Memory.objects.all(), subject.id)
    removed = replace(removed, n_sources_kept=let_sources_go(Source.objects.all(), subject.id))
    if removed.all:
        protect(
            ProtectionKind.DELETE,
            tenant_id=subject.tenant_id,
            subject_id=subject.id,
            memory_ids=[memory_id for memory_id, _ in removed.all],
        )
    subject.refresh_from_db(fields=["revision"])
    return removed


def _keys_destroy(request: RightsRequest, found: Plan) -> bool:
    return found.is_complete and Tenant.objects.get(id=request.tenant_id).key_deletions_at_once


def _operator_destroys(request: RightsRequest, found: Plan) -> bool:
    return found.is_complete and Tenant.objects.get(id=request.tenant_id).auto_approve_erasure


def _planned(
    request: RightsRequest, subject: Subject, found: Plan, asked_by: UUID, *, was_restricted: bool, auto: bool
) -> Erasure:
    """Store the erasure with its plan, approved if `auto` (no second person is needed)."""
    now = datetime.now(UTC)
    # An erasure that its verifier withdrew is planned anew in the same row.
    row = Erasure.objects.filter(request_id=request.id).first() or Erasure(
        tenant_id=request.tenant_id, request_id=request.id
    )
    row.subject_id = subject.id
    row.state = (ErasureState.RUNNING if auto else ErasureState.PLANNED).value
    row.plan, row.plan_sha256 = found.to_json(), found.digest()
    row.was_restricted = was_restricted
    row.requested_by, row.requested_at = asked_by, now
    row.auto_approved = auto
    row.approved_by, row.approved_at = (BY_RULE, now) if auto else (None, None)
    row.approval_mac = None
    if auto:
        seal_approval(row, request)
    row.save()
    return row
