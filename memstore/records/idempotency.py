"""Idempotency keys: a request that is sent again is answered with what the first one did, and not done twice."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING

from governance.keyring.keys import lookup_sealer
from governance.tenancy.tenant_context import tenant_context
from memstore.errors import Conflict
from memstore.models import Idempotency

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller


@dataclass(frozen=True, slots=True)
class Once:
    """An idempotency key with the request that it came with. Both are stored as keyed fingerprints only."""

    key: str
    request: bytes


def claim(caller: Caller, once: Once, job_id: UUID) -> UUID:
    """Claim the key for `job_id`. Return `job_id` if the key is new, else the id of the job that claimed it first.

    Runs inside the transaction of the effect: of two requests at the same moment, one waits for the other's commit.
    Raises Conflict when the key came before with a different request.
    """
    row = Idempotency(tenant_id=caller.tenant_id, principal_id=caller.principal.id, job_id=job_id)
    row.key_mac, row.request_mac = _macs(caller, once)
    Idempotency.objects.bulk_create([row], ignore_conflicts=True)
    kept = _find(caller, once)
    return job_id if kept is None else kept


def replayed(caller: Caller, once: Once) -> UUID | None:
    """Return the job that claimed this key before, or None. Raises Conflict as `claim` does."""
    with tenant_context(caller.tenant_id):
        return _find(caller, once)


def _find(caller: Caller, once: Once) -> UUID | None:
    key_mac, request_mac = _macs(caller, once)
    kept = Idempotency.objects.filter(principal_id=caller.principal.id, key_mac=key_mac).first()
    if kept is not None and not compare_digest(bytes(kept.request_mac), request_mac):
        raise Conflict("this Idempotency-Key was used before with a different request")
    return kept.job_id if kept is not None else None


def _macs(caller: Caller, once: Once) -> tuple[bytes, bytes]:
    sealer = lookup_sealer(caller.tenant_id)
    key_mac = sealer.mac(b"idempotency", caller.principal.id.bytes + once.key.encode())
    return key_mac, sealer.mac(b"request", once.request)
