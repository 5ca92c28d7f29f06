"""Sign-in failures, counted by account and address together, with pauses that grow.

A stranger who tries a name from another address pauses that name for their own address only, so no member of staff is
locked out by others. An account that does not exist is counted alike, so the count does not tell who works here. Names
and addresses are kept as keyed digests, for a day after the last failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.crypto import salted_hmac

from governance.ids import uuid7

if TYPE_CHECKING:
    from uuid import UUID

FREE_FAILURES = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
REMEMBERED = timedelta(days=1)

# The statement locks the row, so that concurrent sign-ins are counted one after the other.
_TAKE = """
    INSERT INTO governance_signinattempt (id, tenant_id, account_mac, address_mac, failures, last_at)
    VALUES (%s, %s, %s, %s, 0, %s)
    ON CONFLICT (tenant_id, account_mac, address_mac) DO UPDATE SET account_mac = EXCLUDED.account_mac
    RETURNING id, failures, paused_until
"""
_COUNT = "UPDATE governance_signinattempt SET failures = %s, paused_until = %s, last_at = %s WHERE id = %s"
_FORGET = "DELETE FROM governance_signinattempt WHERE id = %s"
_FORGET_OLD = "DELETE FROM governance_signinattempt WHERE last_at < %s"


def pause_after(failures: int) -> timedelta:
    """Return the pause after so many failures in a row: none up to four, then one minute, doubled up to an hour."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    doublings = min(failures - FREE_FAILURES, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Attempts:
    """The failures of one account from one address. `failures` are in a row, with less than a day in between."""

    id: UUID
    failures: int
    paused_until: datetime | None

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and self.paused_until > now


def take(tenant: str, username: str, tenant_id: UUID, address: str, now: datetime) -> Attempts:
    """Return the counter of a name in `tenant` as it was typed, locked until the transaction ends.

    Call it inside the context of `tenant_id`, which is the nil tenant where no tenant has this name. Counters without a
    failure for a day are deleted.
    """
    account = _digest("account", f"{tenant}\n{username}")
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_OLD, [now - REMEMBERED])
        cursor.execute(_TAKE, [uuid7(), tenant_id, account, _digest("address", address), now])
        return Attempts(*cursor.fetchone())


def count_failure(found: Attempts, now: datetime) -> None:
    """Count one more failure. One during a pause is not counted and does not prolong the pause."""
    failures, until = found.failures, found.paused_until
    if not found.is_paused(now):
        failures += 1
        until = now + pause_after(failures)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [failures, until, now, found.id])


def forget(found: Attempts) -> None:
    """Delete the counter after a success."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [found.id])


def _digest(what: str, text: str) -> bytes:
    return salted_hmac(f"memstore sign-in {what}", text, algorithm="sha256").digest()
