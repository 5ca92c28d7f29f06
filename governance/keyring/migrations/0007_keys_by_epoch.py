"""How many keys stand under each epoch, of every tenant: counts past row security, and nothing but counts.

And deleted keys are cleared from the files at once.

An old root version may be destroyed only when no row needs it, also none of a tenant that `default` has lost.
"""

from django.db import migrations

TABLES = ("keyring_tenantkey", "keyring_datakey", "keyring_signingkey")
CLEARED = ("keyring_tenantkey", "keyring_datakey", "keyring_identity")
KEYS_BY_EPOCH = """
CREATE FUNCTION memstore_keys_by_epoch()
RETURNS TABLE (tenant_id uuid, epoch integer, tenant_keys bigint, data_keys bigint, signing_keys bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT t.tenant_id, t.epoch, sum(t.a)::bigint, sum(t.b)::bigint, sum(t.c)::bigint FROM (
        SELECT tenant_id, epoch, count(*) AS a, 0 AS b, 0 AS c FROM keyring_tenantkey GROUP BY 1, 2
        UNION ALL SELECT tenant_id, epoch, 0, count(*), 0 FROM keyring_datakey GROUP BY 1, 2
        UNION ALL SELECT tenant_id, epoch, 0, 0, count(*) FROM keyring_signingkey GROUP BY 1, 2) t
    GROUP BY 1, 2 ORDER BY 1, 2
$$
"""


class Migration(migrations.Migration):
    dependencies = [("keyring", "0006_epochs_and_ledger_head")]

    operations = [
        migrations.RunSQL(
            sql=[
                *(f"GRANT SELECT (tenant_id, epoch) ON {table} TO memstore_auth" for table in TABLES),
                *(f"CREATE POLICY counted ON {table} FOR SELECT TO memstore_auth USING (true)" for table in TABLES),
            ],
            reverse_sql=[
                *(f"DROP POLICY counted ON {table}" for table in TABLES),
                *(f"REVOKE SELECT (tenant_id, epoch) ON {table} FROM memstore_auth" for table in TABLES),
            ],
        ),
        migrations.RunSQL(
            # A deleted key leaves the server's files at the next round of autovacuum, not when a fifth of them is dead.
            sql=[
                f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0)"
                for table in CLEARED
            ],
            reverse_sql=[
                f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)"
                for table in CLEARED
            ],
        ),
        migrations.RunSQL(
            sql=[
                KEYS_BY_EPOCH,
                # A new owner needs CREATE on the schema at the moment of the change, and not after it.
                "GRANT USAGE, CREATE ON SCHEMA public TO memstore_auth",
                "ALTER FUNCTION memstore_keys_by_epoch() OWNER TO memstore_auth",
                "REVOKE ALL ON FUNCTION memstore_keys_by_epoch() FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION memstore_keys_by_epoch() TO memstore_app",
                "REVOKE CREATE ON SCHEMA public FROM memstore_auth",
            ],
            reverse_sql="DROP FUNCTION memstore_keys_by_epoch()",
        ),
    ]
