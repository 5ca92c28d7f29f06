"""Availability of the person: out of reach from the request on, and as before when the request is rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.evidence.ledger.protections import protect
from governance.guard.facts import forget_facts
from governance.models import ApiKey, BreakGlass, CopyLink, ErasureStep, ErasureStepDone, ProtectionKind
from governance.subjects.subject_lock import moved
from governance.vocabulary import ReasonCode, SubjectKind, SubjectState
from memstore.models import Job
from memstore.records.jobs import cancel_jobs

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.models import Erasure, RightsRequest, Subject


def put_out_of_reach(request: RightsRequest, subject: Subject, state: SubjectState) -> None:
    """Restrict the subject, or (ERASED) put it out of sight. The caller has locked the row."""
    if state is SubjectState.ERASED:
        entomb(subject, state)
    else:
        restrict_meanwhile(subject)
    protect(
        ProtectionKind.RESTRICT,
        tenant_id=request.tenant_id,
        subject_id=subject.id,
        subject_kind=SubjectKind(subject.kind),
        effect={"request": str(request.id)},
    )


def restrict_meanwhile(subject: Subject) -> None:
    """Restrict the person until the erasure is decided. Shared with the replay after a restore. The row is locked."""
    subject.state = SubjectState.RESTRICTED.value
    subject.save(update_fields=["state"])
    moved(subject)


def make_active(subject: Subject) -> None:
    """Undo that: active, as a new generation. Shared with the replay after a restore. The row is locked."""
    subject.state = SubjectState.ACTIVE.value
    subject.generation += 1
    subject.save(update_fields=["state", "generation"])
    moved(subject)


def end_access(tenant_id: UUID, subject_id: UUID, at: datetime, *, for_good: bool) -> dict[str, int]:
    """Cancel jobs and break-glass access of an erased person; `for_good` also links to copies and pinned keys.

    Return how many, by kind. Shared with the replay after a restore.
    """
    jobs = cancel_jobs(Job.objects.filter(subject_id=subject_id), ReasonCode.SUBJECT_NOT_ACTIVE)
    glass = BreakGlass.objects.filter(subject_id=subject_id, closes_at__gt=at).update(closes_at=at)
    links = keys = 0
    if for_good:
        links = CopyLink.objects.filter(request__subject_id=subject_id, used_at=None).update(used_at=at)
        for key in ApiKey.objects.filter(pinned_subject=subject_id, revoked_at=None):
            key.revoked_at, key.claim_sha256 = at, None
            key.save(update_fields=["revoked_at", "claim_sha256"])
            keys += 1
    forget_facts(tenant_id, subject_id)
    return {"jobs": jobs, "links": links, "api_keys": keys, "break_glass": glass}


def entomb(subject: Subject, state: SubjectState) -> None:
    """Set the state and start a new generation, so that earlier decisions are noticed as old.

    The caller has locked the row. An erased subject that is to be erased stays as it is.
    """
    if subject.state != SubjectState.ERASED.value or state is not SubjectState.ERASED:
        subject.state = state.value
        subject.generation += 1
        subject.save(update_fields=["state", "generation"])
        moved(subject)


def not_begun(erasure: Erasure) -> None:
    """Raise AccessRefused(ALREADY_DESTROYED) when shredding has begun: the erasure then only goes forward."""
    if ErasureStepDone.objects.filter(erasure_id=erasure.id, step=ErasureStep.SHRED_INTENT.value).exists():
        raise AccessRefused(ReasonCode.ALREADY_DESTROYED)


def take_back(erasure: Erasure, subject: Subject) -> None:
    """Restore the person's availability to what it was before the request. The caller has locked both rows.

    Called when the erasure is rejected, withdrawn or cancelled, and when all that it left was refused.
    """
    if not erasure.was_restricted:
        make_active(subject)
        protect(
            ProtectionKind.LIFT,
            tenant_id=subject.tenant_id,
            subject_id=subject.id,
            subject_kind=SubjectKind(subject.kind),
            effect={"request": str(erasure.request_id)},
        )
    elif subject.state == SubjectState.ERASED.value:
        restrict_meanwhile(subject)
    else:
        moved(subject)
