"""Tenants, their purposes, and the ids of all of them for sweeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from governance.ids import uuid7
from governance.models import Purpose, PurposeVersion, Tenant
from governance.tenancy import tenant_context

if TYPE_CHECKING:
    from uuid import UUID

    from governance.policy import LawfulBasis, PurposeRule


def create_tenant(*, slug: str, name: str) -> Tenant:
    tenant = Tenant(id=uuid7(), slug=slug, name=name)
    with tenant_context(tenant.id):
        tenant.save(force_insert=True)
    return tenant


def add_purpose(
    *, tenant_id: UUID, name: str, lawful_basis: LawfulBasis, ceiling_days: int, source_days: int
) -> PurposeRule:
    """A purpose with its first version."""
    with tenant_context(tenant_id):
        purpose = Purpose.objects.create(tenant_id=tenant_id, name=name)
        version = PurposeVersion.objects.create(
            tenant_id=tenant_id,
            purpose=purpose,
            lawful_basis=lawful_basis.value,
            ceiling_days=ceiling_days,
            source_days=source_days,
        )
    return version.rule()


def tenant_ids() -> list[UUID]:
    """Every tenant, for sweeps: one of the two questions that may be asked before a tenant is known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT memstore_tenant_ids()")
        return [row[0] for row in cursor.fetchall()]


def tenant_by_slug(slug: str) -> Tenant | None:
    """Row-level security shows one tenant at a time, so each is asked in its own context."""
    for tenant_id in tenant_ids():
        with tenant_context(tenant_id):
            found = Tenant.objects.filter(id=tenant_id, slug=slug).first()
        if found is not None:
            return found
    return None
