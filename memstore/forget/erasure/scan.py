"""Independent scan for residue: every column of both databases that could still hold an id of the person.

It does not rely on what the deletion believes it deleted: it reads the catalogue, so a new table is scanned without
being named here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from django.apps import apps
from django.db import connections
from psycopg import sql

from governance.tenancy.tenant_context import tenant_context
from memstore.erasure_rules import RULES, Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from django.db.backends.utils import CursorWrapper

ALIASES = ("default", "keys")
# Partitions are scanned with their parents. The queue's own tables hold ids of jobs, as text in JSON.
_COLUMNS = """
    SELECT n.nspname, c.relname, a.attname, t.typname
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_type t ON t.oid = a.atttypid
     WHERE n.nspname IN ('public', 'pgmq') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped AND has_table_privilege(c.oid, 'SELECT')
       AND t.typname IN ('uuid', '_uuid', 'text', 'varchar', 'json', 'jsonb')
     ORDER BY 1, 2, 3
"""


def traces(
    tenant_id: UUID, subject_id: UUID, others: Iterable[UUID] = (), *, only: frozenset[str] | None = None
) -> dict[str, int]:
    """Return how many rows hold the subject's id or one of `others` (ids of memories, of a canary), by `table.column`.

    Each table is read once. Text columns are searched for the subject's id only. Tables that are kept as evidence
    (`erasure_rules`) are left out; `only` scans these tables alone.
    """
    found: dict[str, int] = {}
    kept, ids = _kept(), [subject_id, *others]
    for alias in ALIASES:
        with tenant_context(tenant_id, using=alias), connections[alias].cursor() as cursor:
            for (schema, table), columns in _tables(cursor).items():
                if table in kept or (only is not None and table not in only):
                    continue
                cursor.execute(*_question(schema, table, columns, ids))
                counts = zip(columns, cursor.fetchone(), strict=True)
                found |= {f"{table}.{column}": n for (column, _), n in counts if n}
    return found


def _tables(cursor: CursorWrapper) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return (column, type) pairs by (schema, table)."""
    cursor.execute(_COLUMNS)
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in cursor.fetchall():
        found.setdefault((schema, table), []).append((column, kind))
    return found


def stores() -> list[str]:
    """Return the tables that `traces` scans."""
    found: set[str] = set()
    for alias in ALIASES:
        with connections[alias].cursor() as cursor:
            found |= {table for _, table in _tables(cursor)}
    return sorted(found - _kept())


def _kept() -> set[str]:
    return {apps.get_model(label)._meta.db_table for label, rule in RULES.items() if rule.fate is Fate.KEEP}


def _question(
    schema: str, table: str, columns: Sequence[tuple[str, str]], ids: Sequence[UUID]
) -> tuple[sql.Composed, list[list[UUID] | str]]:
    counts: list[sql.Composed] = []
    values: list[list[UUID] | str] = []
    for column, kind in columns:
        counts.append(sql.SQL(_HOLDS.get(kind, _SAYS)).format(sql.Identifier(column)))
        values.append(list(ids) if kind in _HOLDS else str(ids[0]))
    return sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(counts), sql.Identifier(schema, table)), values


_HOLDS: dict[str, LiteralString] = {
    "uuid": "count(*) FILTER (WHERE {} = ANY (%s))",
    "_uuid": "count(*) FILTER (WHERE {} && %s)",
}
_SAYS: LiteralString = "count(*) FILTER (WHERE position(%s in {}::text) > 0)"
