"""Database clock: one clock for all processes, and not that of the client."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """Return the time at which the database answers, not at which the transaction began. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [moment] = cursor.fetchone()
    if not isinstance(moment, datetime):
        raise TypeError(type(moment).__name__)
    return moment
