"""Row-level security on the keys of each tenant."""

from django.db import migrations

from governance.row_security import tenant_rows


class Migration(migrations.Migration):
    dependencies = [("keyring", "0001_initial")]

    operations = [
        tenant_rows("keyring_tenantkey"),
        tenant_rows("keyring_datakey"),
        tenant_rows("keyring_identity"),
        migrations.RunSQL(
            sql="REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM memstore_app",
            reverse_sql="GRANT INSERT, UPDATE, DELETE ON django_migrations TO memstore_app",
        ),
    ]
