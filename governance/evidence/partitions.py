"""Partitions of the audit trail: a table per month, made ahead by a function that the owner of the tables defined."""

from __future__ import annotations

from django.db import connection

MONTHS_AHEAD = 14


def make_months() -> int:
    """Make the missing partitions of the coming months (MONTHS_AHEAD). Return how many were made.

    Without a partition, events go to the default one and nothing fails; only that month cannot be dropped then.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_make_audit_months(current_date, %s)", [MONTHS_AHEAD])
        return int(cursor.fetchone()[0])
