"""Breaches: cases with their clocks. All of them stay listed (Art. 33(5)).

The authority is notified within the tenant's `breach_hours`, 72 unless changed (Art. 33(1)); the people without undue
delay (Art. 34), and within 60 days (45 CFR 164.404(b)). Both count from when the organisation became aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from governance.accountability.period import EARLIEST, period
from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.guard.authorize import authorize
from governance.models import Breach, Tenant
from governance.paging import Page, taken
from governance.policy.case_reference import case_reference
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.models import BreachKind

SUBJECTS_DUE = timedelta(days=60)
_HOUR = timedelta(hours=1)


class BreachStep(StrEnum):
    NOTIFIED_AUTHORITY = "notified_authority"
    INFORMED_SUBJECTS = "informed_subjects"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline. `hours_left`: whole hours until `due_at`, below 0 once it has passed; None when it is done.

    `overdue`: not done in time, or done too late.
    """

    due_at: datetime
    done_at: datetime | None
    done_by: UUID | None
    hours_left: int | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class BreachView:
    """One case. `state`: open, closed.

    Its report counts the events of [since, until), only those of `principal_id` if there is one.
    """

    id: UUID
    kind: str
    case_reference: str
    state: str
    aware_at: datetime
    since: datetime
    until: datetime
    principal_id: UUID | None
    authority: Clock
    subjects: Clock
    opened_by: UUID
    opened_at: datetime
    closed_by: UUID | None
    closed_at: datetime | None


def open_breach(
    *,
    caller: Caller,
    kind: BreachKind,
    reference: str,
    aware_at: datetime,
    since: datetime,
    until: datetime,
    principal_id: UUID | None = None,
) -> BreachView:
    """Open a case.

    Raises AccessRefused, InvalidChange (a case reference that is no file number, a time in the future or out of range).
    """
    grant = authorize(caller=caller, action=Action.OPEN_BREACH)
    now = datetime.now(UTC)
    with grant.effect():
        window = period(since, until, now)
        if not EARLIEST <= aware_at <= now:
            raise InvalidChange("aware_at", "must not lie in the future")
        hours = Tenant.objects.get(id=caller.tenant_id).breach_hours
        row = Breach.objects.create(
            tenant_id=caller.tenant_id,
            kind=kind,
            case_reference=case_reference(reference),
            since=window.since,
            until=window.until,
            principal_id=principal_id,
            aware_at=aware_at,
            authority_due_at=aware_at + timedelta(hours=hours),
            subjects_due_at=aware_at + SUBJECTS_DUE,
            opened_by=caller.principal.id,
            opened_at=now,
        )
        grant.record(object_id=row.id)
    return view(row, now)


def update_breach(*, caller: Caller, breach_id: UUID, step: BreachStep, at: datetime | None = None) -> BreachView:
    """Record a step of a case. Each step happens once, and none after the case is closed.

    `at`: when it was done, now by default. Raises AccessRefused (ALREADY_DECIDED), InvalidChange, NoSuchObject.
    """
    grant = authorize(caller=caller, action=Action.UPDATE_BREACH, object_id=breach_id)
    now = datetime.now(UTC)
    with grant.effect():
        row = breach_by_id(breach_id, lock=True)
        if row.closed_at is not None or getattr(row, f"{step}_at") is not None:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        done = now if at is None else at
        if not row.aware_at <= done <= now:
            raise InvalidChange("at", "expected a time from aware_at until now")
        setattr(row, f"{step}_at", done)
        setattr(row, f"{step}_by", caller.principal.id)
        row.save(update_fields=[f"{step}_at", f"{step}_by"])
        grant.record(object_id=row.id)
    return view(row, now)


def list_breaches(*, caller: Caller) -> list[BreachView]:
    """Return every case there ever was, in order of awareness, the latest first."""
    return list(page_breaches(caller=caller, page_size=None).rows)


def page_breaches(*, caller: Caller, page: int = 1, page_size: int | None = 50) -> Page[BreachView]:
    """Return one page in the order of `list_breaches`."""
    grant = authorize(caller=caller, action=Action.READ_BREACHES)
    with grant.effect():
        rows, total = taken(Breach.objects.order_by("-aware_at", "-id"), page, page_size)
        grant.record(n_items=len(rows))
    now = datetime.now(UTC)
    return Page(tuple(view(row, now) for row in rows), total)


def breach_by_id(breach_id: UUID, *, lock: bool = False) -> Breach:
    """Return a case; `lock` locks its row. Raises NoSuchObject. Call it inside the tenant's context."""
    rows = Breach.objects.select_for_update() if lock else Breach.objects.all()
    row = rows.filter(id=breach_id).first()
    if row is None:
        raise NoSuchObject("breach")
    return row


def view(row: Breach, now: datetime) -> BreachView:
    """Return a case with the state of its clocks at `now`."""
    return BreachView(
        id=row.id,
        kind=row.kind,
        case_reference=row.case_reference,
        state="closed" if row.closed_at else "open",
        aware_at=row.aware_at,
        since=row.since,
        until=row.until,
        principal_id=row.principal_id,
        authority=clock(row.authority_due_at, row.notified_authority_at, row.notified_authority_by, now),
        subjects=clock(row.subjects_due_at, row.informed_subjects_at, row.informed_subjects_by, now),
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )


def clock(due_at: datetime, done_at: datetime | None, done_by: UUID | None, now: datetime) -> Clock:
    """Return the state of one deadline at `now`."""
    return Clock(
        due_at=due_at,
        done_at=done_at,
        done_by=done_by,
        hours_left=None if done_at else (due_at - now) // _HOUR,
        overdue=(done_at or now) > due_at,
    )
