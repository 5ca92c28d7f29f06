"""Survey of keys: how many are under each epoch, and whether every one of them opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from django.db import connections

from governance.errors import WrongRootKey
from governance.ids import NIL
from governance.keyring.keys import data_key_context, tenant_key_context
from governance.keyring.models import DataKey, SigningKey, TenantKey
from governance.keyring.root import aes_unwrap, root_key
from governance.keyring.signing import signing_key_context
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    Progress = Callable[[int, int], None]  # (keys done, keys in all)

AT_ONCE = 5_000  # keys read in one statement
WRAPPED_BY_TENANT: tuple[type[DataKey | SigningKey], ...] = (DataKey, SigningKey)


@dataclass(frozen=True, slots=True)
class KeysOf:
    """Numbers of keys of one tenant under one epoch."""

    tenant_id: UUID
    epoch: int
    tenant_keys: int
    data_keys: int
    signing_keys: int

    @property
    def wrapped(self) -> int:
        """Return the number of keys that a rotation wraps anew: all but the tenant key, which is replaced."""
        return self.data_keys + self.signing_keys


@dataclass(slots=True)
class Opening:
    """Outcome of opening every key.

    `before`: how many of the opened keys were made before the moment asked about. `shut`: ids of keys that do not open.
    """

    opened: int = 0
    before: int = 0
    shut: list[UUID] = field(default_factory=list)  # ids of keys that do not open


def keys_by_epoch() -> list[KeysOf]:
    """Return the counts of every tenant that has keys, also of one that is not (or no longer) in `default`."""
    with connections["keys"].cursor() as cursor:
        cursor.execute("SELECT * FROM memstore_keys_by_epoch()")
        return [KeysOf(*row) for row in cursor.fetchall()]


def open_every_key(*, made_before: datetime | None = None, progress: Progress | None = None) -> Opening:
    """Open every key of every tenant under its epoch, and discard it. Nothing is written.

    The root key is used once per tenant and epoch. The unwrap counts stay as they are: nothing is unsealed with the
    keys. Raises KeyUnavailable when the root's keeper cannot be reached.
    """
    found, opening = keys_by_epoch(), Opening()
    total = sum(one.wrapped for one in found)
    for one in found:
        with tenant_context(one.tenant_id, using="keys"):
            wrapping = stored_tenant_key(one.tenant_id, one.epoch)
            if wrapping is None:
                opening.shut += TenantKey.objects.filter(epoch=one.epoch).values_list("id", flat=True)
        for model in WRAPPED_BY_TENANT:
            _open_rows(opening, model, one, wrapping, made_before)
            if progress is not None:
                progress(opening.opened, max(total, opening.opened))
    return opening


def _open_rows(
    opening: Opening,
    model: type[DataKey | SigningKey],
    whose: KeysOf,
    wrapping: bytes | None,
    made_before: datetime | None,
) -> None:
    after = NIL
    while True:
        with tenant_context(whose.tenant_id, using="keys"):
            wanted = model.objects.filter(tenant_id=whose.tenant_id, epoch=whose.epoch, id__gt=after)
            rows: list[DataKey | SigningKey] = list(wanted.order_by("id")[:AT_ONCE])
        for row in rows:
            if unwrapped(wrapping, row) is None:
                opening.shut.append(row.id)
            else:
                opening.opened += 1
                opening.before += made_before is not None and row.created_at < made_before
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id


def stored_tenant_key(tenant_id: UUID, epoch: int) -> bytes | None:
    """Return the tenant key by its row and the root key, never from a cache.

    None where the row is missing or damaged. Inside the tenant's context on `keys`. Raises KeyUnavailable when the
    root's keeper cannot be reached.
    """
    row = TenantKey.objects.filter(tenant_id=tenant_id, epoch=epoch).first()
    if row is None:
        return None
    try:
        return root_key().unwrap(epoch, bytes(row.wrapped), tenant_key_context(tenant_id, epoch))
    except WrongRootKey:
        return None


def unwrapped(wrapping: bytes | None, row: DataKey | SigningKey) -> bytes | None:
    """Return the unwrapped key, or None when it does not open."""
    if wrapping is None:
        return None
    try:
        return aes_unwrap(wrapping, bytes(row.wrapped), context_of(row))
    except (InvalidTag, ValueError):
        return None


def context_of(row: DataKey | SigningKey) -> bytes:
    return data_key_context(row) if isinstance(row, DataKey) else signing_key_context(row)
