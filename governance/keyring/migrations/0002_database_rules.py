"""What the keys database itself refuses, and the one function that counts past row security. All of it as SQL."""

from django.db import migrations

# The scalar subquery makes PostgreSQL read the setting once per statement, not once per row.
TENANT = "(SELECT nullif(current_setting('memstore.tenant', true), '')::uuid)"
TENANT_TABLES = (
    "keyring_tenantkey",
    "keyring_datakey",
    "keyring_identity",
    "keyring_signingkey",
    "keyring_unwrapcount",
)
# What was destroyed is proved by them, and a count is never taken back.
KEPT = ("keyring_keyepoch", "keyring_ledgerhead", "keyring_signingkey", "keyring_unwrapcount")
CLEARED = ("keyring_tenantkey", "keyring_datakey", "keyring_identity")
# An old root version may be destroyed only when no row needs it, also none of a tenant that `default` has lost.
COUNTED = ("keyring_tenantkey", "keyring_datakey", "keyring_signingkey")
KEYS_BY_EPOCH = """
CREATE FUNCTION memstore_keys_by_epoch()
RETURNS TABLE (tenant_id uuid, epoch integer, tenant_keys bigint, data_keys bigint, signing_keys bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.tenant_id, t.epoch, sum(t.a)::bigint, sum(t.b)::bigint, sum(t.c)::bigint FROM (
        SELECT tenant_id, epoch, count(*) AS a, 0 AS b, 0 AS c FROM keyring_tenantkey GROUP BY 1, 2
        UNION ALL SELECT tenant_id, epoch, 0, count(*), 0 FROM keyring_datakey GROUP BY 1, 2
        UNION ALL SELECT tenant_id, epoch, 0, 0, count(*) FROM keyring_signingkey GROUP BY 1, 2) t
    GROUP BY 1, 2 ORDER BY 1, 2
$$
"""


def each(tables: tuple[str, ...], *statements: str) -> tuple[str, ...]:
    """The statements for each of the tables, whose name stands for {}."""
    return tuple(statement.format(table) for table in tables for statement in statements)


class Migration(migrations.Migration):
    dependencies = [("keyring", "0001_tables")]
    operations = [
        migrations.RunSQL(
            each(
                TENANT_TABLES,
                "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE {} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY tenant_rows ON {{}} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})",
            ),
            each(
                TENANT_TABLES,
                "DROP POLICY tenant_rows ON {}",
                "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
                "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
            ),
        ),
        migrations.RunSQL(
            [
                *each(KEPT, "REVOKE DELETE, TRUNCATE ON {} FROM memstore_app"),
                "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM memstore_app",
            ],
            [
                *each(KEPT, "GRANT DELETE ON {} TO memstore_app"),
                "GRANT INSERT, UPDATE, DELETE ON django_migrations TO memstore_app",
            ],
        ),
        migrations.RunSQL(
            # A deleted key leaves the server's files at the next round of autovacuum, not when a fifth of them is dead.
            each(
                CLEARED,
                "ALTER TABLE {} SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0)",
            ),
            each(CLEARED, "ALTER TABLE {} RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)"),
        ),
        migrations.RunSQL(
            [
                *each(
                    COUNTED,
                    "GRANT SELECT (tenant_id, epoch) ON {} TO memstore_auth",
                    "CREATE POLICY counted ON {} FOR SELECT TO memstore_auth USING (true)",
                ),
                KEYS_BY_EPOCH,
                # A new owner needs CREATE on the schema at the moment of the change, and not after it.
                "GRANT USAGE, CREATE ON SCHEMA public TO memstore_auth",
                "ALTER FUNCTION memstore_keys_by_epoch() OWNER TO memstore_auth",
                "REVOKE ALL ON FUNCTION memstore_keys_by_epoch() FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION memstore_keys_by_epoch() TO memstore_app",
                "REVOKE CREATE ON SCHEMA public FROM memstore_auth",
            ],
            [
                "DROP FUNCTION memstore_keys_by_epoch()",
                *each(
                    COUNTED,
                    "DROP POLICY counted ON {}",
                    "REVOKE SELECT (tenant_id, epoch) ON {} FROM memstore_auth",
                ),
            ],
        ),
    ]
