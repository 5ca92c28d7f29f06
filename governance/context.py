"""Context of a request or job: its caller and its client address.

`guard.authorize.attempt` sets the caller, for the rows that record a change of configuration. The edge (`api`) sets
the address, for audit events.
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
    """Principal of one call, the purpose that it names, and its request id.

    `purpose` None: the key's default. `request_id` joins log lines and audit events. `job` names the system job where
    the principal is the service itself. `asked_at` is `time.monotonic()` of this process.
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
    """Make `caller` the current caller inside the block, and restore the previous one afterwards."""
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)


def principal_id() -> UUID:
    """Return the id of the current principal; the nil UUID when the service itself acts or no use case is running."""
    caller = _caller.get()
    return caller.principal.id if caller is not None else NIL


def job() -> str | None:
    """Return the system job of the current caller; None when a principal acts.

    OPERATOR when no use case is running (shell, migration, test).
    """
    caller = _caller.get()
    if caller is None:
        return SystemJob.OPERATOR.value
    return caller.job.value if caller.job is not None else None


def request_id() -> str:
    """Return the request id of the current caller, or a new UUIDv7 when no use case is running.

    Always a UUID, made here or sent by the client, so no free text of a client is stored (AUDITLOG_CID_GETTER).
    """
    caller = _caller.get()
    return str(caller.request_id if caller is not None else uuid7())


def address() -> str | None:
    """Return the client's IP address in canonical form; None for jobs and commands."""
    return _address.get()


@contextmanager
def coming_from(address: str | None) -> Iterator[None]:
    """Put `address` into every audit event written inside the block. The caller has validated it."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)
