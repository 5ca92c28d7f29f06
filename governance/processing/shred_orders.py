"""Shred orders: to destroy one person's key of one purpose, given when a consent ends or an objection is upheld.

The key is destroyed later, by the job that finds that nothing has to stay any more. So the order is sealed
(`keyring.sealed_decisions`) over the very key that was there when it was given: a date that is merely written into the
row is no order, and an old order does not destroy the key of a consent that was given anew.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from governance.keyring.keys import person_keys
from governance.keyring.sealed_decisions import Decision, is_sealed, seal_decision
from governance.models import SubjectPurpose

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.keyring.sealed_decisions import Said


class Order(Enum):
    """The meaning of the order in a row of `SubjectPurpose`."""

    DESTROY = "destroy"  # exactly this key
    NOTHING = "nothing"  # the key is gone, or there was none yet: a key made since is not meant
    UNSEALED = "unsealed"  # given before orders were sealed: the key stays
    BROKEN = "broken"  # the seal does not fit: an alarm, and the key stays


def order_shred(standing: SubjectPurpose, at: datetime) -> None:
    """Set the order on an unsaved `standing`. Raises KeyUnavailable."""
    standing.shred_due_at = at
    key = _key(standing)
    standing.shred_mac = seal_decision(standing.tenant_id, Decision.SHRED, _shred(standing, key))


def close_order(subject_id: UUID, purpose_id: UUID) -> None:
    """Clear the order of a person's purpose: its key is destroyed, or being destroyed in this transaction."""
    SubjectPurpose.objects.filter(subject_id=subject_id, purpose_id=purpose_id).update(
        shred_due_at=None, shred_mac=None
    )


def read_order(standing: SubjectPurpose) -> Order:
    """Return what the order of a `standing` with a `shred_due_at` means. Raises KeyUnavailable."""
    key = _key(standing)
    if standing.shred_mac is None:
        return Order.UNSEALED if key is not None else Order.NOTHING
    if is_sealed(standing.tenant_id, Decision.SHRED, _shred(standing, key), standing.shred_mac):
        return Order.DESTROY if key is not None else Order.NOTHING
    before = is_sealed(standing.tenant_id, Decision.SHRED, _shred(standing, None), standing.shred_mac)
    return Order.NOTHING if before or key is None else Order.BROKEN


def seal_consent(standing: SubjectPurpose) -> None:
    """Seal the end of the consent on an unsaved `standing`: only a sealed end leads to a shred order."""
    standing.consent_mac = seal_decision(standing.tenant_id, Decision.CONSENT_ENDS, _consent(standing))


def consent_is_sealed(standing: SubjectPurpose) -> bool:
    """Return whether the end of the consent is the one that was sealed."""
    return is_sealed(standing.tenant_id, Decision.CONSENT_ENDS, _consent(standing), standing.consent_mac)


def _key(standing: SubjectPurpose) -> UUID | None:
    """Return the id of the key, of which there is one at most by a constraint of the keys database."""
    found = person_keys(tenant_id=standing.tenant_id, subject_id=standing.subject_id, purposes=[standing.purpose_id])
    return found[0] if found else None


def _shred(standing: SubjectPurpose, key: UUID | None) -> dict[str, Said]:
    return {
        "subject": str(standing.subject_id),
        "purpose": str(standing.purpose_id),
        "key": str(key) if key else None,
    }


def _consent(standing: SubjectPurpose) -> dict[str, Said]:
    return {
        "subject": str(standing.subject_id),
        "purpose": str(standing.purpose_id),
        "version": standing.consent_version,
        "until": f"{standing.consent_until.timestamp():.6f}" if standing.consent_until else None,
    }
