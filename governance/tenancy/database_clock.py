"""Database clock: one clock for all processes, and not that of the client."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

CLOCK_TOLERANCE = timedelta(minutes=5)  # how far a moment that a caller names may lie ahead of the service's clocks


def database_now() -> datetime:
    """Return the time at which the database answers, not at which the transaction began. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [moment] = cursor.fetchone()
    if not isinstance(moment, datetime):
        raise TypeError(type(moment).__name__)
    return moment
