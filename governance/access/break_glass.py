"""Break-glass: clear sight of one person's memories for some minutes, for a reason, reviewed afterwards.

Every read is on the record like any other. A member of staff whose last break-glass waits too long for its review
cannot open another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.guard.authorize import authorize
from governance.guard.second_approval import not_the_same
from governance.models import BreakGlass, RevealReason, ReviewOutcome, Tenant
from governance.paging import Page, taken
from governance.policy.case_reference import case_reference
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.policy.decide import SubjectFacts


@dataclass(frozen=True, slots=True)
class BreakGlassView:
    """One break-glass. `state`: open, to_review, reviewed.

    `review_due_at`: a member of staff with an unreviewed one after this moment can open no other.
    """

    id: UUID
    user_id: UUID
    subject_id: UUID
    reason_code: str
    case_reference: str
    opened_at: datetime
    closes_at: datetime
    review_due_at: datetime
    state: str
    outcome: str
    reviewed_by: UUID | None


def break_glass(
    *, caller: Caller, subject: SubjectFacts, reason: RevealReason, reference: str, minutes: int
) -> BreakGlassView:
    """Open clear sight of one person's memories. It is in the officers' list of reviews from the commit on.

    `minutes`: 1 to the tenant's `reveal_minutes`. Raises InvalidChange (`minutes`, `case_reference`), AccessRefused:
    REVIEW_OVERDUE, and what policy refuses.
    """
    grant = authorize(caller=caller, action=Action.BREAK_GLASS, subject=subject)
    now = datetime.now(UTC)
    with grant.effect():
        tenant = Tenant.objects.get(id=caller.tenant_id)
        if not 0 < minutes <= tenant.reveal_minutes:
            raise InvalidChange("minutes", f"expected 1 to {tenant.reveal_minutes}")
        late = now - timedelta(hours=tenant.review_hours)
        if BreakGlass.objects.filter(user_id=caller.principal.id, reviewed_at=None, closes_at__lte=late).exists():
            raise AccessRefused(ReasonCode.REVIEW_OVERDUE)
        row = BreakGlass.objects.create(
            tenant_id=caller.tenant_id,
            user_id=caller.principal.id,
            subject_id=subject.id,
            reason_code=reason,
            case_reference=case_reference(reference),
            opened_at=now,
            closes_at=now + timedelta(minutes=minutes),
        )
        grant.record(object_id=row.id)
    return _view(row, tenant.review_hours)


def is_open(caller: Caller, subject: SubjectFacts) -> bool:
    """Return whether the caller may see this person in clear now."""
    with tenant_context(caller.tenant_id):
        return BreakGlass.objects.filter(
            user_id=caller.principal.id,
            subject_id=subject.id,
            reviewed_at=None,
            closes_at__gt=datetime.now(UTC),
        ).exists()


def review_break_glass(*, caller: Caller, break_glass_id: UUID, outcome: ReviewOutcome) -> BreakGlassView:
    """Record the review of a break-glass by another person. It closes one that is still open.

    Raises NoSuchObject, AccessRefused: SAME_PERSON, ALREADY_DECIDED.
    """
    grant = authorize(caller=caller, action=Action.REVIEW_BREAK_GLASS, object_id=break_glass_id)
    with grant.effect():
        row = BreakGlass.objects.select_for_update().filter(id=break_glass_id).first()
        if row is None:
            raise NoSuchObject("break-glass")
        not_the_same(caller, row.user_id)
        if row.reviewed_at is not None:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        row.reviewed_by, row.reviewed_at, row.outcome = caller.principal.id, datetime.now(UTC), outcome
        row.save(update_fields=["reviewed_by", "reviewed_at", "outcome"])
        hours = Tenant.objects.get(id=caller.tenant_id).review_hours
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)
    return _view(row, hours)


def list_break_glass(*, caller: Caller, to_review: bool = False) -> list[BreakGlassView]:
    """Return every break-glass, newest first; with `to_review` only those without a review."""
    return list(page_break_glass(caller=caller, to_review=to_review, page_size=None).rows)


def page_break_glass(
    *, caller: Caller, to_review: bool = False, page: int = 1, page_size: int | None = 50
) -> Page[BreakGlassView]:
    """Return one page in the order of `list_break_glass`."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        rows = BreakGlass.objects.order_by("-opened_at", "-id")
        found, total = taken(rows.filter(reviewed_at=None) if to_review else rows, page, page_size)
        hours = Tenant.objects.get(id=caller.tenant_id).review_hours
        grant.record(n_items=len(found))
    return Page(tuple(_view(row, hours) for row in found), total)


def _view(row: BreakGlass, review_hours: int) -> BreakGlassView:
    is_over = row.closes_at <= datetime.now(UTC)
    return BreakGlassView(
        id=row.id,
        user_id=row.user_id,
        subject_id=row.subject_id,
        reason_code=row.reason_code,
        case_reference=row.case_reference,
        opened_at=row.opened_at,
        closes_at=row.closes_at,
        review_due_at=row.closes_at + timedelta(hours=review_hours),
        state="reviewed" if row.reviewed_at else "to_review" if is_over else "open",
        outcome=row.outcome,
        reviewed_by=row.reviewed_by,
    )
