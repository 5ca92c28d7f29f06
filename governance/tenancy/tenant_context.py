"""Current tenant of a transaction. Row-level security shows rows of this tenant only, and none without one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connections, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

SET_TENANT = "SELECT set_config('memstore.tenant', %s, true)"


@contextmanager
def tenant_context(tenant_id: UUID, *, using: str = "default", durable: bool = False) -> Iterator[None]:
    """Open a transaction on `using` in which `tenant_id` is the current tenant.

    The setting is local to the transaction, so a pooled connection never carries it over. Nested inside another
    tenant's context, the outer tenant is current again afterwards. `durable` refuses to nest (RuntimeError), so that
    its writes are committed at the end, whatever becomes of the caller.
    """
    connection = connections[using]
    nested = connection.in_atomic_block
    with transaction.atomic(using=using, durable=durable), connection.cursor() as cursor:
        previous = ""
        if nested:
            cursor.execute("SELECT coalesce(current_setting('memstore.tenant', true), '')")
            previous = cursor.fetchone()[0]
        cursor.execute(SET_TENANT, [str(tenant_id)])
        yield
        if nested:
            cursor.execute(SET_TENANT, [previous])
