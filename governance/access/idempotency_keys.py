"""Idempotency-Key of the governance API (IETF draft-ietf-httpapi-idempotency-key-header): a retry does nothing twice.

A key is claimed before its request is handled, and settled in the transaction of the effect
(`guard.idempotency_claim`): a claim that was never settled had no effect, also when the process died in between.
"""

from __future__ import annotations

from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING

from django.db.models.functions import Now

from governance.guard.idempotency_claim import Claim, Found
from governance.keyring.keys import lookup_sealer
from governance.models import KeyedWrite
from governance.tenancy.database_clock import database_now
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.policy.decide import Principal

KEPT = timedelta(days=7)
# Longer than any request lives: an older claim that is not settled belongs to a process that died.
GIVEN_UP = timedelta(minutes=15)


def claim(*, principal: Principal, key: str, request: bytes) -> Claim:
    """Claim the key for this request, and return the state in which it was found.

    Of two concurrent claims one is NEW.
    """
    sealer = lookup_sealer(principal.tenant_id)
    key_mac = sealer.mac(b"keyed write", principal.id.bytes + key.encode())
    request_mac = sealer.mac(b"keyed request", request)
    made = KeyedWrite(
        tenant_id=principal.tenant_id, principal_id=principal.id, key_mac=key_mac, request_mac=request_mac
    )
    with tenant_context(principal.tenant_id):
        KeyedWrite.objects.bulk_create([made], ignore_conflicts=True)
        row = KeyedWrite.objects.select_for_update().get(principal_id=principal.id, key_mac=key_mac)
        found = _standing(row, made, request_mac)
        if found is Found.NEW and row.id != made.id:
            row.begun_at = database_now()
            row.save(update_fields=["begun_at"])
    return Claim(row.id, row.tenant_id, row.principal_id, found, row.status, row.object_id)


def _standing(row: KeyedWrite, made: KeyedWrite, request_mac: bytes) -> Found:
    if row.id == made.id:
        return Found.NEW
    if not compare_digest(bytes(row.request_mac), request_mac):
        return Found.OTHER_REQUEST
    if row.done_at is not None:
        return Found.DONE
    return Found.NEW if row.begun_at < database_now() - GIVEN_UP else Found.RUNNING


def close(taken: Claim, *, status: int, object_id: UUID | None) -> None:
    """Store the status that was answered.

    A refused request (400 or above) releases its key unless its effect was settled.
    """
    with tenant_context(taken.tenant_id):
        row = KeyedWrite.objects.filter(id=taken.id)
        if status >= 400:  # noqa: PLR2004
            row.filter(done_at__isnull=True).delete()
            return
        row.filter(done_at__isnull=True).update(done_at=Now())
        row.update(status=status, **({"object_id": object_id} if object_id else {}))


def drop_old_writes(now: datetime) -> int:
    """Delete the claims that are older than seven days. Return how many. Call it inside the tenant's context."""
    return KeyedWrite.objects.filter(begun_at__lt=now - KEPT).delete()[0]
