"""Attempts of callers that are not authenticated, counted in fixed windows over all processes and through restarts.

The table holds no address: a row is named by a keyed hash of the caller, and is deleted an hour after its window. The
serving role can only count; it can neither read nor change the table otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.utils.crypto import salted_hmac

SALT = "memstore.attempts"


@dataclass(frozen=True, slots=True)
class AddressAttempts:
    """The attempts of the current window, this one included, and the seconds until the window ends."""

    n: int
    seconds_left: float


def count_attempt(who: str, *, window_seconds: int) -> AddressAttempts:
    """Count one more attempt of `who`. Return the attempts of the current window.

    Call it outside any transaction, so that the count stands at once and for good. Raises DatabaseError.
    """
    bucket = salted_hmac(SALT, who, algorithm="sha256").digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT n, seconds_left FROM memstore_count_attempt(%s, %s)", [bucket, window_seconds])
        return AddressAttempts(*cursor.fetchone())


def prune_attempts() -> None:
    """Delete the counters of windows that ended more than an hour ago."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_prune_attempts()")
