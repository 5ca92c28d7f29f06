"""A function of `memstore_auth` that counts the erasures that stand still as failed, over all tenants."""

from django.db import migrations

STOPPED = """
CREATE FUNCTION memstore_erasures_stopped() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FROM public.governance_erasure WHERE state = 'failed'
$$
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0052_proof_is_kept")]
    operations = [
        migrations.RunSQL(
            sql=[
                "GRANT SELECT (state) ON governance_erasure TO memstore_auth",
                "CREATE POLICY before_tenant ON governance_erasure FOR SELECT TO memstore_auth USING (state = 'failed')",
                "CREATE INDEX erasure_failed ON governance_erasure (state) WHERE state = 'failed'",
                STOPPED,
                # A new owner needs CREATE on the schema at the moment of the change, and not after it.
                "GRANT CREATE ON SCHEMA public TO memstore_auth",
                "ALTER FUNCTION memstore_erasures_stopped() OWNER TO memstore_auth",
                "REVOKE ALL ON FUNCTION memstore_erasures_stopped() FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION memstore_erasures_stopped() TO memstore_app",
                "REVOKE CREATE ON SCHEMA public FROM memstore_auth",
            ],
            reverse_sql=[
                "DROP FUNCTION memstore_erasures_stopped()",
                "DROP INDEX erasure_failed",
                "DROP POLICY before_tenant ON governance_erasure",
                "REVOKE SELECT (state) ON governance_erasure FROM memstore_auth",
            ],
        ),
    ]
