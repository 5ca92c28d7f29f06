"""Restriction (Art. 18): kept and not used, for a person or for one of their purposes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.guard import authorize, effect
from governance.ledger.protections import protect
from governance.models import ProtectionKind
from governance.standing import lock_subject, moved, purpose_named, standing_of
from governance.vocabulary import Action, ReasonCode, SubjectKind, SubjectState

if TYPE_CHECKING:
    from governance.guard import Caller
    from governance.models import Subject
    from governance.policy import SubjectFacts


def restrict(*, caller: Caller, subject: SubjectFacts, purpose: str | None = None) -> None:
    """From the commit on, nothing of it is recalled, by any process. Raises AccessRefused(DUPLICATE)."""
    _change(caller, Action.RESTRICT, subject, purpose, restricted=True)


def lift_restriction(*, caller: Caller, subject: SubjectFacts, purpose: str | None = None) -> None:
    """Use goes on. The person is to be told before (Art. 18(3))."""
    _change(caller, Action.LIFT_RESTRICTION, subject, purpose, restricted=False)


def _change(caller: Caller, action: Action, subject: SubjectFacts, purpose: str | None, *, restricted: bool) -> None:
    grant = authorize(caller=caller, action=action, subject=subject)
    with effect(caller, action):
        row = lock_subject(subject.id)
        rule = purpose_named(caller.tenant_id, purpose) if purpose is not None else None
        if rule is None:
            _change_subject(row, restricted=restricted)
        else:
            standing = standing_of(row, rule.purpose_id)
            if (standing.restricted_at is not None) == restricted:
                raise AccessRefused(ReasonCode.DUPLICATE)
            standing.restricted_at = datetime.now(UTC) if restricted else None
            standing.save(update_fields=["restricted_at"])
        moved(row)
        protect(
            ProtectionKind.RESTRICT if restricted else ProtectionKind.LIFT,
            tenant_id=row.tenant_id,
            subject_id=row.id,
            subject_kind=SubjectKind(row.kind),
            purpose_id=rule.purpose_id if rule else None,
        )
        grant.record_held(purpose=rule)


def _change_subject(row: Subject, *, restricted: bool) -> None:
    before, after = SubjectState.ACTIVE, SubjectState.RESTRICTED
    if not restricted:
        before, after = after, before
    if row.state == SubjectState.ERASED.value:
        raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)
    if row.state != before.value:
        raise AccessRefused(ReasonCode.DUPLICATE)
    row.state = after.value
    row.save(update_fields=["state"])
