"""Row-level security on requests and erasures, references inside the tenant, and what nobody may change."""

from django.db import migrations

from governance.row_security import append_only, tenant_rows

TABLES = (
    "governance_rightsrequest",
    "governance_requestitem",
    "governance_recipientnotice",
    "governance_copylink",
    "governance_erasure",
    "governance_erasurestepdone",
    "governance_certificate",
    "governance_protection",
)
# (table, column, referenced table): every reference includes the tenant, so that no error tells of another's rows.
REFERENCES = (
    ("governance_rightsrequest", "subject_id", "governance_subject"),
    ("governance_requestitem", "request_id", "governance_rightsrequest"),
    ("governance_recipientnotice", "request_id", "governance_rightsrequest"),
    ("governance_recipientnotice", "recipient_id", "governance_recipient"),
    ("governance_copylink", "request_id", "governance_rightsrequest"),
    ("governance_erasure", "request_id", "governance_rightsrequest"),
    ("governance_erasure", "subject_id", "governance_subject"),
    ("governance_erasurestepdone", "erasure_id", "governance_erasure"),
    ("governance_certificate", "erasure_id", "governance_erasure"),
)
APPEND_ONLY = ("governance_requestitem", "governance_erasurestepdone", "governance_certificate")
# They are ended, never deleted: the proof of handling outlives the person's data.
KEPT = ("governance_rightsrequest", "governance_erasure")


class Migration(migrations.Migration):
    dependencies = [("governance", "0018_erasures")]

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
        *(operation for table in APPEND_ONLY for operation in append_only(table)),
        *(
            migrations.RunSQL(
                sql=f"REVOKE DELETE ON {table} FROM memstore_app",
                reverse_sql=f"GRANT DELETE ON {table} TO memstore_app",
            )
            for table in KEPT
        ),
    ]
