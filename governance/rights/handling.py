"""Handling of requests: verify, extend, pause, refuse and close. Each step is on the record."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.guard.authorize import authorize
from governance.models import (
    UNDECIDED,
    ClockProfile,
    Erasure,
    Ground,
    RequestItem,
    RequestKind,
    RequestState,
    RightsRequest,
    Verification,
)
from governance.processing.purposes import purpose_named
from governance.rights.clocks import due_at, extended_due_at, extension_refused, may_pause
from governance.rights.request_view import RequestView, view
from governance.rights.requests import visible
from governance.subjects.oneself import oneself
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.models import ExtensionReason, PauseReason

OPEN = (RequestState.RECEIVED.value, RequestState.VERIFIED.value, RequestState.PARTLY_DONE.value)
# A second request of these kinds would do the same again while the first is in handling.
ONE_AT_A_TIME = (RequestKind.ERASURE.value,)


@contextmanager
def handling(caller: Caller, action: Action, request_id: UUID) -> Iterator[tuple[RightsRequest, Grant]]:
    """Open the transaction of one step: the row, locked, of an open request that the caller may see, and the grant.

    Raises NoSuchObject, AccessRefused(REQUEST_NOT_OPEN), both on the record.
    """
    grant = authorize(caller=caller, action=action, subject=oneself(caller), object_id=request_id)
    with grant.effect():
        row = visible(caller).select_for_update().filter(id=request_id).first()
        if row is None:
            raise NoSuchObject("request")
        if row.state not in OPEN:
            raise AccessRefused(ReasonCode.REQUEST_NOT_OPEN)
        yield row, grant


def mark_verified(row: RightsRequest, grant: Grant, method: Verification, *, vouched_by: UUID | None = None) -> None:
    """Record that the person is verified. Call it inside `handling`.

    An erasure request becomes a duplicate when another one of the person is already being handled, and blocks nothing.
    `vouched_by`: who vouches for the person's identity, if that is not the caller. Raises
    AccessRefused(ALREADY_DECIDED).
    """
    if row.verified_at is not None:
        raise AccessRefused(ReasonCode.ALREADY_DECIDED)
    row.verified_at, row.verified_by = datetime.now(UTC), vouched_by or grant.caller.principal.id
    row.verification = method.value
    row.state = RequestState.VERIFIED.value
    if row.kind in ONE_AT_A_TIME:
        first = RightsRequest.objects.filter(subject_id=row.subject_id, kind=row.kind, state__in=OPEN[1:]).first()
        if first is not None:
            row.duplicate_of = first.id
            close(row, grant.caller, RequestState.DUPLICATE)
    _resume(row)
    row.save()
    grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)


def not_verified(row: RightsRequest) -> None:
    """Undo the verification. Call it inside `handling`."""
    row.verified_at = row.verified_by = None
    row.verification, row.state = "", RequestState.RECEIVED.value
    row.save(update_fields=["verified_at", "verified_by", "verification", "state"])


def extend_request(*, caller: Caller, request_id: UUID, reason: ExtensionReason) -> RequestView:
    """Extend the period, once, with a reason, before it is over (Art. 12(3); 11 CCR 7021(b)). The person is to be told.

    Raises NoSuchObject, AccessRefused: REQUEST_NOT_OPEN, ALREADY_EXTENDED, DEADLINE_PASSED.
    """
    with handling(caller, Action.EXTEND_REQUEST, request_id) as (row, grant):
        now = datetime.now(UTC)
        refused = extension_refused(row.due_at, extended_at=row.extended_at, now=now)
        if refused is not None:
            raise AccessRefused(refused)
        paused = row.due_at - due_without_pause(row)
        row.due_at = extended_due_at(ClockProfile(row.profile), row.received_at, paused)
        row.extended_at, row.extended_by, row.extension_reason = now, caller.principal.id, reason.value
        row.escalated_at = None
        row.save()
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)
        return view(row)


def due_without_pause(row: RightsRequest) -> datetime:
    """Return the moment at which a request is due without an extension or a pause."""
    return due_at(ClockProfile(row.profile), row.received_at)


def pause_request(*, caller: Caller, request_id: UUID, reason: PauseReason) -> RequestView:
    """Stop the clock while the person is asked who they are, or what they mean.

    Raises NoSuchObject, AccessRefused: REQUEST_NOT_OPEN, CLOCK_NEVER_STOPS (CCPA), DUPLICATE, DEADLINE_PASSED.
    """
    with handling(caller, Action.PAUSE_REQUEST, request_id) as (row, grant):
        now = datetime.now(UTC)
        if not may_pause(ClockProfile(row.profile)):
            raise AccessRefused(ReasonCode.CLOCK_NEVER_STOPS)
        if row.paused_at is not None:
            raise AccessRefused(ReasonCode.DUPLICATE)
        if row.due_at <= now:
            raise AccessRefused(ReasonCode.DEADLINE_PASSED)
        row.paused_at, row.pause_reason = now, reason.value
        row.save()
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)
        return view(row)


def resume_request(*, caller: Caller, request_id: UUID) -> RequestView:
    """Restart the clock. The due date moves by the pause.

    Raises NoSuchObject, AccessRefused: REQUEST_NOT_OPEN, DUPLICATE (it is not paused).
    """
    with handling(caller, Action.RESUME_REQUEST, request_id) as (row, grant):
        if row.paused_at is None:
            raise AccessRefused(ReasonCode.DUPLICATE)
        _resume(row)
        row.save()
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)
        return view(row)


def refuse_item(
    *,
    caller: Caller,
    request_id: UUID,
    ground: Ground,
    memory_id: UUID | None = None,
    purpose: str | None = None,
) -> RequestView:
    """Refuse a part of a request: a memory, or what is kept for a purpose. The rest is still handled.

    In an erasure only a purpose can be refused, and only before the plan is approved. Raises NoSuchObject,
    InvalidChange, AccessRefused: REQUEST_NOT_OPEN, ALREADY_DECIDED.
    """
    with handling(caller, Action.REFUSE_REQUEST, request_id) as (row, grant):
        if (memory_id is None) == (purpose is None):
            raise InvalidChange("memory_id", "name a memory or a purpose")
        if ground is Ground.SHOWN_IN_FULL:
            raise InvalidChange("ground", "shown_in_full is no refusal")
        if row.kind == RequestKind.ERASURE.value:
            if memory_id is not None:
                raise InvalidChange("memory_id", "of an erasure a purpose is refused, or all of it")
            if Erasure.objects.filter(request_id=row.id).exclude(state__in=UNDECIDED).exists():
                raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        rule = purpose_named(caller.tenant_id, purpose) if purpose is not None else None
        RequestItem.objects.create(
            tenant_id=caller.tenant_id,
            request_id=row.id,
            memory_id=memory_id,
            purpose_id=rule.purpose_id if rule else None,
            ground=ground.value,
            decided_by=caller.principal.id,
        )
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id, purpose=rule, n_items=1)
        return view(row)


def close(row: RightsRequest, caller: Caller, state: RequestState, ground: Ground | None = None) -> None:
    """Set the end on an unsaved `row`."""
    row.state, row.closed_at, row.closed_by = state.value, datetime.now(UTC), caller.principal.id
    row.ground = ground.value if ground else ""
    _resume(row)


def end_with_the_person(caller: Caller, subject_id: UUID, *, but: UUID | None = None) -> int:
    """End the open requests of an erased person, except `but`, with the state "erased". Return how many.

    Nothing is left to hand out, correct or restrict, and the holder of the receipt is told so. Each end is on the
    record. Call it inside the tenant's context.
    """
    still = RightsRequest.objects.select_for_update().filter(subject_id=subject_id, state__in=OPEN)
    rows = [row for row in still.order_by("id") if row.id != but]
    for row in rows:
        grant = authorize(caller=caller, action=Action.ERASE, object_id=row.id)
        close(row, caller, RequestState.ERASED)
        row.save()
        grant.record_under_lock(subject_id=subject_id, object_id=row.id)
    return len(rows)


def _resume(row: RightsRequest) -> None:
    if row.paused_at is not None:
        row.due_at += datetime.now(UTC) - row.paused_at
        row.paused_at, row.pause_reason = None, ""
