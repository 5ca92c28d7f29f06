"""The SQL that every tenant table gets in its migration (DESIGN section 4)."""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

# The scalar subquery makes PostgreSQL read the setting once per statement, not once per row.
TENANT = "(SELECT nullif(current_setting('memstore.tenant', true), '')::uuid)"


def tenant_rows(table: str, *, column: str = "tenant_id") -> RunSQL:
    """ENABLE and FORCE row-level security: rows of the current tenant only, for the owner as well."""
    return RunSQL(
        sql=[
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant_rows ON {table} USING ({column} = {TENANT}) WITH CHECK ({column} = {TENANT})",
        ],
        reverse_sql=[
            f"DROP POLICY tenant_rows ON {table}",
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ],
    )


def append_only(table: str) -> list[RunSQL]:
    """No UPDATE, DELETE or TRUNCATE: the privilege is revoked and plain triggers refuse whoever has it anyway."""
    return [
        RunSQL(
            sql=f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM memstore_app",
            reverse_sql=f"GRANT UPDATE, DELETE ON {table} TO memstore_app",
        ),
        RunSQL(
            sql=[
                _trigger("append_only_rows", f"UPDATE OR DELETE ON {table} FOR EACH ROW"),
                _trigger("append_only_table", f"TRUNCATE ON {table} FOR EACH STATEMENT"),
            ],
            reverse_sql=[
                f"DROP TRIGGER append_only_rows ON {table}",
                f"DROP TRIGGER append_only_table ON {table}",
            ],
        ),
    ]


def _trigger(name: str, when: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {when} EXECUTE FUNCTION memstore_append_only()"


APPEND_ONLY_FUNCTION = RunSQL(
    sql="""
    CREATE FUNCTION memstore_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END $$
    """,
    reverse_sql="DROP FUNCTION memstore_append_only()",
)
