"""Tenant lookup: the few queries that may run before a tenant is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from governance.models import Tenant
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from uuid import UUID


def tenant_ids() -> list[UUID]:
    """Return the ids of all tenants, for sweeps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_tenant_ids()")
        return [row[0] for row in cursor.fetchall()]


def tenant_id_by_slug(slug: str) -> UUID | None:
    """Return the id of the tenant with this slug, or None.

    For callers who are not authenticated: one statement, whether or not there is such a tenant.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_tenant_by_slug(%s)", [slug])
        found: UUID | None = cursor.fetchone()[0]
    return found


def tenant_by_slug(slug: str) -> Tenant | None:
    """Return the tenant with this slug, read in its own context, or None."""
    found = tenant_id_by_slug(slug)
    if found is None:
        return None
    with tenant_context(found):
        return Tenant.objects.get(id=found)
