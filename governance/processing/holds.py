"""Legal holds: a flag on a person, for one purpose or all, that blocks destruction and nothing else.

Placing and releasing take two people each. Both, and everything that destroys, take the subject lock: a hold is fully
before a destruction or fully after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.evidence.ledger.protections import protect
from governance.guard.authorize import authorize, on_current_facts
from governance.guard.second_approval import EndedProposal, check_approver, ended_of, not_the_same
from governance.models import UNDECIDED, Erasure, LegalHold, ProtectionKind, Subject
from governance.paging import Page, taken
from governance.policy.case_reference import case_reference
from governance.policy.external_ids import field_of
from governance.processing.purposes import purpose_named
from governance.subjects.look_up import clear, subject_named
from governance.subjects.subject_lock import lock_subject
from governance.subjects.subjects import admit_subject
from governance.vocabulary import Action, ReasonCode, SubjectKind, SubjectState

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller

UNKNOWN = "nobody is known by this id; say that the person is expected, to hold what will be remembered"


@dataclass(frozen=True, slots=True)
class HoldView:
    """One hold. `state`: requested, declined, withdrawn, placed, release_requested, released.

    `ended`: how the last proposal ended that was not approved; of a placed hold, the last one to release it.
    """

    id: UUID
    subject_id: UUID
    purpose: str | None
    case_reference: str
    disclosable: bool
    from_at: datetime | None
    until_at: datetime | None
    state: str
    requested_by: UUID
    approved_by: UUID | None
    release_requested_by: UUID | None
    release_approved_by: UUID | None
    ended: EndedProposal | None


def in_force(now: datetime) -> Q:
    """Return the condition for holds that are in force at `now`."""
    return (
        Q(approved_at__isnull=False, release_approved_at__isnull=True)
        & (Q(from_at__isnull=True) | Q(from_at__lte=now))
        & (Q(until_at__isnull=True) | Q(until_at__gt=now))
    )


def holds_on(subject_id: UUID, now: datetime) -> list[LegalHold]:
    """Return the holds on a subject that are in force now.

    Call it in the transaction that destroys, while holding the subject lock.
    """
    return list(LegalHold.objects.filter(in_force(now), subject_id=subject_id))


def held_purposes(holds: list[LegalHold]) -> tuple[bool, set[UUID]]:
    """Return (whether everything is held, the purposes that are held)."""
    return any(hold.purpose_id is None for hold in holds), {hold.purpose_id for hold in holds if hold.purpose_id}


@on_current_facts
def request_hold(
    *,
    caller: Caller,
    kind: SubjectKind,
    external_id: str,
    reference: str,
    purpose: str | None = None,
    disclosable: bool = True,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    expected: bool = False,
) -> HoldView:
    """Request a hold. It is in force once a second person has approved it.

    A hold also covers what will be remembered: with `expected` the person need not be known yet. Without it an unknown
    id is refused, since a hold on a misspelt id protects nothing. A refused request admits no subject. Raises
    AccessRefused (ALREADY_DESTROYED for a person whose erasure is approved), InvalidChange (NOT_FOUND for an unknown
    id), NoSuchObject.
    """
    cleared = clear(caller=caller, action=Action.REQUEST_HOLD, names={kind: external_id}, kind=kind)
    known = subject_named(cleared, kind)
    erased = known is not None and known.state is SubjectState.ERASED
    asked_of = None if erased else known
    grant = authorize(caller=caller, action=Action.REQUEST_HOLD, subject=asked_of, new_subject_kind=kind)
    with grant.effect():
        if erased and known is not None:
            not_destroyed(known.id)
        rule = purpose_named(caller.tenant_id, purpose) if purpose is not None else None
        case_reference(reference)
        if from_at is not None and until_at is not None and until_at <= from_at:
            raise InvalidChange("until", "must be after the beginning")
        if known is None and not expected:
            raise InvalidChange(field_of(kind), UNKNOWN, ReasonCode.NOT_FOUND)
    subject = known or admit_subject(caller.tenant_id, kind, external_id)
    with grant.effect():
        row = LegalHold.objects.create(
            tenant_id=caller.tenant_id,
            subject_id=subject.id,
            purpose_id=rule.purpose_id if rule else None,
            case_reference=reference,
            disclosable=disclosable,
            from_at=from_at,
            until_at=until_at,
            requested_by=caller.principal.id,
        )
        grant.about(subject).record(object_id=row.id, purpose=rule)
    return _view(caller, row)


def approve_hold(*, caller: Caller, hold_id: UUID) -> HoldView:
    """Approve a hold as the second person. From the commit on, nothing that it covers can be destroyed.

    Raises NoSuchObject, AccessRefused: SAME_PERSON, ALREADY_DECIDED, ALREADY_DESTROYED.
    """
    grant = authorize(caller=caller, action=Action.APPROVE_HOLD, object_id=hold_id)
    with grant.effect():
        row = locked(hold_id)
        not_destroyed(row.subject_id)
        check_approver(row, caller)
        apply_hold(row, by=caller.principal.id, at=datetime.now(UTC))
        _protect(row)
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)
    return _view(caller, row)


def request_release(*, caller: Caller, hold_id: UUID) -> HoldView:
    """Request the release of a hold. It takes effect once a second person has approved it.

    Raises NoSuchObject, AccessRefused(ALREADY_DECIDED).
    """
    grant = authorize(caller=caller, action=Action.REQUEST_HOLD_RELEASE, object_id=hold_id)
    with grant.effect():
        row = locked(hold_id)
        if row.approved_at is None or row.release_requested_at is not None:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        row.release_requested_by, row.release_requested_at = caller.principal.id, datetime.now(UTC)
        row.save(update_fields=["release_requested_by", "release_requested_at"])
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)
    return _view(caller, row)


def approve_release(*, caller: Caller, hold_id: UUID) -> HoldView:
    """Approve the release as the second person. What was due meanwhile is destroyed by the next sweep.

    Raises NoSuchObject, AccessRefused: SAME_PERSON, ALREADY_DECIDED.
    """
    grant = authorize(caller=caller, action=Action.APPROVE_HOLD_RELEASE, object_id=hold_id)
    with grant.effect():
        row = locked(hold_id)
        if row.release_requested_at is None or row.release_approved_at is not None:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        not_the_same(caller, row.release_requested_by)
        apply_release(row, by=caller.principal.id, at=datetime.now(UTC))
        protect(
            ProtectionKind.RELEASE,
            tenant_id=row.tenant_id,
            subject_id=row.subject_id,
            effect={
                "hold": str(row.id),
                "release_requested_by": str(row.release_requested_by),
                "release_requested_at": row.release_requested_at.isoformat(),
                "release_approved_by": str(row.release_approved_by),
            },
        )
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)
    return _view(caller, row)


def apply_hold(row: LegalHold, *, by: UUID, at: datetime) -> None:
    """Put a hold in force. Shared by the live call and by the replay after a restore, for which the row is new."""
    row.approved_by, row.approved_at = by, at
    row.save()


def apply_release(row: LegalHold, *, by: UUID, at: datetime) -> None:
    """Release a hold, whose release was asked for. Shared by the live call and by the replay after a restore."""
    row.release_approved_by, row.release_approved_at = by, at
    row.save()


def list_holds(*, caller: Caller) -> list[HoldView]:
    """Return all holds, newest request first: requested, in force and released."""
    return list(page_holds(caller=caller, page_size=None).rows)


def page_holds(*, caller: Caller, page: int = 1, page_size: int | None = 50) -> Page[HoldView]:
    """Return one page in the order of `list_holds`."""
    grant = authorize(caller=caller, action=Action.READ_HOLDS)
    with grant.effect():
        rows, total = taken(LegalHold.objects.order_by("-requested_at", "-id"), page, page_size)
        grant.record(n_items=len(rows))
    return Page(tuple(_view(caller, row) for row in rows), total)


def _protect(row: LegalHold) -> None:
    """Record the hold as a protection, with all that placing it again takes: ids, days and the case reference."""
    protect(
        ProtectionKind.HOLD,
        tenant_id=row.tenant_id,
        subject_id=row.subject_id,
        subject_kind=SubjectKind(Subject.objects.values_list("kind", flat=True).get(id=row.subject_id)),
        purpose_id=row.purpose_id,
        effect={
            "hold": str(row.id),
            "case_reference": row.case_reference,
            "disclosable": row.disclosable,
            "from_at": row.from_at.isoformat() if row.from_at else None,
            "until_at": row.until_at.isoformat() if row.until_at else None,
            "requested_by": str(row.requested_by),
            "requested_at": row.requested_at.isoformat(),
            "approved_by": str(row.approved_by),
        },
    )


def not_destroyed(subject_id: UUID) -> None:
    """Raise AccessRefused(ALREADY_DESTROYED) once an approved erasure of the subject has begun."""
    erased = Subject.objects.filter(id=subject_id, state=SubjectState.ERASED.value).exists()
    if erased and not Erasure.objects.filter(subject_id=subject_id, state__in=UNDECIDED).exists():
        raise AccessRefused(ReasonCode.ALREADY_DESTROYED)


def locked(hold_id: UUID) -> LegalHold:
    """Return a hold, after locking its subject's row as everything that destroys does. Raises NoSuchObject."""
    subject_id = LegalHold.objects.filter(id=hold_id).values_list("subject_id", flat=True).first()
    if subject_id is None:
        raise NoSuchObject("hold")
    lock_subject(subject_id)
    return LegalHold.objects.get(id=hold_id)


def _view(caller: Caller, row: LegalHold) -> HoldView:
    names = {rule.purpose_id: rule.name for rule in caller.principal.purposes}
    state = (
        "released"
        if row.release_approved_at
        else "release_requested"
        if row.release_requested_at
        else "placed"
        if row.approved_at
        else row.ended_as or "requested"
    )
    return HoldView(
        id=row.id,
        subject_id=row.subject_id,
        purpose=names.get(row.purpose_id) if row.purpose_id else None,
        case_reference=row.case_reference,
        disclosable=row.disclosable,
        from_at=row.from_at,
        until_at=row.until_at,
        state=state,
        requested_by=row.requested_by,
        approved_by=row.approved_by,
        release_requested_by=row.release_requested_by,
        release_approved_by=row.release_approved_by,
        ended=ended_of(row),
    )
