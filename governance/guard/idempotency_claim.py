"""The claim on an Idempotency-Key that the request at hand holds, settled in the transaction of its effect."""

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
