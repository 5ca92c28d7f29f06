"""All rows of a tenant, read in one query: what a test compares to show that nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection
from psycopg import sql

from governance.models import AuditEvent, AuditQueued
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import Model

    from tests.support.cast import Organisation

# The trail grows with every decision, and is compared by itself.
TRAIL: list[type[Model]] = [AuditEvent, AuditQueued]
# The time of last use is noted for refused calls as well.
NOT_STATE = {"last_used_at"}


def rows_of(organisation: Organisation, *, but: Collection[type[Model]] = ()) -> dict[str, list[str]]:
    """Return rows of the tenant by table, as PostgreSQL's text of each, without the trail and the times of last use."""
    tables = [
        model
        for model in apps.get_models()
        if model._meta.app_label in {"governance", "memstore"} and model not in TRAIL and model not in but
    ]
    with tenant_context(organisation.tenant.id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL bytea_output = 'escape'")  # so that a secret kept as bytes can be found in it
        cursor.execute(sql.SQL(" UNION ALL ").join(map(_rows, tables)))
        return {table: rows or [] for table, rows in cursor.fetchall()}


def _rows(model: type[Model]) -> sql.Composed:
    names = [str(field.column) for field in model._meta.concrete_fields if field.attname not in NOT_STATE]
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in names)
    return sql.SQL(
        "SELECT {name}, (SELECT array_agg(t::text ORDER BY t::text) FROM (SELECT {columns} FROM {table}) t)"
    ).format(name=sql.Literal(model._meta.db_table), columns=columns, table=sql.Identifier(model._meta.db_table))
