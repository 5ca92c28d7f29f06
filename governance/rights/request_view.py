"""View of a request, with the state of its clock now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from governance.models import ENDED, UNDECIDED, ClockProfile, Erasure, Purpose
from governance.rights.clocks import confirm_by, days_left

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from governance.models import RightsRequest


# Erasures that wait for a second person.
PLANNED = Erasure.objects.filter(state__in=UNDECIDED)


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """A part that is refused: `memory_id` or `purpose`, and the ground as an article."""

    memory_id: UUID | None
    purpose: str | None
    ground: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request as it is shown.

    `case_id`: the first of several requests that were opened together, one for each id of the person; None for a single
    one. `opened_by`: the key or member of staff, for those who handle requests. `awaits_approval`: an erasure that is
    planned, and runs once a second person approves it.

    `days_left`: whole days until `due_at`, negative when overdue; 0 once the request has ended. `due_at` of a paused
    request moves by the pause when it resumes. `confirm_by`: the day by which the law wants receipt confirmed (11 CCR
    7021(a)); None where it does not.
    """

    id: UUID
    kind: str
    state: str
    profile: str
    subject_id: UUID
    purpose: str | None
    memory_id: UUID | None
    channel: str
    case_id: UUID | None
    opened_by: UUID
    received_at: datetime
    due_at: datetime
    days_left: int
    overdue: bool
    confirm_by: datetime | None
    extended: bool
    paused: bool
    verification: str
    verified_at: datetime | None
    closed_at: datetime | None
    ground: str
    duplicate_of: UUID | None
    refused: tuple[RefusedItem, ...]
    awaits_approval: bool


def view(row: RightsRequest, now: datetime | None = None) -> RequestView:
    """Return a request as it is shown. Call it inside the tenant's context."""
    return _view(row, now or datetime.now(UTC), _names(), awaits_approval=PLANNED.filter(request_id=row.id).exists())


def views(rows: QuerySet[RightsRequest]) -> tuple[RequestView, ...]:
    """Return many requests as they are shown, in three queries for any number. Call it inside the tenant's context."""
    moment, names = datetime.now(UTC), _names()
    found = rows.prefetch_related("items").annotate(awaits=Exists(PLANNED.filter(request_id=OuterRef("id"))))
    return tuple(_view(row, moment, names, awaits_approval=row.awaits) for row in found)


def _names() -> dict[UUID, str]:
    return dict(Purpose.objects.values_list("id", "name"))


def _view(row: RightsRequest, moment: datetime, purposes: dict[UUID, str], *, awaits_approval: bool) -> RequestView:
    over = row.state in ENDED
    return RequestView(
        id=row.id,
        kind=row.kind,
        state=row.state,
        profile=row.profile,
        subject_id=row.subject_id,
        purpose=purposes.get(row.purpose_id) if row.purpose_id else None,
        memory_id=row.memory_id,
        channel=row.channel,
        case_id=row.case_id,
        opened_by=row.opened_by,
        received_at=row.received_at,
        due_at=row.due_at,
        days_left=0 if over else days_left(row.due_at, moment),
        overdue=not over and row.paused_at is None and row.due_at < moment,
        confirm_by=confirm_by(ClockProfile(row.profile), row.received_at),
        extended=row.extended_at is not None,
        paused=row.paused_at is not None,
        verification=row.verification,
        verified_at=row.verified_at,
        closed_at=row.closed_at,
        ground=row.ground,
        duplicate_of=row.duplicate_of,
        refused=tuple(
            RefusedItem(item.memory_id, purposes.get(item.purpose_id) if item.purpose_id else None, item.ground)
            for item in sorted(row.items.all(), key=lambda item: (item.decided_at, item.id))
        ),
        awaits_approval=awaits_approval,
    )
