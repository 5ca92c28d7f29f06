"""The clock of the database: one for all processes, and not the one of who asks."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The time at which the database answers, not at which the transaction began."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [moment] = cursor.fetchone()
    if not isinstance(moment, datetime):
        raise TypeError(type(moment).__name__)
    return moment
