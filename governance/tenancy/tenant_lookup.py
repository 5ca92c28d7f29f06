"""Which tenants there are: the few questions that may be asked before a tenant is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from governance.models import Tenant
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from uuid import UUID


def tenant_ids() -> list[UUID]:
    """Every tenant, for sweeps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_tenant_ids()")
        return [row[0] for row in cursor.fetchall()]


def tenant_id_by_slug(slug: str) -> UUID | None:
    """Before anybody has signed in, when no tenant is known: one statement, whether there is such a tenant or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_tenant_by_slug(%s)", [slug])
        found: UUID | None = cursor.fetchone()[0]
    return found


def tenant_by_slug(slug: str) -> Tenant | None:
    """The row, read in the tenant's own context."""
    found = tenant_id_by_slug(slug)
    if found is None:
        return None
    with tenant_context(found):
        return Tenant.objects.get(id=found)
