"""Verification of a person's request (Art. 12(6)), of every kind; an erasure is planned along with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.models import RequestKind, RequestState
from governance.rights.handling import handling, mark_verified
from governance.rights.request_view import RequestView, view
from governance.subjects.subject_lock import lock_subject
from governance.vocabulary import Action, ReasonCode, Role, SubjectState
from memstore.forget.erasure.begin import begin
from memstore.forget.erasure.plan import as_seen
from memstore.forget.erasure.saga import hint_if_running

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.models import RightsRequest, Verification


def verify_request(*, caller: Caller, request_id: UUID, method: Verification, seen: str = "") -> RequestView:
    """Verify a request: it is known that the person asks (Art. 12(6)). An erasure restricts the person and is planned.

    `seen`: the digest of the plan that staff looked at before, if any (`memstore.oversight.action_preview`). A
    duplicate of a request in handling is marked so, and changes nothing. Raises NoSuchObject, AccessRefused:
    REQUEST_NOT_OPEN, ALREADY_DECIDED, ALREADY_DESTROYED (the person is erased by now), PLAN_CHANGED.
    """
    with handling(caller, Action.VERIFY_REQUEST, request_id) as (row, grant):
        if seen and row.kind == RequestKind.ERASURE.value:
            as_seen(lock_subject(row.subject_id), seen, request_id)
        return known_person(row, grant, method, vouched_by=caller.principal.id)


def known_person(row: RightsRequest, grant: Grant, method: Verification, *, vouched_by: UUID) -> RequestView:
    """Verify the request inside `handling`, with `vouched_by` answering for the person's identity.

    For an erasure, `vouched_by` counts as who requested it. Raises AccessRefused: ALREADY_DECIDED, ALREADY_DESTROYED.
    """
    if row.kind != RequestKind.ERASURE.value:
        mark_verified(row, grant, method, vouched_by=vouched_by)
        return view(row)
    subject = lock_subject(row.subject_id)
    mark_verified(row, grant, method, vouched_by=vouched_by)
    if row.state == RequestState.VERIFIED.value:
        if subject.state == SubjectState.ERASED.value:
            raise AccessRefused(ReasonCode.ALREADY_DESTROYED)
        themself = grant.caller.principal.role is Role.SUBJECT
        hint_if_running(begin(row, subject, asked_by=vouched_by, proved_by_person=themself))
    return view(row)
