"""Offboarding: the end of a tenant, by the plans and steps of every erasure, requested and approved by two people.

From the approval on no API key of the tenant works. Then all people are erased, one after the other; what a hold or a
retention floor keeps stays until that ends. When nothing is left, the tenant's own keys are destroyed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.access.tokens import new_claim_code
from governance.dual_control.proposals import ProposalKind, decline_proposal, withdraw_proposal
from governance.errors import AccessRefused, NoSuchObject
from governance.guard.authorize import attempt, authorize, system_caller
from governance.guard.second_approval import EndedProposal, approve, ended_of
from governance.ids import NIL, uuid7
from governance.keyring.keys import shred_tenant_keys
from governance.models import (
    UNDECIDED,
    UNFINISHED,
    ApiKey,
    ClockProfile,
    DeclineReason,
    Erasure,
    ErasureState,
    ErasureStepDone,
    Offboarding,
    RequestKind,
    RequestState,
    RightsRequest,
    StaffSession,
    Subject,
    Tenant,
    Verification,
)
from governance.rights.clocks import due_at
from governance.subjects.subject_lock import lock_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, SubjectState, SystemJob
from memstore.forget.erasure.approval_seal import check_offboarding, seal_approval, seal_offboarding
from memstore.forget.erasure.plan import plan
from memstore.forget.erasure.saga import run_erasure

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from governance.context import Caller


@dataclass(frozen=True, slots=True)
class OffboardingView:
    """An offboarding. `state`: requested, declined, withdrawn, approved (the command carries it out) or finished."""

    id: UUID
    state: str
    requested_by: UUID
    approved_by: UUID | None
    approved_at: datetime | None
    finished_at: datetime | None
    ended: EndedProposal | None


@dataclass(frozen=True, slots=True)
class OffboardingPreview:
    """Effect that an offboarding would have now. `kept`: memories that must stay, by ground."""

    people: int
    memories: int
    kept: dict[str, int]


@dataclass(frozen=True, slots=True)
class Offboarded:
    """Progress of an offboarding.

    `waiting`: people for whom the law keeps something; `running`: erasures not at their end.
    """

    erased: int
    waiting: int
    running: int
    keys_destroyed: int
    finished: bool


def request_offboarding(*, caller: Caller) -> OffboardingView:
    """Request the end of the tenant. Raises AccessRefused(ANOTHER_IS_OPEN)."""
    grant = authorize(caller=caller, action=Action.REQUEST_OFFBOARDING)
    with grant.effect():
        if Offboarding.objects.filter(finished_at=None, ended_at=None).exists():
            raise AccessRefused(ReasonCode.ANOTHER_IS_OPEN)
        row = Offboarding.objects.create(tenant_id=caller.tenant_id, requested_by=caller.principal.id)
        row.refresh_from_db()
        grant.record_under_lock(object_id=row.id)
    return _view(row)


def end_offboarding_proposal(*, caller: Caller, reason: DeclineReason | None) -> OffboardingView:
    """Decline the end of the tenant for `reason`, or withdraw it if there is none. Raises NoSuchObject."""
    kind = ProposalKind.OFFBOARDING
    with tenant_context(caller.tenant_id):
        open_one = Offboarding.objects.filter(finished_at=None, ended_at=None).values_list("id", flat=True).first()
    found = open_one or NIL  # no row has the nil id, so it is not found
    if reason is None:
        withdraw_proposal(caller=caller, kind=kind, object_id=found)
    else:
        decline_proposal(caller=caller, kind=kind, object_id=found, reason=reason)
    with tenant_context(caller.tenant_id):
        return _view(Offboarding.objects.get(id=found))


def approve_offboarding(*, caller: Caller) -> OffboardingView:
    """Approve the end of the tenant as the second person: all its API keys are revoked with the commit.

    Raises NoSuchObject, AccessRefused: SAME_PERSON, ALREADY_DECIDED.
    """
    grant = authorize(caller=caller, action=Action.APPROVE_OFFBOARDING)
    with grant.effect():
        row = Offboarding.objects.select_for_update().filter(finished_at=None, ended_at=None).first()
        if row is None:
            raise NoSuchObject("offboarding")
        approve(row, caller)
        seal_offboarding(row)
        row.save(update_fields=["approved_by", "approved_at", "approval_mac"])
        for key in ApiKey.objects.filter(revoked_at=None):
            key.revoked_at, key.claim_sha256 = datetime.now(UTC), None
            key.save(update_fields=["revoked_at", "claim_sha256"])
        grant.record_under_lock(object_id=row.id)
    return _view(row)


def outlook(*, tenant_id: UUID) -> OffboardingPreview:
    """Return what the plans of all people add up to. Changes nothing."""
    grant = authorize(caller=system_caller(tenant_id, SystemJob.OPERATOR), action=Action.OFFBOARD_TENANT)
    people = memories = 0
    kept: Counter[str] = Counter()
    with grant.effect():
        for subject in Subject.objects.known().order_by("id").iterator():
            found = plan(subject, datetime.now(UTC))
            people += 1
            memories += sum(part.n_memories for part in found.purposes)
            kept.update({part.ground: part.n_kept for part in found.purposes if part.n_kept})
        grant.record(n_items=0)
    return OffboardingPreview(people, memories, dict(kept))


def offboard(*, tenant_id: UUID, progress: Callable[[int, int], None]) -> Offboarded:
    """Erase all people of the tenant in turn; `progress` is called with (done, of). Repeat it until it is finished.

    Raises NoSuchObject when the offboarding was not requested or not approved, ApprovalBroken when what is stored is
    not what was approved.
    """
    grant = authorize(caller=system_caller(tenant_id, SystemJob.OPERATOR), action=Action.OFFBOARD_TENANT)
    with grant.effect():
        row = Offboarding.objects.filter(finished_at=None, approved_at__isnull=False).first()
        if row is None:
            raise NoSuchObject("approved offboarding")
        check_offboarding(row)
        # An undecided erasure is approved along with the tenant's end, also if its subject is out of sight already.
        undecided = Erasure.objects.filter(state__in=UNDECIDED).values("subject_id")
        found = Subject.objects.filter(~Q(state=SubjectState.ERASED.value) | Q(id__in=undecided))
        left = list(found.order_by("id").values_list("id", flat=True))
    for done, subject_id in enumerate(left):
        progress(done, len(left))
        run_erasure(erasure_id=_begun(grant.caller, row, subject_id), tenant_id=tenant_id)
    progress(len(left), len(left))
    with tenant_context(tenant_id):
        running = list(Erasure.objects.filter(state=ErasureState.RUNNING.value).values_list("id", flat=True))
    for erasure_id in running:
        run_erasure(erasure_id=erasure_id, tenant_id=tenant_id)
    return _finish(grant.caller, row)


def _begun(caller: Caller, offboarding: Offboarding, subject_id: UUID) -> UUID:
    """Begin an erasure of this person under the offboarding's approval, or take over an unfinished one.

    Return its id.
    """
    with attempt(caller, Action.OFFBOARD_TENANT):
        subject, now = lock_subject(subject_id), datetime.now(UTC)
        row = Erasure.objects.select_for_update().filter(subject_id=subject_id, state__in=UNFINISHED).first()
        found = plan(subject, now, row.request_id if row else None)
        if row is None:
            row = Erasure(
                tenant_id=caller.tenant_id,
                request=_request(caller, offboarding, subject_id, now),
                subject_id=subject_id,
                was_restricted=subject.state == SubjectState.RESTRICTED.value,
                requested_by=offboarding.requested_by,
            )
        if row.state in UNDECIDED:
            row.state, row.requested_by = ErasureState.RUNNING.value, offboarding.requested_by
            row.approved_by, row.approved_at = offboarding.approved_by, now
            row.plan, row.plan_sha256, row.problem = found.to_json(), found.digest(), ""
            if ErasureStepDone.objects.filter(erasure_id=row.id, round=row.round).exists():
                row.round += 1
            seal_approval(row)
            row.save()
    return row.id


def _request(caller: Caller, offboarding: Offboarding, subject_id: UUID, now: datetime) -> RightsRequest:
    """Store the tenant's own request. It has no file, since no person wrote."""
    profile = ClockProfile(Tenant.objects.get(id=caller.tenant_id).request_profile)
    return RightsRequest.objects.create(
        id=uuid7(),
        tenant_id=caller.tenant_id,
        kind=RequestKind.ERASURE.value,
        state=RequestState.VERIFIED.value,
        profile=profile.value,
        subject_id=subject_id,
        channel="offboarding",
        opened_by=offboarding.requested_by,
        received_at=now,
        due_at=due_at(profile, now),
        verified_at=now,
        verified_by=offboarding.requested_by,
        verification=Verification.OPERATOR.value,
        receipt_sha256=new_claim_code()[1],
        sealed=b"",
    )


