"""The one function that counts past row security resolves no name in a schema of the caller's."""

from django.db import migrations

NAME = "public.memstore_keys_by_epoch"


class Migration(migrations.Migration):
    dependencies = [("keyring", "0052_proof_is_kept")]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {NAME} SET search_path = pg_catalog, public, pg_temp",
            f"ALTER FUNCTION {NAME} SET search_path = pg_catalog, public",
        )
    ]
