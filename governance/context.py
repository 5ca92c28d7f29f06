"""The context of a request or job: its caller, and the address that it came from.

`guard.effect` sets the caller, for the rows that note a change of configuration; the edge sets the address, for audit
events.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from governance.ids import NIL, uuid7
from governance.vocabulary import SystemJob

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from governance.policy.decide import Principal

_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)
_address: ContextVar[str | None] = ContextVar("address", default=None)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for which purpose (None: the key's default), and the id that joins log lines and audit events.

    `job` says which part of the service it is where the principal is the service itself. `asked_at` is
    `time.monotonic()` of this process.
    """

    principal: Principal
    request_id: UUID
    purpose: str | None = None
    job: SystemJob | None = None
    asked_at: float = field(default_factory=time.monotonic, compare=False)

    @property
    def tenant_id(self) -> UUID:
        return self.principal.tenant_id


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


def address() -> str | None:
    """The IP address of the request at hand in its canonical form; None for jobs and commands."""
    return _address.get()


@contextmanager
def coming_from(address: str | None) -> Iterator[None]:
    """Every event written inside carries `address`, which the caller has validated."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)