def _finish(caller: Caller, row: Offboarding) -> Offboarded:
    grant = authorize(caller=caller, action=Action.OFFBOARD_TENANT, object_id=row.id)
    with grant.effect():
        row.refresh_from_db()
        check_offboarding(row)
        states = Counter(Erasure.objects.values_list("state", flat=True))
        waiting, running = states[ErasureState.WAITING.value], states[ErasureState.RUNNING.value]
        over = waiting == running == states[ErasureState.PLANNED.value] == states[ErasureState.FAILED.value] == 0
        keys = 0
        if over:
            now = datetime.now(UTC)
            StaffSession.objects.filter(ended_at=None).update(ended_at=now)
            row.finished_at = now
            row.save(update_fields=["finished_at"])
            keys = shred_tenant_keys(caller.tenant_id)
        grant.record_under_lock(object_id=row.id, n_items=states[ErasureState.DONE.value])
    return Offboarded(states[ErasureState.DONE.value], waiting, running, keys, over)


def _view(row: Offboarding) -> OffboardingView:
    state = "finished" if row.finished_at else "approved" if row.approved_at else row.ended_as or "requested"
    return OffboardingView(
        id=row.id,
        state=state,
        requested_by=row.requested_by,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        finished_at=row.finished_at,
        ended=ended_of(row),
    )
