"""The store with the write of audit events replaced by nothing, to measure its cost. For benchmarks only."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def write_nothing(*_args: object, **_named: object) -> bool:
    """Stand in for `governance.guard.audit_event.write`."""
    return True


@contextmanager
def unaudited() -> Iterator[None]:
    """Replace the write in this process, which has one thread. Django must be set up."""
    from governance.guard import audit_event

    write = audit_event.write
    audit_event.write = write_nothing
    try:
        yield
    finally:
        audit_event.write = write
