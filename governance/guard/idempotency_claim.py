"""Claim on an Idempotency-Key by the current HTTP request, settled in the transaction of its effect."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models.functions import Now

from governance.models import KeyedWrite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


class Found(StrEnum):
    """State of an idempotency key when its request arrives."""

    NEW = "new"
    DONE = "done"
    RUNNING = "running"
    OTHER_REQUEST = "other_request"


@dataclass(frozen=True, slots=True)
class Claim:
    """Claim on one idempotency key. `status` and `object_id`: of the first answer; None before it."""

    id: UUID
    tenant_id: UUID
    principal_id: UUID
    found: Found
    status: int | None = None
    object_id: UUID | None = None


_current: ContextVar[Claim | None] = ContextVar("keyed_write", default=None)


@contextmanager
def held() -> Iterator[None]:
    """Limit a claim to one HTTP request: what is held inside the block ends with it."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def hold(taken: Claim) -> None:
    """Hold the claim: what the principal records from here to the end of the request settles it."""
    _current.set(taken)


def settle(principal_id: UUID, object_id: UUID | None) -> None:
    """Mark the held claim as done, in the transaction of an effect of `principal_id`.

    Without a claim of this principal it does nothing.
    """
    taken = _current.get()
    if taken is None or taken.principal_id != principal_id:
        return
    waiting = KeyedWrite.objects.filter(id=taken.id, done_at__isnull=True)
    waiting.update(done_at=Now(), object_id=object_id)
