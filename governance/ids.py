"""Identifiers: UUIDv7 (RFC 9562, 5.7) where order helps.

A subject's id is a UUIDv4, which reveals no time.
"""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

NIL = UUID(int=0)
# In place of the two people, for the first members of staff of a tenant.
FOUNDER, CO_FOUNDER = UUID(int=1), UUID(int=2)
# In place of the second person, where the tenant's settings approve automatically.
BY_RULE = UUID(int=3)
_MILLISECOND = 1 << 80
_DROPPED_BITS = 6  # of 80 random bits, 74 have a place beside version and variant
_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """Return a new UUIDv7: 48 bits of Unix milliseconds, then version, variant and 74 random bits.

    Ids of one process rise strictly: within a millisecond the random part counts up (RFC 9562, 6.2, method 2).
    """
    global _last  # noqa: PLW0603 - the order of ids is a matter of the whole process
    fresh = (time.time_ns() // 1_000_000) * _MILLISECOND + int.from_bytes(os.urandom(10)) // 2
    with _lock:
        if fresh // _MILLISECOND <= _last // _MILLISECOND:
            fresh = _last + (1 + int.from_bytes(os.urandom(4)) << _DROPPED_BITS)
        _last = fresh
    high, low = fresh // _MILLISECOND, fresh % _MILLISECOND
    middle, tail = low >> 68, (low >> _DROPPED_BITS) & ((1 << 62) - 1)
    return UUID(int=high << 80 | 0x7 << 76 | middle << 64 | 0b10 << 62 | tail)
