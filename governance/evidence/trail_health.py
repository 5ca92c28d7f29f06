"""Health of the audit trail over all tenants: counts and ages, without a word about any person."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from governance.vocabulary import Action


@dataclass(frozen=True, slots=True)
class AuditHealth:
    """Counts and ages over all trails. Ages are in seconds; None where there is nothing to have an age.

    `tampered_tenants`: trails whose last verification found a problem. The nil tenant's trail is counted in everything
    but `tenants`. `witness_lost`: incidents of the second witness in the last 24 hours.
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
    """Return the number of alarms of each kind in the last 24 hours, over all tenants. Raises DatabaseError.

    For parked messages it is the number of all that are in the queue's archive: one event a day stands for many.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, n FROM memstore_alarms()")
        found = dict(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM pgmq.a_memstore")
        return found | {Action.MESSAGE_PARKED.value: int(cursor.fetchone()[0])}


def audit_health() -> AuditHealth:
    """Return the counts and ages of all trails. Raises DatabaseError.

    It needs no tenant: a function of the role `memstore_auth` counts past row-level security.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM memstore_audit_health()")
        return AuditHealth(*cursor.fetchone())


def erasures_stopped() -> int:
    """Return the number of erasures, over all tenants, that stopped as what is stored is not what was approved.

    Raises DatabaseError.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_erasures_stopped()")
        return int(cursor.fetchone()[0])
