"""Fields for a beginning and an end: an instant, or a bare date, which is the whole day in the tenant's time zone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema_field

from api.web.fields import EARLIEST, LATEST, MomentField
from governance.tenancy.days import moment_of, zone

if TYPE_CHECKING:
    from datetime import datetime

DAY = timedelta(days=1)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SCHEMA = {
    "oneOf": [
        {"type": "number"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "date"},
    ]
}


class _DayOrMoment(MomentField):
    is_end = False

    def moment(self, data: object) -> datetime | None:
        if isinstance(data, str) and _DAY.fullmatch(data):
            return moment_of(data, zone(), is_end=self.is_end)
        return super().moment(data)


@extend_schema_field(_SCHEMA)
class BeginField(_DayOrMoment):
    """Unix seconds, an ISO date-time (UTC if it names no zone), or a date: from the start of that day."""


class SaidField(BeginField):
    """A moment by a caller's own clock, however wrong: what it dates takes effect all the same."""

    def may_be(self, moment: datetime) -> bool:
        return True


@extend_schema_field(_SCHEMA)
class EndField(_DayOrMoment):
    """Unix seconds, an ISO date-time (UTC if it names no zone), or a date: until the end of that day."""

    is_end = True

    def may_be(self, moment: datetime) -> bool:
        """Return whether the moment is in range: the last day of 2099 ends in 2100 in some time zones."""
        return EARLIEST <= moment <= LATEST + DAY
