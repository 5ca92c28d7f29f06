"""Deleting all of a person, as Mem0's clients ask for it: unreadable at once, and an erasure request behind it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.four_eyes import new_claim_code
from governance.guard import authorize, clear, effect, on_current_facts
from governance.ids import NIL, uuid7
from governance.look_up import subject_named
from governance.models import (
    ClockProfile,
    Erasure,
    ErasureState,
    ErasureStep,
    RequestKind,
    RequestState,
    RightsRequest,
    Tenant,
    Verification,
)
from governance.rights.clocks import due_at
from governance.rights.files import RequestFile, seal_file
from governance.rights.handling import close
from governance.standing import lock_subject
from governance.subjects import admit_evenly
from governance.tenancy import tenant_context
from governance.vocabulary import Action, SubjectKind, SubjectState
from memstore.erasure import run
from memstore.erasure.begin import begin_at_once, let_all_go
from memstore.erasure.plan import Plan
from memstore.idempotency import claim
from memstore.models import Job, JobKind, JobStatus, Memory, Source
from memstore.remove import Removed

if TYPE_CHECKING:
    from uuid import UUID

    from governance.guard import Caller, Cleared
    from memstore.idempotency import Once


def covers(cleared: Cleared) -> bool:
    """Whether the key acts for every purpose that anything is kept of the user for.

    A key of some purposes deletes what is kept for those, row by row; the person is not its to erase.
    """
    caller = cleared.caller
    if caller.purpose is not None:
        return False
    known = subject_named(cleared, SubjectKind.USER)
    about = known.id if known is not None else NIL
    mine = {rule.purpose_id for rule in caller.principal.purposes}
    with tenant_context(caller.tenant_id):
        kept = set(Memory.objects.filter(subject_id=about).values_list("purpose_id", flat=True).distinct())
        kept |= set(Source.objects.filter(subject_id=about).values_list("purpose_id", flat=True).distinct())
    return kept <= mine


@on_current_facts
def erase_person(
    *,
    caller: Caller,
    user_id: str,
    retained: str,
    once: Once | None = None,
    action: Action = Action.FORGET_SCOPE,
    verification: Verification = Verification.KEY,
) -> tuple[UUID, bool]:
    """(the event's id, which is the request's too; whether the law keeps something for now).

    The key answers for it that the person is meant (`forget_subject`). Where the tenant approves by itself, the keys
    and rows are destroyed before the answer; the certificate follows. `retained` is the code of the event then.
    """
    cleared = clear(caller=caller, action=action, names={SubjectKind.USER: user_id}, kind=SubjectKind.USER)
    user_id = cleared.names[SubjectKind.USER]
    known = subject_named(cleared, SubjectKind.USER)
    known = None if known is not None and known.state is SubjectState.ERASED else known
    grant = authorize(caller=caller, action=action, subject=known, new_subject_kind=SubjectKind.USER)
    subject = admit_evenly(caller.tenant_id, SubjectKind.USER, user_id)
    request_id = uuid7()
    content = RequestFile(SubjectKind.USER, user_id)
    sealed = seal_file(caller.tenant_id, request_id, content)  # another database: outside the transaction
    with effect(caller, action):
        if once is not None and (first := claim(caller, once, request_id)) != request_id:
            return first, Job.objects.filter(id=first, error_code=retained).exists()
        row = lock_subject(subject.id)
        first_one = _in_handling(row.id)
        request = _request(caller, request_id, row.id, sealed, verification, duplicate_of=first_one)
        removed = Removed()
        if first_one is None:
            erasure, removed = begin_at_once(request, row, asked_by=caller.principal.id)
        else:
            erasure = Erasure.objects.get(request_id=first_one)
            if row.state == SubjectState.ACTIVE.value:  # what the law keeps does not end the service: there may be new
                removed = let_all_go(row)
        kept = not Plan.from_json(erasure.plan).is_complete
        _note(caller, request_id, retained if kept else "", done=kept or first_one is not None)
        grant.record_held(subject_id=row.id, object_id=request_id, items=removed.all, n_items=len(removed.all) or 1)
        running = erasure.state == ErasureState.RUNNING.value
        # Taken before anybody else can see it: the answer comes when the id is free for somebody new.
        taken = run.take(erasure) if running and first_one is None else None
    if taken is not None:
        run.go_on(taken, until=ErasureStep.CLOSE)
    if running:
        run.hint(erasure.id, erasure.tenant_id)
    return request_id, kept


def _in_handling(subject_id: UUID) -> UUID | None:
    """The erasure request that this would only repeat."""
    return (
        RightsRequest.objects.filter(
            subject_id=subject_id,
            kind=RequestKind.ERASURE.value,
            state__in=[RequestState.VERIFIED.value, RequestState.PARTLY_DONE.value],
        )
        .values_list("id", flat=True)
        .first()
    )


def _request(
    caller: Caller,
    request_id: UUID,
    subject_id: UUID,
    sealed: bytes,
    verification: Verification,
    *,
    duplicate_of: UUID | None,
) -> RightsRequest:
    """Verified by the key that asks, or the duplicate of one that is in handling."""
    now = datetime.now(UTC)
    profile = ClockProfile(Tenant.objects.get(id=caller.tenant_id).request_profile)
    _, receipt_sha256 = new_claim_code()  # nobody holds it: the key follows the event instead
    row = RightsRequest(
        id=request_id,
        tenant_id=caller.tenant_id,
        kind=RequestKind.ERASURE.value,
        state=RequestState.VERIFIED.value,
        profile=profile.value,
        subject_id=subject_id,
        channel=verification.value,
        opened_by=caller.principal.id,
        received_at=now,
        due_at=due_at(profile, now),
        verified_at=now,
        verified_by=caller.principal.id,
        verification=verification.value,
        receipt_sha256=receipt_sha256,
        sealed=sealed,
    )
    if duplicate_of is not None:
        row.duplicate_of = duplicate_of
        close(row, caller, RequestState.DUPLICATE)
    row.save(force_insert=True)
    return row


def _note(caller: Caller, event_id: UUID, code: str, *, done: bool) -> None:
    """The event of Mem0's wire, under the request's id. It names no subject, so it outlives the erasure."""
    Job.objects.create(
        id=event_id,
        tenant_id=caller.tenant_id,
        kind=JobKind.DELETE,
        status=JobStatus.SUCCEEDED if done else JobStatus.PENDING,
        principal_id=caller.principal.id,
        request_id=caller.request_id,
        error_code=code,
    )
