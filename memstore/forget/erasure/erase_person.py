"""Erasure of a person by a key, as Mem0's clients ask for it: unreadable at once, with an erasure request behind it.

If the tenant lets its keys destroy (`key_deletions_at_once`), keys and rows are gone in the answer; else a person
approves. One key may delete a limited number of people an hour (`key_deletions_per_hour`): a person above the limit is
restricted and nothing is destroyed; an officer approves or rejects it, and a rejection puts everything back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.access.deletion_limit import within_limit
from governance.access.tokens import new_claim_code
from governance.errors import AccessRefused
from governance.guard.authorize import authorize, on_current_facts
from governance.ids import NIL, uuid7
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
from governance.rights.handling import close
from governance.rights.request_file import RequestFile, seal_file
from governance.subjects.look_up import clear, subject_named
from governance.subjects.subject_lock import lock_subject
from governance.subjects.subjects import admit_evenly
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, Role, SubjectKind, SubjectState
from memstore.forget.erasure import saga
from memstore.forget.erasure.begin import begin, begin_at_once, let_all_go
from memstore.forget.erasure.plan import Plan
from memstore.forget.erasure.steps import ERASURES
from memstore.models import Job, JobKind, JobStatus, Memory, Source
from memstore.records.delete import Removed
from memstore.records.idempotency import claim

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.subjects.look_up import Cleared
    from memstore.records.idempotency import Once

RETAINED = "retained_by_law"  # the same word for a hold and for a floor: it tips no one off about a hold


@dataclass(frozen=True, slots=True)
class Deleted:
    """Result of a deletion. `event_id` is also the request's id.

    `retained`: the law keeps something for now. `waits`: staff have to approve; the person is out of reach and nothing
    is destroyed yet.
    """

    event_id: UUID
    retained: bool = False
    waits: bool = False


def covers(cleared: Cleared) -> bool:
    """Return whether the key acts for every purpose that anything of the user is kept for.

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
    once: Once | None = None,
    action: Action = Action.FORGET_SCOPE,
    verification: Verification = Verification.KEY,
) -> Deleted:
    """Request the erasure of a person by their external id.

    The key answers for it that the person is meant (`forget_subject`). If the tenant lets its keys destroy, keys and
    rows are gone before the answer; the certificate follows. The event's error code is RETAINED if the law keeps
    something. Raises AccessRefused, Conflict for an idempotency key of another request; above the limit
    AccessRefused(DELETION_LIMIT) for new memories of a person whose erasure is in handling.
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
    with grant.effect():
        if once is not None and (first := claim(caller, once, request_id)) != request_id:
            return again(first)
        row = lock_subject(subject.id)
        first_one = _in_handling(row.id)
        request = _request(caller, request_id, row.id, sealed, verification, duplicate_of=first_one)
        removed, by_key = Removed(), caller.principal.role is Role.API_KEY
        # A person whose erasure waits or was done is not deleted once more.
        more = first_one is None or row.state == SubjectState.ACTIVE.value
        braked = more and not within_limit(
            caller, action, counts=anything_of(row.id), subject_id=row.id, request_id=request_id
        )
        if first_one is None and braked:
            erasure = begin(request, row, asked_by=caller.principal.id, by_rule=False)
        elif first_one is None:
            erasure, removed = begin_at_once(request, row, asked_by=caller.principal.id, by_key=by_key)
        else:
            erasure = Erasure.objects.get(request_id=first_one)
            if braked:
                raise AccessRefused(ReasonCode.DELETION_LIMIT)
            if more:  # a hold does not end the service: there may be new memories
                removed = let_all_go(row)
        kept = not braked and not Plan.from_json(erasure.plan).is_complete
        waits = erasure.state == ErasureState.PLANNED.value and not kept
        _note(caller, request_id, RETAINED if kept else "", done=kept or first_one is not None)
        grant.record_under_lock(
            subject_id=row.id, object_id=request_id, items=removed.all, n_items=len(removed.all) or 1
        )
        running = erasure.state == ErasureState.RUNNING.value
        # Taken before any worker can see it: the answer comes once the external id is free for a new subject.
        taken = saga.take(erasure) if running and first_one is None else None
    if taken is not None:
        saga.go_on(taken, until=ErasureStep.CLOSE)
    if running:
        ERASURES.hint(erasure.id, erasure.tenant_id)
    return Deleted(request_id, kept, waits)


def again(event_id: UUID) -> Deleted:
    """Return the answer to a deletion that was requested before. Inside the tenant's context."""
    kept = Job.objects.filter(id=event_id, error_code=RETAINED).exists()
    first_one = RightsRequest.objects.filter(id=event_id).values_list("duplicate_of", flat=True).first()
    waits = Erasure.objects.filter(request_id=first_one or event_id, state=ErasureState.PLANNED.value).exists()
    return Deleted(event_id, kept, waits and not kept)


def anything_of(subject_id: UUID) -> bool:
    """Return whether a memory or a source of the person is kept. Inside the tenant's context."""
    return any(kept.objects.filter(subject_id=subject_id).exists() for kept in (Memory, Source))


def _in_handling(subject_id: UUID) -> UUID | None:
    """Return the open erasure request that a new one would only repeat."""
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
    """Store the request, verified by the key that asks, or as the duplicate of one in handling."""
    now = datetime.now(UTC)
    profile = ClockProfile(Tenant.objects.get(id=caller.tenant_id).request_profile)
    _, receipt_sha256 = new_claim_code()  # the code is given to no one: the key follows the event instead
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
    """Store the event of Mem0's wire, under the request's id. It names no subject, so it outlives the erasure."""
    Job.objects.create(
        id=event_id,
        tenant_id=caller.tenant_id,
        kind=JobKind.DELETE,
        status=JobStatus.SUCCEEDED if done else JobStatus.PENDING,
        principal_id=caller.principal.id,
        request_id=caller.request_id,
        error_code=code,
    )
