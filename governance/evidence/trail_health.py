"""How the audit trail is doing, over all tenants: counts and ages, nothing of anybody."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from governance.vocabulary import Action


@dataclass(frozen=True, slots=True)
class AuditHealth:
    """Ages in seconds; None where there is nothing to have an age.

    `tampered_tenants`: whose last verification found a problem. The nil tenant's trail counts like a tenant's.
    `witness_lost`: incidents of the second witness in the last 24 hours.
    """

    tenants: int
    unsealed: int
    oldest_unsealed_seconds: float | None
    tampered_tenants: int
    unchecked_tenants: int
    oldest_check_seconds: float | None
    unanchored_tenants: int
    oldest_anchor_seconds: float | None
    newest_anchor_seconds: float | None
    witness_lost: int


def alarms() -> dict[str, int]:
    """How many of each kind are on the record of the last 24 hours, over all tenants. Raises DatabaseError.

    Of messages that were parked, all that lie in the queue's archive: one event of a day stands for many.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, n FROM memstore_alarms()")
        found = dict(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM pgmq.a_memstore")
        return found | {Action.MESSAGE_PARKED.value: int(cursor.fetchone()[0])}


def audit_health() -> AuditHealth:
    """Needs no tenant: a function of `memstore_auth` counts past row security. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM memstore_audit_health()")
        return AuditHealth(*cursor.fetchone())


def erasures_stopped() -> int:
    """How many stand still because what is stored is not what was approved, over all tenants. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_erasures_stopped()")
        return int(cursor.fetchone()[0])
