"""Period of a report: [since, until), UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from governance.errors import InvalidChange

DEFAULT = timedelta(days=30)
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    since: datetime
    until: datetime


def period(since: datetime | None, until: datetime | None, now: datetime, *, default: timedelta = DEFAULT) -> Period:
    """Return the period. A missing `until` is `now`; a missing `since` lies `default` before the end.

    Raises InvalidChange, which names the field.
    """
    for field, moment in (("since", since), ("until", until)):
        if moment is not None and (moment.tzinfo is None or not EARLIEST <= moment <= LATEST):
            raise InvalidChange(field, "expected a time between 1970 and 2100, with its zone")
    end = now if until is None else until.astimezone(UTC)
    start = end - default if since is None else since.astimezone(UTC)
    if start >= end:
        raise InvalidChange("since" if since is not None else "until", "must lie before until")
    return Period(start, end)
