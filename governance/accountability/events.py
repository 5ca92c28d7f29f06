"""Events of a report page by page, newest first. A cursor names the last event seen, by time and id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from governance.accountability.actors import Who, names_of
from governance.accountability.purpose_names import purpose_names
from governance.errors import InvalidChange
from governance.guard.audit_event import unpacked
from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from governance.models import AuditEvent

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event. `decision`: allowed or refused, with its `reason`.

    `memories`: those that the event lists, 1,000 at most.
    """

    id: UUID
    at: datetime
    actor: str
    name: str | None
    role: str
    action: str
    decision: str
    reason: str
    purpose: str | None
    subject_id: UUID | None
    n_memories: int
    memories: tuple[UUID, ...]
    address: str | None
    request_id: UUID


@dataclass(frozen=True, slots=True)
class After:
    """The position of a cursor: the events after it are older."""

    at: datetime
    id: UUID


def decision_of(reason: str) -> str:
    return "allowed" if reason == ReasonCode.ALLOWED.value else "refused"


def check_limit(limit: int) -> int:
    """Return the limit of a page. Raises InvalidChange unless it is 1 to 1,000."""
    if not 0 < limit <= MAX_LIMIT:
        raise InvalidChange("limit", f"expected 1 to {MAX_LIMIT}")
    return limit


def read_cursor(cursor: str | None) -> After | None:
    """Return the position of a cursor; None for None. Raises InvalidChange for a malformed one."""
    if cursor is None:
        return None
    try:
        microseconds, event_id = cursor.split(".")
        return After(_EPOCH + int(microseconds) * _MICROSECOND, UUID(event_id))
    except (ValueError, OverflowError):
        raise InvalidChange("cursor", "expected the next_cursor of the page before") from None


def page(
    sources: Iterable[QuerySet[AuditEvent]], *, after: After | None, limit: int
) -> tuple[list[AuditEvent], str | None]:
    """Return the newest events of the sources, and the cursor of the next page. The sources share no event."""
    found: list[AuditEvent] = []
    for rows in sources:
        if after is not None:
            rows = rows.extra(where=["(at, id) < (%s, %s)"], params=[after.at, after.id])  # noqa: PLW2901
        found += rows.order_by("-at", "-id")[: limit + 1]
    found.sort(key=lambda event: (event.at, event.id), reverse=True)
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], f"{(last.at - _EPOCH) // _MICROSECOND}.{last.id}"


def lines(events: list[AuditEvent], *, only: set[UUID] | None = None) -> tuple[EventLine, ...]:
    """Return the events as a report shows them. Call it inside the tenant's context.

    `only`: the memories that the report is about. Of an event that names no subject, no other memory is shown or
    counted.
    """
    names = names_of(event.principal_id for event in events)
    purposes = purpose_names(event.purpose_version_id for event in events)
    return tuple(
        EventLine(
            id=event.id,
            at=event.at,
            actor=str(Who(event.principal_id, event.role, event.job)),
            name=names.get(event.principal_id),
            role=event.role,
            action=event.type,
            decision=decision_of(event.reason),
            reason=event.reason,
            purpose=purposes.get(event.purpose_version_id),
            subject_id=event.subject_id,
            n_memories=len(listed) if only is not None and event.subject_id is None else event.n_items,
            memories=listed,
            address=event.address,
            request_id=event.request_id,
        )
        for event in events
        for listed in [_listed(event, only)]
    )


def _listed(event: AuditEvent, only: set[UUID] | None) -> tuple[UUID, ...]:
    """Return each memory of an event once, though it may be listed in several versions."""
    found = dict.fromkeys(memory for memory, _ in unpacked(bytes(event.items or b"")))
    return tuple(memory for memory in found if only is None or event.subject_id is not None or memory in only)
