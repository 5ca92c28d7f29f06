"""Partitions of the audit trail: a table per month, made ahead by a function of the owner."""

from __future__ import annotations

from django.db import connection

MONTHS_AHEAD = 14


def make_months() -> int:
    """Make those of the coming year that are not there yet; the number made.

    Without one, events go to the default partition and nothing fails; only that month cannot be dropped then.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_make_audit_months(current_date, %s)", [MONTHS_AHEAD])
        return int(cursor.fetchone()[0])
