"""Who acts at this moment, for the rows that note a change of configuration. `guard.effect` says it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from governance.ids import NIL, uuid7
from governance.vocabulary import SystemJob

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from governance.guard import Caller

_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)


@contextmanager
def acting(caller: Caller) -> Iterator[None]:
    """Inside, `caller` acts; afterwards whoever did before."""
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)


def principal_id() -> UUID:
    """The nil UUID where the service itself acts."""
    caller = _caller.get()
    return caller.principal.id if caller is not None else NIL


def job() -> str | None:
    """Outside of every use case somebody stands at the machine: a shell, a migration, a test."""
    caller = _caller.get()
    if caller is None:
        return SystemJob.OPERATOR.value
    return caller.job.value if caller.job is not None else None


def request_id() -> str:
    """Made by us, or a client's own UUID: never a text of somebody else's (AUDITLOG_CID_GETTER)."""
    caller = _caller.get()
    return str(caller.request_id if caller is not None else uuid7())
