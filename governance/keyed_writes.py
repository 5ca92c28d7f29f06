"""Idempotency-Key of the governance API (IETF draft-ietf-httpapi-idempotency-key-header): a retry does nothing twice.

A key is claimed before its request is looked at, and settled in the transaction of the effect: what was claimed and
not settled was not done, also when the process died in between.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import TYPE_CHECKING

from django.db.models.functions import Now

from governance.clock import database_now
from governance.keyring.keys import lookup_sealer
from governance.models import KeyedWrite
from governance.tenancy import tenant_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from governance.policy import Principal

KEPT = timedelta(days=7)
# Longer than any request lives: what was begun before and is not settled died with its process.
GIVEN_UP = timedelta(minutes=15)


class Found(StrEnum):
    """How a key stands when its request arrives."""

    NEW = "new"
    DONE = "done"
    RUNNING = "running"
    OTHER_REQUEST = "other_request"


@dataclass(frozen=True, slots=True)
class Claim:
    """`status` and `object_id`: of the first answer, once it was given."""

    id: UUID
    tenant_id: UUID
    principal_id: UUID
    found: Found
    status: int | None = None
    object_id: UUID | None = None


_current: ContextVar[Claim | None] = ContextVar("keyed_write", default=None)


def claim(*, principal: Principal, key: str, request: bytes) -> Claim:
    """Take the key for this request, or say how it stands. Of two at once one is NEW."""
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


@contextmanager
def held() -> Iterator[None]:
    """The span of one request: what it holds ends with it."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def hold(taken: Claim) -> None:
    """What is recorded from here on, until the end of the request, settles the claim."""
    _current.set(taken)


def settle(principal_id: UUID, object_id: UUID | None) -> None:
    """In the transaction of an effect of `principal_id`, whose event is being written: it is done with the commit."""
    taken = _current.get()
    if taken is None or taken.principal_id != principal_id:
        return
    waiting = KeyedWrite.objects.filter(id=taken.id, done_at__isnull=True)
    waiting.update(done_at=Now(), object_id=object_id)


def close(taken: Claim, *, status: int, object_id: UUID | None) -> None:
    """Note what was answered; a request that was refused leaves its key free."""
    with tenant_context(taken.tenant_id):
        row = KeyedWrite.objects.filter(id=taken.id)
        if status >= 400:  # noqa: PLR2004
            row.filter(done_at__isnull=True).delete()
            return
        row.filter(done_at__isnull=True).update(done_at=Now())
        row.update(status=status, **({"object_id": object_id} if object_id else {}))


def drop_old_writes(now: datetime) -> int:
    """Inside the tenant's context."""
    return KeyedWrite.objects.filter(begun_at__lt=now - KEPT).delete()[0]
