"""Availability of the person: out of reach from the request on, and as before when the request is rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.evidence.ledger.protections import protect
from governance.models import ErasureStep, ErasureStepDone, ProtectionKind
from governance.subjects.subject_lock import moved
from governance.vocabulary import ReasonCode, SubjectKind, SubjectState

if TYPE_CHECKING:
    from governance.models import Erasure, RightsRequest, Subject


def put_out_of_reach(request: RightsRequest, subject: Subject, state: SubjectState) -> None:
    """Restrict the subject, or (ERASED) put it out of sight. The caller has locked the row."""
    if state is SubjectState.ERASED:
        entomb(subject, state)
    else:
        subject.state = state.value
        subject.save(update_fields=["state"])
        moved(subject)
    protect(
        ProtectionKind.RESTRICT,
        tenant_id=request.tenant_id,
        subject_id=subject.id,
        subject_kind=SubjectKind(subject.kind),
        effect={"request": str(request.id)},
    )


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
        subject.state = SubjectState.ACTIVE.value
        subject.generation += 1
        subject.save(update_fields=["state", "generation"])
        protect(
            ProtectionKind.LIFT,
            tenant_id=subject.tenant_id,
            subject_id=subject.id,
            subject_kind=SubjectKind(subject.kind),
            effect={"request": str(erasure.request_id)},
        )
    elif subject.state == SubjectState.ERASED.value:
        subject.state = SubjectState.RESTRICTED.value
        subject.save(update_fields=["state"])
    moved(subject)
