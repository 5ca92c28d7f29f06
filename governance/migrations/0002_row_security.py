"""Row-level security on every table with a tenant, and an audit trail that only grows."""

from django.db import migrations

from governance.row_security import APPEND_ONLY_FUNCTION, append_only, tenant_rows


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial")]

    operations = [
        tenant_rows("governance_tenant", column="id"),
        tenant_rows("governance_purpose"),
        tenant_rows("governance_purposeversion"),
        tenant_rows("governance_subject"),
        tenant_rows("governance_apikey"),
        tenant_rows("governance_auditevent"),
        APPEND_ONLY_FUNCTION,
        *append_only("governance_auditevent"),
        *append_only("governance_purposeversion"),
        migrations.RunSQL(
            sql="ALTER TABLE governance_purposeversion ADD CONSTRAINT purpose_of_same_tenant"
            " FOREIGN KEY (tenant_id, purpose_id) REFERENCES governance_purpose (tenant_id, id)",
            reverse_sql="ALTER TABLE governance_purposeversion DROP CONSTRAINT purpose_of_same_tenant",
        ),
        migrations.RunSQL(
            sql="REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM memstore_app",
            reverse_sql="GRANT INSERT, UPDATE, DELETE ON django_migrations TO memstore_app",
        ),
    ]
