"""Row-level security, foreign keys that stay inside a tenant, and storage that suits ciphertext."""

from django.db import migrations

from governance.row_security import tenant_rows

TABLES = (
    "memstore_job",
    "memstore_source",
    "memstore_memory",
    "memstore_memoryversion",
    "memstore_card",
    "memstore_idempotency",
)
# (table, column, referenced table): every reference includes the tenant, so that no error tells of another's rows.
REFERENCES = (
    ("memstore_source", "subject_id", "governance_subject"),
    ("memstore_memory", "subject_id", "governance_subject"),
    ("memstore_memoryversion", "memory_id", "memstore_memory"),
    ("memstore_card", "memory_id", "memstore_memory"),
)
SEALED = ("memstore_source", "memstore_memoryversion", "memstore_card")


class Migration(migrations.Migration):
    dependencies = [("memstore", "0001_initial"), ("governance", "0003_before_the_tenant_is_known")]

    operations = [
        *(tenant_rows(table) for table in TABLES),
        *(
            migrations.RunSQL(
                sql=f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_in_tenant"
                f" FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id)",
                reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_in_tenant",
            )
            for table, column, target in REFERENCES
        ),
        # Ciphertext does not compress; trying costs time on every write.
        *(
            migrations.RunSQL(
                sql=f"ALTER TABLE {table} ALTER COLUMN sealed SET STORAGE EXTERNAL",
                reverse_sql=f"ALTER TABLE {table} ALTER COLUMN sealed SET STORAGE EXTENDED",
            )
            for table in SEALED
        ),
    ]
