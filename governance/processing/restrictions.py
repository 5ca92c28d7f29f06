"""Restriction (Art. 18): data of a person, or of one of their purposes, is kept and not used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.evidence.ledger.protections import protect
from governance.guard.authorize import authorize
from governance.models import UNFINISHED, Erasure, ErasureState, ProtectionKind
from governance.processing.purposes import purpose_named
from governance.subjects.subject_lock import lock_subject, moved, standing_of
from governance.vocabulary import Action, ReasonCode, SubjectKind, SubjectState

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.models import Subject, SubjectPurpose
    from governance.policy.decide import SubjectFacts


def restrict(*, caller: Caller, subject: SubjectFacts, purpose: str | None = None) -> None:
    """Restrict a person or one of their purposes. From the commit on, no process recalls anything of it.

    Raises AccessRefused: DUPLICATE, SUBJECT_NOT_ACTIVE once the person is erased; NoSuchObject.
    """
    _change(caller, Action.RESTRICT, subject, purpose, restricted=True)


def lift_restriction(*, caller: Caller, subject: SubjectFacts, purpose: str | None = None) -> None:
    """Lift a restriction, so that use continues. The person is to be told before (Art. 18(3)).

    Raises as `restrict`.
    """
    _change(caller, Action.LIFT_RESTRICTION, subject, purpose, restricted=False)


def _change(caller: Caller, action: Action, subject: SubjectFacts, purpose: str | None, *, restricted: bool) -> None:
    grant = authorize(caller=caller, action=action, subject=subject)
    with grant.effect():
        row = lock_subject(subject.id)
        rule = purpose_named(caller.tenant_id, purpose) if purpose is not None else None
        standing = standing_of(row, rule.purpose_id) if rule is not None else None
        if standing is None and row.state == SubjectState.ERASED.value:
            raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)
        if not apply_restriction(row, standing, restricted=restricted, at=datetime.now(UTC)):
            raise AccessRefused(ReasonCode.DUPLICATE)
        protect(
            ProtectionKind.RESTRICT if restricted else ProtectionKind.LIFT,
            tenant_id=row.tenant_id,
            subject_id=row.id,
            subject_kind=SubjectKind(row.kind),
            purpose_id=rule.purpose_id if rule else None,
        )
        grant.record_under_lock(purpose=rule)


def apply_restriction(row: Subject, standing: SubjectPurpose | None, *, restricted: bool, at: datetime) -> bool:
    """Restrict the person or (`standing`) one purpose, or lift that. Return False when it is so already.

    Shared by the live call and by the replay after a restore. The subject is locked by the caller.
    """
    if standing is None:
        changed = _change_subject(row, restricted=restricted)
    elif changed := (standing.restricted_at is not None) != restricted:
        standing.restricted_at = at if restricted else None
        standing.save(update_fields=["restricted_at"])
    if changed:
        moved(row)
    return changed


def _change_subject(row: Subject, *, restricted: bool) -> bool:
    """Set or lift the restriction of a person. Return False when it is so already.

    Lifting it while an erasure is being decided changes only the state to which a rejection of the erasure returns.
    """
    wanted = SubjectState.RESTRICTED if restricted else SubjectState.ACTIVE
    erasure = Erasure.objects.select_for_update().filter(subject_id=row.id, state__in=UNFINISHED).first()
    stays = erasure is not None and erasure.state != ErasureState.WAITING.value and not restricted
    if (stays or row.state == wanted.value) and (erasure is None or erasure.was_restricted == restricted):
        return False
    if erasure is not None:
        erasure.was_restricted = restricted
        erasure.save(update_fields=["was_restricted"])
    if not stays:
        row.state = wanted.value
        row.save(update_fields=["state"])
    return True
