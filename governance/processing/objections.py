"""Objection (Art. 21): use for the purpose stops at once; a person then assesses it.

For direct marketing nothing is assessed: what was kept for it goes (Art. 21(3)).
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
    id: UUID
    subject_id: UUID
    purpose: str
    made_at: datetime
    outcome: str
    ground: str


def make_objection(*, grant: Grant, subject: Subject, rule: PurposeRule) -> tuple[Objection, SubjectPurpose]:
    """Inside the transaction of `memstore.rights.choices.object_to`, which holds the subject's row.

    Raises AccessRefused: NOT_OBJECTIONABLE for other bases than public task and legitimate interests, DUPLICATE.
    """
    check_objectionable(rule)
    now = datetime.now(UTC)
    standing = standing_of(subject, rule.purpose_id)
    if standing.objected_at is not None:  # open, or upheld
        raise AccessRefused(ReasonCode.DUPLICATE)
    standing.objected_at = now
    row = Objection(tenant_id=subject.tenant_id, subject_id=subject.id, purpose_id=rule.purpose_id, made_at=now)
    row.recorded_by = grant.caller.principal.id
    if rule.direct_marketing:
        row.outcome, row.settled_at = ObjectionOutcome.UPHELD, now
        end_for_good(standing, now)
    row.save(force_insert=True)
    standing.save()
    moved(subject)
    grant.record_under_lock(subject_id=subject.id, object_id=row.id, purpose=rule, n_items=1)
    return row, standing


def check_objectionable(rule: PurposeRule) -> None:
    """Raises AccessRefused(NOT_OBJECTIONABLE)."""
    if rule.lawful_basis not in OBJECTIONABLE and not rule.direct_marketing:
        raise AccessRefused(ReasonCode.NOT_OBJECTIONABLE)


def settle(
    *, grant: Grant, objection: Objection, subject: Subject, outcome: ObjectionOutcome, ground: CompellingGround | None
) -> bool:
    """Upheld: all that was kept for the purpose must go (True). Overridden: use goes on, for the ground named."""
    if objection.settled_at is not None:
        raise AccessRefused(ReasonCode.ALREADY_DECIDED)
    if outcome is ObjectionOutcome.OVERRIDDEN and ground is None:
        raise InvalidChange("ground", "name the compelling legitimate ground (Art. 21(1))")
    now = datetime.now(UTC)
    standing = standing_of(subject, objection.purpose_id)
    objection.outcome, objection.ground, objection.settled_at = outcome, ground or "", now
    objection.settled_by = grant.caller.principal.id
    objection.save()
    if outcome is ObjectionOutcome.UPHELD:
        end_for_good(standing, now)
    else:
        standing.objected_at = None
    standing.save()
    moved(subject)
    grant.record_under_lock(subject_id=subject.id, object_id=objection.id)
    return outcome is ObjectionOutcome.UPHELD


def end_for_good(standing: SubjectPurpose, now: datetime) -> None:
    standing.consent_version += 1
    order_shred(standing, now)


def objection_by_id(objection_id: UUID) -> Objection:
    """Raises NoSuchObject. Inside the tenant's context."""
    row = Objection.objects.filter(id=objection_id).first()
    if row is None:
        raise NoSuchObject("objection")
    return row


def list_objections(*, caller: Caller) -> list[ObjectionView]:
    """Open ones first, then the settled, newest first."""
    return list(page_objections(caller=caller, page_size=None).rows)


def page_objections(*, caller: Caller, page: int = 1, page_size: int | None = 50) -> Page[ObjectionView]:
    """The same, page by page."""
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
