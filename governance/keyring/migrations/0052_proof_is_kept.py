"""Epochs and the ledger's position are never deleted by who serves: what was destroyed is proved by them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("keyring", "0051_identities_end")]
    operations = [
        migrations.RunSQL(
            sql=[
                f"REVOKE DELETE, TRUNCATE ON {table} FROM memstore_app"
                for table in ("keyring_keyepoch", "keyring_ledgerhead", "keyring_signingkey", "keyring_unwrapcount")
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
