"""The log line and the count of each request, by the route's template: paths hold people's ids."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from api.web.http_methods import known
from api.web.metrics import count_request

if TYPE_CHECKING:
    from uuid import UUID

log = logging.getLogger("api.request")


def note_request(*, method: str | None, route: str | None, status: int, seconds: float, number: UUID) -> None:
    """Record that a request was answered, by a view or without one.

    `route` is None where none was looked for or found.
    """
    count_request(known(method), route, status, seconds)
    log.info(
        "request",
        extra={
            "fields": {
                "method": known(method),
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "request_id": str(number),
            }
        },
    )
