"""What the database itself refuses of memories, how it counts their changes, and the queue of job hints: as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import StateApps

# The scalar subquery makes PostgreSQL read the setting once per statement, not once per row.
TENANT = "(SELECT nullif(current_setting('memstore.tenant', true), '')::uuid)"
TENANT_TABLES = (
    "memstore_job",
    "memstore_source",
    "memstore_memory",
    "memstore_memoryversion",
    "memstore_card",
    "memstore_idempotency",
    "memstore_quarantine",
)
# (table, column, referenced table): every reference includes the tenant, so that no error tells of another's rows.
REFERENCES = (
    ("memstore_source", "subject_id", "governance_subject"),
    ("memstore_memory", "subject_id", "governance_subject"),
    ("memstore_memoryversion", "memory_id", "memstore_memory"),
    ("memstore_card", "memory_id", "memstore_memory"),
    ("memstore_quarantine", "memory_id", "memstore_memory"),
)
# Ciphertext does not compress; trying costs time on every write.
SEALED = (
    ("memstore_source", "sealed"),
    ("memstore_memoryversion", "sealed"),
    ("memstore_card", "sealed"),
    ("memstore_quarantine", "sealed_card"),
)
# Whoever changes a card counts up its subject's revision: what was opened before is then known to be old.
# In the real table, whatever the session has made beside it.
COUNT_REVISION = """
CREATE FUNCTION public.memstore_count_revision() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.governance_subject s SET revision = s.revision + 1
      FROM (SELECT DISTINCT tenant_id, subject_id FROM changed) c
     WHERE s.tenant_id = c.tenant_id AND s.id = c.subject_id;
    RETURN NULL;
END $$
"""
# PGMQ's own functions and tables are the owner's; the serving role uses one queue, and the tables of no other.
QUEUE = (
    "SELECT pgmq.create('memstore')",
    "GRANT USAGE ON SCHEMA pgmq TO memstore_app",
    "GRANT SELECT ON pgmq.meta TO memstore_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON pgmq.q_memstore, pgmq.a_memstore TO memstore_app",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA pgmq TO memstore_app",
    "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA pgmq FROM PUBLIC",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgmq TO memstore_app",
    # Hints of a few kilobytes: a worker reads whole messages into its memory.
    (
        "ALTER TABLE pgmq.q_memstore ADD CONSTRAINT hints_are_small CHECK (jsonb_typeof(message) = 'object'"
        " AND octet_length(message::text) <= 16384 AND octet_length(coalesce(headers, '{}')::text) <= 16384)"
    ),
)


def install_pgmq(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The package's own SQL. Imported here, since it brings SQLAlchemy along, which nothing else at a start needs."""
    from pgmq import get_embedded_install_sql

    schema_editor.execute(get_embedded_install_sql(), params=None)


class Migration(migrations.Migration):
    dependencies = [("memstore", "0001_tables"), ("governance", "0002_database_rules")]
    operations = [
        migrations.RunSQL(
            [
                statement.format(table)
                for table in TENANT_TABLES
                for statement in (
                    "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
                    "ALTER TABLE {} FORCE ROW LEVEL SECURITY",
                    f"CREATE POLICY tenant_rows ON {{}} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})",
                )
            ],
            [
                statement.format(table)
                for table in TENANT_TABLES
                for statement in (
                    "DROP POLICY tenant_rows ON {}",
                    "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
                    "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
                )
            ],
        ),
        migrations.RunSQL(
            [
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_in_tenant"
                f" FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id)"
                for table, column, target in REFERENCES
            ],
            [f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_in_tenant" for table, column, _ in REFERENCES],
        ),
        migrations.RunSQL(
            [f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL" for table, column in SEALED],
            [f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTENDED" for table, column in SEALED],
        ),
        migrations.RunSQL(
            [
                COUNT_REVISION,
                *(
                    f"CREATE TRIGGER count_revision_{event.lower()} AFTER {event} ON memstore_card"
                    f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION memstore_count_revision()"
                    for event, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
                ),
            ],
            "DROP FUNCTION memstore_count_revision() CASCADE",
        ),
        migrations.RunPython(install_pgmq, migrations.RunPython.noop),
        migrations.RunSQL(QUEUE, "DROP SCHEMA pgmq CASCADE"),
    ]
