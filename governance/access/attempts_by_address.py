"""Attempts of callers whom nobody knows, counted over all processes and through restarts, in fixed windows.

The table holds no address: a row is named by a keyed hash of who tried, and goes an hour after its window. The serving
role cannot read or change it but by counting.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.utils.crypto import salted_hmac

SALT = "memstore.attempts"


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many in the present window, this one included, and the seconds until it ends."""

    n: int
    seconds_left: float


def count_attempt(who: str, *, window_seconds: int) -> Attempts:
    """Count one more, at once and for good: call it outside any transaction. Raises DatabaseError."""
    bucket = salted_hmac(SALT, who, algorithm="sha256").digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT n, seconds_left FROM memstore_count_attempt(%s, %s)", [bucket, window_seconds])
        return Attempts(*cursor.fetchone())


def prune_attempts() -> None:
    """Drop what ended over an hour ago."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_prune_attempts()")
