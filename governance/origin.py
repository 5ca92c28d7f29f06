"""Where the request at hand came from, for its audit events. Jobs and commands have no address."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_address: ContextVar[str | None] = ContextVar("address", default=None)


def address() -> str | None:
    """An IP address in its canonical form, or None."""
    return _address.get()


@contextmanager
def coming_from(address: str | None) -> Iterator[None]:
    """Every event written inside carries `address`, which the caller has validated."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)
