"""A function of `memstore_auth` that tells how the trail of all tenants is doing, in counts and ages only."""

from django.db import migrations

NIL = "00000000-0000-0000-0000-000000000000"
# (table, columns, rows): no more of each than the counts need.
SEEN_BY_AUTH = (
    ("governance_auditqueued", "at", "true"),
    ("governance_auditcheck", "tenant_id, at, problem", "true"),
    ("governance_auditanchor", "tenant_id, at, kind, size", "true"),
    ("governance_auditevent", "tenant_id, at, type", f"tenant_id = '{NIL}' AND type = 'witness_lost'"),
)
AUDIT_HEALTH = f"""
CREATE FUNCTION memstore_audit_health()
RETURNS TABLE (tenants bigint, unsealed bigint, oldest_unsealed_seconds float8, tampered_tenants bigint,
               unchecked_tenants bigint, oldest_check_seconds float8, unanchored_tenants bigint,
               oldest_anchor_seconds float8, newest_anchor_seconds float8, witness_lost bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH trails AS (SELECT id FROM governance_tenant UNION ALL SELECT '{NIL}'),
    queued AS (SELECT count(*) AS n, extract(epoch FROM now() - min(at))::float8 AS age FROM governance_auditqueued),
    -- The newest of each tenant, by an index: neither table is read as a whole.
    checks AS (
        SELECT c.problem, extract(epoch FROM now() - c.at)::float8 AS age FROM trails t
          LEFT JOIN LATERAL (SELECT problem, at FROM governance_auditcheck
                              WHERE tenant_id = t.id ORDER BY at DESC LIMIT 1) c ON true),
    anchors AS (
        SELECT extract(epoch FROM now() - greatest(
                   (SELECT at FROM governance_auditanchor
                     WHERE tenant_id = t.id AND kind = 'file' ORDER BY size DESC LIMIT 1),
                   (SELECT at FROM governance_auditanchor
                     WHERE tenant_id = t.id AND kind = 's3' ORDER BY size DESC LIMIT 1)))::float8 AS age FROM trails t)
    SELECT (SELECT count(*) - 1 FROM trails), queued.n, queued.age,
           (SELECT count(*) FROM checks WHERE problem <> ''),
           (SELECT count(*) FROM checks WHERE problem IS NULL),
           (SELECT max(age) FROM checks),
           (SELECT count(*) FROM anchors WHERE age IS NULL),
           (SELECT max(age) FROM anchors), (SELECT min(age) FROM anchors),
           (SELECT count(*) FROM governance_auditevent
             WHERE tenant_id = '{NIL}' AND type = 'witness_lost' AND at > now() - interval '24 hours')
      FROM queued
$$
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0012_changes")]

    operations = [
        migrations.RunSQL(
            sql=[
                *(f"GRANT SELECT ({columns}) ON {table} TO memstore_auth" for table, columns, _ in SEEN_BY_AUTH),
                *(
                    f"CREATE POLICY before_tenant ON {table} FOR SELECT TO memstore_auth USING ({rows})"
                    for table, _, rows in SEEN_BY_AUTH
                ),
            ],
            reverse_sql=[
                *(f"DROP POLICY before_tenant ON {table}" for table, _, _ in SEEN_BY_AUTH),
                *(f"REVOKE SELECT ({columns}) ON {table} FROM memstore_auth" for table, columns, _ in SEEN_BY_AUTH),
            ],
        ),
        migrations.RunSQL(
            sql=[
                AUDIT_HEALTH,
                # A new owner needs CREATE on the schema at the moment of the change, and not after it.
                "GRANT CREATE ON SCHEMA public TO memstore_auth",
                "ALTER FUNCTION memstore_audit_health() OWNER TO memstore_auth",
                "REVOKE ALL ON FUNCTION memstore_audit_health() FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION memstore_audit_health() TO memstore_app",
                "REVOKE CREATE ON SCHEMA public FROM memstore_auth",
            ],
            reverse_sql="DROP FUNCTION memstore_audit_health()",
        ),
    ]
