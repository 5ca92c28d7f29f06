"""End of the person's requests: fulfilled, refused or cancelled, with what each kind asks for.

A copy is made by `copies`, an erasure is decided by `forget.erasure.decision`; the others are done here, by the same
use cases that a key or staff would call, so that nothing of them is written twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.guard.authorize import attempt
from governance.guard.facts import subject_facts
from governance.models import (
    UNDECIDED,
    Erasure,
    ErasureState,
    Ground,
    Purpose,
    RequestKind,
    RequestState,
    RightsRequest,
)
from governance.processing.consents import Choice
from governance.processing.restrictions import restrict
from governance.rights.handling import close, handling
from governance.rights.portal.own_requests import may_take_back
from governance.rights.recipient_notices import prepare_notices
from governance.rights.request_file import open_file
from governance.rights.request_view import RequestView, view
from governance.subjects.subject_lock import lock_subject
from governance.vocabulary import Action, ReasonCode, Role, SubjectKind
from memstore.forget.erasure.availability import not_begun, take_back
from memstore.records.scope_ids import FIELDS, ScopeIds
from memstore.rights import choices
from memstore.rights.rectify import rectify

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller

__all__ = ["cancel_request", "fulfil_request", "refuse_request"]
SAID_BEFORE = frozenset({ReasonCode.DUPLICATE})  # the person asked for what is so already
TOLD = frozenset({RequestKind.RECTIFICATION, RequestKind.RESTRICTION})  # recipients are told of these (Art. 19)


def fulfil_request(*, caller: Caller, request_id: UUID) -> RequestView:
    """Do what a verified request asks for, and close it. An access or portability request is closed as handed over.

    Raises NoSuchObject, AccessRefused: IDENTITY_UNVERIFIED, REQUEST_NOT_OPEN (also for an erasure, which is approved
    instead), and what the use case behind it raises; the request then stays open.
    """
    with handling(caller, Action.FULFIL_REQUEST, request_id) as (row, grant):
        if row.verified_at is None:
            raise AccessRefused(ReasonCode.IDENTITY_UNVERIFIED)
        if row.kind == RequestKind.ERASURE.value:
            raise AccessRefused(ReasonCode.REQUEST_NOT_OPEN)
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)
    try:
        _do(caller, row)
    except AccessRefused as refused:
        if refused.reason not in SAID_BEFORE:
            raise
    with handling(caller, Action.FULFIL_REQUEST, request_id) as (row, grant):
        n_told = prepare_notices(row) if RequestKind(row.kind) in TOLD else 0
        close(row, caller, RequestState.DONE)
        row.save()
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id, n_items=n_told)
        return view(row)


def _do(caller: Caller, row: RightsRequest) -> None:
    kind = RequestKind(row.kind)
    if kind in (RequestKind.ACCESS, RequestKind.PORTABILITY):
        return
    content = open_file(caller.tenant_id, row.id, bytes(row.sealed))
    if content is None:
        raise AccessRefused(ReasonCode.REQUEST_NOT_OPEN)
    purpose = _purpose_name(caller, row)
    if kind is RequestKind.RESTRICTION:
        [subject] = subject_facts(caller.tenant_id, [row.subject_id], fresh=True).values()
        restrict(caller=caller, subject=subject, purpose=purpose)
    elif kind is RequestKind.OBJECTION:
        choices.object_to(caller=caller, scope=_scope(content.kind, content.external_id), purpose=purpose or "")
    elif kind is RequestKind.WITHDRAWAL:
        choice = Choice(row.channel)
        scope = _scope(content.kind, content.external_id)
        choices.withdraw(caller=caller, scope=scope, purpose=purpose or "", choice=choice)
    elif row.memory_id is not None:
        rectify(caller=caller, subject_id=row.subject_id, memory_id=row.memory_id, text=content.correction)


def _purpose_name(caller: Caller, row: RightsRequest) -> str | None:
    if row.purpose_id is None:
        return None
    with attempt(caller, Action.FULFIL_REQUEST):
        return Purpose.objects.values_list("name", flat=True).get(id=row.purpose_id)


def _scope(kind: SubjectKind, external_id: str) -> ScopeIds:
    return ScopeIds(**{FIELDS[kind]: external_id})


def refuse_request(*, caller: Caller, request_id: UUID, ground: Ground) -> RequestView:
    """Refuse all of a request, with the ground.

    The person is to be told within the month, and of the authority (Art. 12(4)). Raises NoSuchObject, AccessRefused:
    REQUEST_NOT_OPEN, ALREADY_DESTROYED (an erasure that runs).
    """
    return _end(caller, Action.REFUSE_REQUEST, request_id, RequestState.REFUSED, ground)


def cancel_request(*, caller: Caller, request_id: UUID) -> RequestView:
    """Cancel a request for the person.

    A portal sitting cancels what was requested in it or, once the identity is proved, in any sitting of the person
    (`may_take_back`). Raises NoSuchObject, AccessRefused: NOT_ASKED_HERE, IDENTITY_UNVERIFIED, ALREADY_DESTROYED (an
    erasure that runs).
    """
    return _end(caller, Action.CANCEL_REQUEST, request_id, RequestState.CANCELLED, None)


def _end(caller: Caller, action: Action, request_id: UUID, state: RequestState, ground: Ground | None) -> RequestView:
    with handling(caller, action, request_id) as (row, grant):
        if caller.principal.role is Role.SUBJECT:
            may_take_back(caller, row)
        if row.kind == RequestKind.ERASURE.value and row.verified_at is not None:
            subject = lock_subject(row.subject_id)
            erasure = Erasure.objects.select_for_update().get(request_id=row.id)
            if erasure.state not in UNDECIDED:
                raise AccessRefused(ReasonCode.ALREADY_DESTROYED)
            not_begun(erasure)
            take_back(erasure, subject)
            erasure.state = ErasureState.REJECTED.value
            erasure.save(update_fields=["state"])
        close(row, caller, state, ground)
        row.save()
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)
        return view(row)
