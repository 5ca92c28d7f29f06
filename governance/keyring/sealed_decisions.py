"""Sealed decisions to destroy: sealed when people decide, checked where keys are destroyed.

The decision itself is in the data database. Its seal is an HMAC under the tenant's own key, which is in the keys
database: a writer of the data database alone can neither invent a decision nor change one.
"""

from __future__ import annotations

import hmac
from enum import StrEnum
from typing import TYPE_CHECKING

import rfc8785

from governance.keyring.keys import lookup_sealer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

Said = str | int | bool | None


class Decision(StrEnum):
    """Kind of a sealed decision. It is part of the seal, so that no decision passes for one of another kind."""

    ERASURE = "erasure"
    OFFBOARDING = "offboarding"
    SHRED = "shred"
    CONSENT_ENDS = "consent_ends"
    RELEASE = "release"


def seal_decision(tenant_id: UUID, decision: Decision, said: Mapping[str, Said]) -> bytes:
    """Return the seal: 32 bytes over the canonical JSON (RFC 8785) of the decision. Raises KeyUnavailable."""
    return lookup_sealer(tenant_id).mac(b"decision " + decision.value.encode(), rfc8785.dumps(dict(said)))


def is_sealed(tenant_id: UUID, decision: Decision, said: Mapping[str, Said], seal: bytes | memoryview | None) -> bool:
    """Return whether the seal is of exactly this decision. Compared in constant time. Raises KeyUnavailable."""
    expected = seal_decision(tenant_id, decision, said)
    return seal is not None and hmac.compare_digest(expected, bytes(seal))
