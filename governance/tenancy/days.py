"""Bare dates as moments: the beginning or end of a whole day in the tenant's time zone.

An end is the first moment that is no longer inside: 2026-12-31 in Europe/Berlin ends at 2027-01-01T00:00:00+01:00. Days
have 23 to 25 hours where clocks are changed.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from governance.models import Tenant
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


class _Days:
    """Time zone of one tenant, looked up on first use, and once."""

    def __init__(self, tenant_id: UUID) -> None:
        self._tenant_id = tenant_id

    @cached_property
    def zone(self) -> ZoneInfo:
        return zone_of(self._tenant_id)


_days: ContextVar[_Days | None] = ContextVar("days_of", default=None)


@contextmanager
def days_of(tenant_id: UUID) -> Iterator[None]:
    """Read bare dates inside the block as days of this tenant, and show moments in its zone."""
    token = _days.set(_Days(tenant_id))
    try:
        yield
    finally:
        _days.reset(token)


def zone() -> ZoneInfo:
    """Return the time zone of the tenant set by `days_of`; UTC when none is set."""
    days = _days.get()
    return ZoneInfo("UTC") if days is None else days.zone


def zone_of(tenant_id: UUID) -> ZoneInfo:
    """Return the tenant's time zone. Raises Tenant.DoesNotExist."""
    with tenant_context(tenant_id):
        return ZoneInfo(Tenant.objects.values_list("time_zone", flat=True).get(id=tenant_id))


def beginning_of(day: date, where: ZoneInfo) -> datetime:
    """Return the first moment of the day, in UTC."""
    return datetime.combine(day, time.min, where).astimezone(UTC)


def end_of(day: date, where: ZoneInfo) -> datetime:
    """Return the first moment after the day, in UTC. Raises OverflowError for the last day there is."""
    return beginning_of(day + timedelta(days=1), where)


def moment_of(text: str, where: ZoneInfo, *, is_end: bool) -> datetime:
    """Return the moment that `text` names, in UTC.

    `text` is a day (YYYY-MM-DD), read as its beginning or its end, or an ISO date-time, read as UTC if it names no
    zone. Raises ValueError, OverflowError.
    """
    if len(text) == len("YYYY-MM-DD"):
        day = date.fromisoformat(text)
        return end_of(day, where) if is_end else beginning_of(day, where)
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
