"""Objection (Art. 21): use for the purpose stops at once, and an officer then assesses it.

An objection to direct marketing is not assessed: what was kept for it is deleted (Art. 21(3)).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.guard.authorize import Grant, authorize
from governance.models import CompellingGround, Objection, ObjectionOutcome, Subject, SubjectPurpose
from governance.paging import Page, taken
from governance.processing.shred_orders import order_shred
from governance.subjects.subject_lock import moved, standing_of
from governance.vocabulary import OBJECTIONABLE, Action, ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.policy.decide import PurposeRule


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """One objection. `outcome` is empty while it is open."""

    id: UUID
    subject_id: UUID
    purpose: str
    made_at: datetime
    outcome: str
    ground: str


def make_objection(*, grant: Grant, subject: Subject, rule: PurposeRule) -> tuple[Objection, SubjectPurpose]:
    """Record an objection, inside the transaction of `memstore.rights.choices.object_to`, which locks the subject.

    Raises AccessRefused: NOT_OBJECTIONABLE for other bases than public task and legitimate interests (unless the
    purpose is direct marketing), DUPLICATE while one is open or upheld.
    """
    check_objectionable(rule)
    now = datetime.now(UTC)
    standing = standing_of(subject, rule.purpose_id)
    if standing.objected_at is not None:  # open, or upheld
        raise AccessRefused(ReasonCode.DUPLICATE)
    row = Objection(tenant_id=subject.tenant_id, subject_id=subject.id, purpose_id=rule.purpose_id, made_at=now)
    row.recorded_by = grant.caller.principal.id
    apply_objection(subject, standing, row)
    if rule.direct_marketing:
        apply_outcome(subject, standing, row, ObjectionOutcome.UPHELD, at=now)
    grant.record_under_lock(subject_id=subject.id, object_id=row.id, purpose=rule, n_items=1)
    return row, standing


def is_objectionable(rule: PurposeRule) -> bool:
    """Return whether a person may object to the purpose."""
    return rule.lawful_basis in OBJECTIONABLE or rule.direct_marketing


def check_objectionable(rule: PurposeRule) -> None:
    """Raise AccessRefused(NOT_OBJECTIONABLE) for a purpose that cannot be objected to."""
    if not is_objectionable(rule):
        raise AccessRefused(ReasonCode.NOT_OBJECTIONABLE)


def settle(
    *, grant: Grant, objection: Objection, subject: Subject, outcome: ObjectionOutcome, ground: CompellingGround | None
) -> bool:
    """Settle an objection. Return True when it is upheld: all that was kept for the purpose must then be deleted.

    When it is overridden, use continues for the `ground` named. Raises AccessRefused(ALREADY_DECIDED), InvalidChange
    (overridden without a ground).
    """
    if objection.settled_at is not None:
        raise AccessRefused(ReasonCode.ALREADY_DECIDED)
    if outcome is ObjectionOutcome.OVERRIDDEN and ground is None:
        raise InvalidChange("ground", "name the compelling legitimate ground (Art. 21(1))")
    standing = standing_of(subject, objection.purpose_id)
    now, by = datetime.now(UTC), grant.caller.principal.id
    apply_outcome(subject, standing, objection, outcome, at=now, by=by, ground=ground or "")
    grant.record_under_lock(subject_id=subject.id, object_id=objection.id)
    return outcome is ObjectionOutcome.UPHELD


def apply_objection(subject: Subject, standing: SubjectPurpose, objection: Objection) -> None:
    """Save the objection, and stop use for its purpose. The subject is locked by the caller.

    Shared by the live call and by the replay after a restore.
    """
    objection.save()
    standing.objected_at = objection.made_at
    standing.save(update_fields=["objected_at"])
    moved(subject)


def apply_outcome(
    subject: Subject,
    standing: SubjectPurpose,
    objection: Objection,
    outcome: ObjectionOutcome,
    *,
    at: datetime,
    by: UUID | None = None,
    ground: str = "",
) -> None:
    """Settle the objection. The subject is locked by the caller. `by` None: direct marketing, which ends by law.

    Upheld, it ends the purpose for the person: work under way has no effect, and the key is ordered to be shredded.
    Shared by the live calls and by the replay after a restore.
    """
    objection.outcome, objection.ground, objection.settled_at, objection.settled_by = outcome, ground, at, by
    objection.save()
    if outcome is ObjectionOutcome.UPHELD:
        standing.consent_version += 1
        order_shred(standing, at)
    else:
        standing.objected_at = None
    standing.save(update_fields=["objected_at", "consent_version", "shred_due_at", "shred_mac"])
    moved(subject)


def objection_by_id(objection_id: UUID) -> Objection:
    """Return an objection. Raises NoSuchObject. Call it inside the tenant's context."""
    row = Objection.objects.filter(id=objection_id).first()
    if row is None:
        raise NoSuchObject("objection")
    return row


def list_objections(*, caller: Caller) -> list[ObjectionView]:
    """Return all objections: open ones first, then overridden, then upheld ones, each newest first."""
    return list(page_objections(caller=caller, page_size=None).rows)


def page_objections(*, caller: Caller, page: int = 1, page_size: int | None = 50) -> Page[ObjectionView]:
    """Return one page in the order of `list_objections`."""
    grant = authorize(caller=caller, action=Action.READ_OBJECTIONS)
    names = {rule.purpose_id: rule.name for rule in caller.principal.purposes}
    with grant.effect():
        rows, total = taken(Objection.objects.order_by("outcome", "-made_at", "-id"), page, page_size)
        grant.record(n_items=len(rows))
    return Page(tuple(view(row, names) for row in rows), total)


def view(row: Objection, names: dict[UUID, str]) -> ObjectionView:
    return ObjectionView(
        id=row.id,
        subject_id=row.subject_id,
        purpose=names.get(row.purpose_id, ""),
        made_at=row.made_at,
        outcome=row.outcome,
        ground=row.ground,
    )
