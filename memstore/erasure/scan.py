"""The independent scan: not what the deletion thinks it deleted, but every column of both databases that could still
hold an id of the person. It reads the catalogue, so a table that somebody adds is looked through without being named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connections
from psycopg import sql

from governance.tenancy import tenant_context
from memstore.erasure.rules import RULES, Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

ALIASES = ("default", "keys")
# Partitions are looked through with their parents. The queue's own tables hold ids of jobs, as text in JSON.
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


def traces(tenant_id: UUID, subject_id: UUID, others: Iterable[UUID] = ()) -> dict[str, int]:
    """`table.column` -> rows that hold the subject's id, or one of `others` (ids of memories, of a canary).

    Columns of text are searched for the subject's id. What is kept as evidence (`rules`) is left out.
    """
    found: dict[str, int] = {}
    kept = _kept()
    ids = [subject_id, *others]
    for alias in ALIASES:
        with tenant_context(tenant_id, using=alias), connections[alias].cursor() as cursor:
            cursor.execute(_COLUMNS)
            for schema, table, column, kind in cursor.fetchall():
                if table in kept:
                    continue
                cursor.execute(*_question(schema, table, column, kind, ids))
                if n := cursor.fetchone()[0]:
                    found[f"{table}.{column}"] = n
    return found


def stores() -> list[str]:
    """The tables that `traces` looks through."""
    found: set[str] = set()
    for alias in ALIASES:
        with connections[alias].cursor() as cursor:
            cursor.execute(_COLUMNS)
            found |= {row[1] for row in cursor.fetchall()}
    return sorted(found - _kept())


def _kept() -> set[str]:
    return {apps.get_model(label)._meta.db_table for label, rule in RULES.items() if rule.fate is Fate.KEEP}


def _question(
    schema: str, table: str, column: str, kind: str, ids: Sequence[UUID]
) -> tuple[sql.Composed, list[list[UUID] | str]]:
    names = {"table": sql.Identifier(schema, table), "column": sql.Identifier(column)}
    count = sql.SQL("SELECT count(*) FROM {table} WHERE ").format(**names)
    if kind == "uuid":
        return count + sql.SQL("{column} = ANY (%s)").format(**names), [list(ids)]
    if kind == "_uuid":
        return count + sql.SQL("{column} && %s").format(**names), [list(ids)]
    return count + sql.SQL("position(%s in {column}::text) > 0").format(**names), [str(ids[0])]
