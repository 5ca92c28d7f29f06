"""Decision on an erasure: its plan, and its approval by a second person, rejection or withdrawal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import AccessRefused, NoSuchObject
from governance.guard.authorize import authorize
from governance.guard.second_approval import approve, not_the_same
from governance.models import UNDECIDED, Erasure, ErasureState, ErasureStepDone, Ground, RequestState
from governance.rights.handling import close, handling, not_verified
from governance.rights.link_issuers import issuers_of_late
from governance.rights.request_view import RequestView, view
from governance.rights.requests import visible
from governance.subjects.subject_lock import lock_subject
from governance.vocabulary import Action, ReasonCode
from memstore.forget.erasure import saga
from memstore.forget.erasure.approval_seal import seal_approval
from memstore.forget.erasure.availability import not_begun, take_back
from memstore.forget.erasure.plan import Plan, PurposePlan, plan

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller


@dataclass(frozen=True, slots=True)
class StepView:
    """One step that was done."""

    round: int
    step: str
    at: datetime
    items: int


@dataclass(frozen=True, slots=True)
class ErasureView:
    """An erasure as staff see it. The second person approves `digest`: a plan that has changed since has another."""

    request_id: UUID
    subject_id: UUID
    state: str
    round: int
    digest: str
    complete: bool
    purposes: tuple[PurposePlan, ...]
    steps: tuple[StepView, ...]
    requested_by: UUID
    approved_by: UUID | None
    approved_at: datetime | None
    auto_approved: bool
    problem: str


def read_erasure(*, caller: Caller, request_id: UUID) -> ErasureView:
    """Return the erasure: with the plan as it is now until it is approved, then the approved one and the steps done.

    Raises NoSuchObject.
    """
    grant = authorize(caller=caller, action=Action.PLAN_ERASURE, object_id=request_id)
    with grant.effect():
        found = current_erasure(request_id) if visible(caller).filter(id=request_id).exists() else None
        if found is None:
            raise NoSuchObject("erasure")
        grant.record_under_lock(subject_id=found.subject_id, object_id=request_id, n_items=1)
        return found


def current_erasure(request_id: UUID) -> ErasureView | None:
    """Plan an undecided erasure anew and return it, inside the effect of a grant. None if there is no erasure."""
    subject_id = Erasure.objects.filter(request_id=request_id).values_list("subject_id", flat=True).first()
    if subject_id is None:
        return None
    subject = lock_subject(subject_id)
    row = Erasure.objects.select_for_update().get(request_id=request_id)
    if row.state in UNDECIDED:
        found = plan(subject, datetime.now(UTC), request_id)
        row.plan, row.plan_sha256 = found.to_json(), found.digest()
        row.save(update_fields=["plan", "plan_sha256"])
    return _view(row)


def approve_erasure(*, caller: Caller, request_id: UUID, digest: str) -> ErasureView:
    """Approve an erasure as the second person. It then runs without further decisions.

    The second person may not be the one who opened the request, verified it, or recently issued a link to the person's
    portal: that one may have sat there and asked. Raises NoSuchObject, AccessRefused: SAME_PERSON, PLAN_CHANGED (look
    at it again), ALREADY_DECIDED, REQUEST_NOT_OPEN.
    """
    with handling(caller, Action.APPROVE_ERASURE, request_id) as (request, grant):
        row, found = _planned(request_id)
        not_the_same(caller, request.opened_by, request.verified_by, *issuers_of_late(request.subject_id))
        approve(row, caller)
        if found.digest().hex() != digest.lower():
            raise AccessRefused(ReasonCode.PLAN_CHANGED)
        row.plan, row.plan_sha256 = found.to_json(), found.digest()
        row.state, row.problem = ErasureState.RUNNING.value, ""
        if ErasureStepDone.objects.filter(erasure_id=row.id, round=row.round).exists():
            row.round += 1  # it stopped half way: this approval starts a new round
        seal_approval(row, request)
        row.save()
        grant.record_under_lock(subject_id=row.subject_id, object_id=request_id, n_items=found.erasable)
        saga.hint_if_running(row)
        return _view(row)


def reject_erasure(*, caller: Caller, request_id: UUID, ground: Ground) -> RequestView:
    """Reject an erasure with a ground. The person is as before; nothing was destroyed.

    Raises NoSuchObject, AccessRefused: ALREADY_DECIDED, ALREADY_DESTROYED, REQUEST_NOT_OPEN.
    """
    with handling(caller, Action.REJECT_ERASURE, request_id) as (request, grant):
        row, _ = _planned(request_id)
        not_begun(row)
        take_back(row, lock_subject(row.subject_id))
        row.state = ErasureState.REJECTED.value
        row.save(update_fields=["state"])
        close(request, caller, RequestState.REFUSED, ground)
        request.save()
        grant.record_under_lock(subject_id=row.subject_id, object_id=request_id)
        return view(request)


def withdraw_erasure(*, caller: Caller, request_id: UUID) -> RequestView:
    """Withdraw one's own verification before the approval: the person is as before, the request waits to be verified.

    Raises NoSuchObject, AccessRefused: NOT_THE_AUTHOR, ALREADY_DECIDED, ALREADY_DESTROYED, REQUEST_NOT_OPEN.
    """
    with handling(caller, Action.WITHDRAW_ERASURE, request_id) as (request, grant):
        row, _ = _planned(request_id)
        if row.requested_by != caller.principal.id:
            raise AccessRefused(ReasonCode.NOT_THE_AUTHOR)
        not_begun(row)
        take_back(row, lock_subject(row.subject_id))
        row.state = ErasureState.REJECTED.value
        row.save(update_fields=["state"])
        not_verified(request)
        grant.record_under_lock(subject_id=row.subject_id, object_id=request_id)
        return view(request)


def _planned(request_id: UUID) -> tuple[Erasure, Plan]:
    """Return the erasure, locked, with the plan as it is now. Raises NoSuchObject, AccessRefused(ALREADY_DECIDED)."""
    subject_id = Erasure.objects.filter(request_id=request_id).values_list("subject_id", flat=True).first()
    if subject_id is None:
        raise NoSuchObject("erasure")
    subject = lock_subject(subject_id)
    row = Erasure.objects.select_for_update().get(request_id=request_id)
    if row.state not in UNDECIDED:
        raise AccessRefused(ReasonCode.ALREADY_DECIDED)
    return row, plan(subject, datetime.now(UTC), request_id)


def _view(row: Erasure) -> ErasureView:
    found = Plan.from_json(row.plan)
    steps = ErasureStepDone.objects.filter(erasure_id=row.id).order_by("round", "at", "id")
    return ErasureView(
        request_id=row.request_id,
        subject_id=row.subject_id,
        state=row.state,
        round=row.round,
        digest=bytes(row.plan_sha256).hex(),
        complete=found.is_complete,
        purposes=found.purposes,
        steps=tuple(StepView(step.round, step.step, step.at, int(step.counts.get("total", 0))) for step in steps),
        requested_by=row.requested_by,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        auto_approved=row.auto_approved,
        problem=row.problem,
    )
