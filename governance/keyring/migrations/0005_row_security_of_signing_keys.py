"""Row-level security on signing keys and unwrap counts; a count is never taken back."""

from django.db import migrations

from governance.row_security import tenant_rows


class Migration(migrations.Migration):
    dependencies = [("keyring", "0004_signing_keys_and_unwrap_counts")]

    operations = [
        tenant_rows("keyring_signingkey"),
        tenant_rows("keyring_unwrapcount"),
        migrations.RunSQL(
            sql="REVOKE DELETE ON keyring_signingkey, keyring_unwrapcount FROM memstore_app",
            reverse_sql="GRANT DELETE ON keyring_signingkey, keyring_unwrapcount TO memstore_app",
        ),
    ]
