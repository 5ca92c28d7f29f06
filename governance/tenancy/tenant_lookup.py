"""Tenant lookup: the few queries that may run before a tenant is known."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from django.db import connection

from governance.ids import NIL
from governance.models import Tenant
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

log = logging.getLogger(__name__)

Result = TypeVar("Result")


def tenant_ids() -> list[UUID]:
    """Return the ids of all tenants, for sweeps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_tenant_ids()")
        return [row[0] for row in cursor.fetchall()]


def for_each_tenant(job: str, do: Callable[[UUID], Result], *, with_nil: bool = False) -> dict[UUID, Result]:
    """Run a background job in every tenant, and return its results by tenant, without the tenants where it failed.

    A tenant that fails is logged under the name of the job, and does not keep the others waiting. `with_nil`: also for
    NIL, whose rows were written before any tenant was known.
    """
    done: dict[UUID, Result] = {}
    for tenant_id in (NIL, *tenant_ids()) if with_nil else tenant_ids():
        try:
            done[tenant_id] = do(tenant_id)
        except Exception:  # whatever it is, it concerns one tenant, and the log has it
            log.exception("tenant_failed", extra={"fields": {"job": job, "tenant": str(tenant_id)}})
    return done


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
