"""Two functions of `memstore_auth` for what happens before a tenant is known: a key by prefix, the tenants' ids.

They are the only way past row-level security, and each shows no more than its caller needs.
"""

from django.db import migrations

SEEN_BY_AUTH = ("governance_tenant", "governance_apikey", "governance_purpose", "governance_purposeversion")

FIND_API_KEY = """
CREATE FUNCTION memstore_find_api_key(wanted text)
RETURNS TABLE (id uuid, tenant_id uuid, secret_sha256 bytea, capabilities varchar[], default_purpose varchar,
               pinned_subject uuid, pinned_agent uuid, expires_at timestamptz, revoked_at timestamptz,
               last_used_at timestamptz, purposes json)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
BEGIN
    -- plpgsql keeps its plan for the session; a function in plain SQL would be planned at each request.
    RETURN QUERY SELECT k.id, k.tenant_id, k.secret_sha256, k.capabilities, k.default_purpose, k.pinned_subject, k.pinned_agent,
           k.expires_at, k.revoked_at, k.last_used_at,
           coalesce((SELECT json_agg(json_build_object(
                        'purpose_id', p.id, 'version_id', v.id, 'name', p.name, 'lawful_basis', v.lawful_basis,
                        'ceiling_days', v.ceiling_days, 'source_days', v.source_days))
                     FROM governance_purpose p
                     JOIN LATERAL (SELECT * FROM governance_purposeversion pv
                                   WHERE pv.tenant_id = k.tenant_id AND pv.purpose_id = p.id
                                   ORDER BY pv.version DESC LIMIT 1) v ON true
                     WHERE p.tenant_id = k.tenant_id AND p.id = ANY (k.allowed_purposes)), '[]'::json)
    FROM governance_apikey k WHERE k.prefix = wanted;
END $$
"""
TENANT_IDS = """
CREATE FUNCTION memstore_tenant_ids() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT id FROM governance_tenant ORDER BY id
$$
"""


def given_to_auth(function: str) -> list[str]:
    return [
        f"ALTER FUNCTION {function} OWNER TO memstore_auth",
        f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {function} TO memstore_app",
    ]


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_row_security")]

    operations = [
        migrations.RunSQL(
            sql=[
                *(f"GRANT SELECT ON {table} TO memstore_auth" for table in SEEN_BY_AUTH),
                *(
                    f"CREATE POLICY before_tenant ON {table} FOR SELECT TO memstore_auth USING (true)"
                    for table in SEEN_BY_AUTH
                ),
            ],
            reverse_sql=[
                *(f"DROP POLICY before_tenant ON {table}" for table in SEEN_BY_AUTH),
                *(f"REVOKE SELECT ON {table} FROM memstore_auth" for table in SEEN_BY_AUTH),
            ],
        ),
        migrations.RunSQL(
            sql=[
                FIND_API_KEY,
                TENANT_IDS,
                # A new owner needs CREATE on the schema at the moment of the change, and not after it.
                "GRANT USAGE, CREATE ON SCHEMA public TO memstore_auth",
                *given_to_auth("memstore_find_api_key(text)"),
                *given_to_auth("memstore_tenant_ids()"),
                "REVOKE CREATE ON SCHEMA public FROM memstore_auth",
            ],
            reverse_sql=["DROP FUNCTION memstore_find_api_key(text)", "DROP FUNCTION memstore_tenant_ids()"],
        ),
    ]
