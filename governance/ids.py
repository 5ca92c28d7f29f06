"""Identifiers. UUIDv7 (RFC 9562, 5.7) where order helps; a subject's id is a UUIDv4, which tells no time."""

from __future__ import annotations

import os
import time
from uuid import UUID

NIL = UUID(int=0)


def uuid7() -> UUID:
    """48 bits of Unix milliseconds, then version, variant and 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | (0x7 << 76)
    return UUID(int=value & ~(0x3 << 62) | (0x2 << 62))
