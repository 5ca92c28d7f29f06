"""Functions of `memstore_auth`: the only way past row security, and each shows no more than its caller needs.

What happens before a tenant is known asks them, and what counts over all tenants.
"""

from django.db import migrations

NIL = "00000000-0000-0000-0000-000000000000"

# What `memstore_auth` sees past row security: (table, columns, policy, rows), no more of each than its functions need.
ALARMS = "'damage_found', 'clock_jumped', 'ledger_damaged', 'message_parked'"
SEEN_BY_AUTH = (
    ("tenant", "", "before_tenant", "true"),
    ("apikey", "", "before_tenant", "true"),
    ("purpose", "", "before_tenant", "true"),
    ("purposeversion", "", "before_tenant", "true"),
    ("compatibility", "", "before_tenant", "true"),
    ("retention", "", "before_tenant", "true"),
    ("staffuser", "", "before_tenant", "true"),
    ("staffsession", "", "before_tenant", "true"),
    ("auditqueued", "(at)", "before_tenant", "true"),
    ("auditcheck", "(tenant_id, at, problem)", "before_tenant", "true"),
    ("auditanchor", "(tenant_id, at, kind, size)", "before_tenant", "true"),
    ("auditevent", "(tenant_id, at, type)", "before_tenant", f"tenant_id = '{NIL}' AND type = 'witness_lost'"),
    ("auditevent", "(tenant_id, at, type)", "alarms_before_tenant", f"type IN ({ALARMS})"),
    ("erasure", "(state)", "before_tenant", "state = 'failed'"),
)
AUTH_FUNCTIONS = {
    # A key by its prefix, with one entry per purpose of the key ("own") and per purpose that may be read for one.
    "memstore_find_api_key(text)": """
CREATE FUNCTION memstore_find_api_key(wanted text)
RETURNS TABLE (id uuid, tenant_id uuid, secret_sha256 bytea, capabilities varchar[], default_purpose varchar,
               pinned_subject uuid, pinned_agent uuid, expires_at timestamptz, revoked_at timestamptz,
               last_used_at timestamptz, purposes json)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- plpgsql keeps its plan for the session; a function in plain SQL would be planned at each request.
    RETURN QUERY SELECT k.id, k.tenant_id, k.secret_sha256, k.capabilities, k.default_purpose, k.pinned_subject, k.pinned_agent,
           k.expires_at, k.revoked_at, k.last_used_at,
           coalesce((SELECT json_agg(json_build_object(
                        'purpose_id', p.id, 'version_id', v.id, 'name', p.name, 'lawful_basis', v.lawful_basis,
                        'ceiling_days', v.ceiling_days, 'source_days', v.source_days, 'personal', v.personal,
                        'article9_condition', v.article9_condition, 'identifiers', v.identifiers,
                        'secrets', v.secrets, 'special', v.special, 'criminal', v.criminal, 'unknown', v.unknown,
                        'review_first', v.review_first, 'direct_marketing', v.direct_marketing,
                        'counts_use', EXISTS (SELECT 1 FROM governance_retention r
                                              WHERE r.tenant_id = k.tenant_id AND r.anchor = 'last_used'
                                                AND r.approved_at IS NOT NULL AND r.end_approved_at IS NULL),
                        'own', p.id = ANY (k.allowed_purposes),
                        'reads', (SELECT json_agg(c.source_id) FROM governance_compatibility c
                                  WHERE c.tenant_id = k.tenant_id AND c.target_id = p.id AND c.ended_at IS NULL)))
                     FROM governance_purpose p
                     JOIN LATERAL (SELECT * FROM governance_purposeversion pv
                                   WHERE pv.tenant_id = k.tenant_id AND pv.purpose_id = p.id
                                   ORDER BY pv.version DESC LIMIT 1) v ON true
                     WHERE p.tenant_id = k.tenant_id
                       AND (p.id = ANY (k.allowed_purposes)
                            OR EXISTS (SELECT 1 FROM governance_compatibility c
                                       WHERE c.tenant_id = k.tenant_id AND c.source_id = p.id
                                         AND c.target_id = ANY (k.allowed_purposes) AND c.ended_at IS NULL))),
                    '[]'::json)
    FROM governance_apikey k WHERE k.prefix = wanted;
END $$
""",
    "memstore_find_session(text)": """
CREATE FUNCTION memstore_find_session(wanted text)
RETURNS TABLE (id uuid, tenant_id uuid, user_id uuid, secret_sha256 bytea, role varchar, expires_at timestamptz,
               stepped_up_until timestamptz, ended_at timestamptz, suspended_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT s.id, s.tenant_id, s.user_id, s.secret_sha256, u.role, least(s.expires_at, s.idle_until), s.stepped_up_until,
                        s.ended_at, u.suspended_at
    FROM governance_staffsession s JOIN governance_staffuser u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
    WHERE s.prefix = wanted;
END $$
""",
    "memstore_tenant_ids()": """
CREATE FUNCTION memstore_tenant_ids() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT id FROM governance_tenant ORDER BY id
$$
""",
    "memstore_tenant_by_slug(text)": """
CREATE FUNCTION memstore_tenant_by_slug(wanted text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT id FROM governance_tenant WHERE slug = wanted
$$
""",
    # How the trail of all tenants is doing, in counts and ages only.
    "memstore_audit_health()": f"""
CREATE FUNCTION memstore_audit_health()
RETURNS TABLE (tenants bigint, unsealed bigint, oldest_unsealed_seconds float8, tampered_tenants bigint,
               unchecked_tenants bigint, oldest_check_seconds float8, unanchored_tenants bigint,
               oldest_anchor_seconds float8, newest_anchor_seconds float8, witness_lost bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
""",
    # The last day's alarms of all tenants.
    "memstore_alarms()": f"""
CREATE FUNCTION memstore_alarms() RETURNS TABLE (kind text, n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT kinds.kind, coalesce(sum(counted.n), 0)::bigint
      FROM unnest(ARRAY[{ALARMS}]) AS kinds (kind)
     CROSS JOIN (SELECT id FROM public.governance_tenant UNION ALL SELECT '{NIL}'::uuid) AS trails
     -- By the index over tenant, type and time: alarms are few, and a million reads stand between them.
     CROSS JOIN LATERAL (SELECT count(*) AS n FROM public.governance_auditevent e
                          WHERE e.tenant_id = trails.id AND e.type = kinds.kind
                            AND e.at > now() - interval '24 hours') AS counted
     GROUP BY kinds.kind
$$
""",
    # The erasures of all tenants that stand still as failed.
    "memstore_erasures_stopped()": """
CREATE FUNCTION memstore_erasures_stopped() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FROM public.governance_erasure WHERE state = 'failed'
$$
""",
    "memstore_count_attempt(bytea, integer)": """
CREATE FUNCTION memstore_count_attempt(wanted bytea, window_seconds integer)
RETURNS TABLE (n integer, seconds_left float8)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO public.governance_attempt AS a (bucket, n, ends_at)
    VALUES (wanted, 1, clock_timestamp() + make_interval(secs => window_seconds))
    ON CONFLICT (bucket) DO UPDATE SET
        -- Over when it has ended, or ends a window later than one that begins now: then a clock was set back. (One that
        -- ends a moment later was begun by another call while this one waited for it.)
        n = CASE WHEN a.ends_at > clock_timestamp()
                  AND a.ends_at <= excluded.ends_at + make_interval(secs => window_seconds)
                 THEN least(a.n, 1000000) + 1 ELSE 1 END,
        ends_at = CASE WHEN a.ends_at > clock_timestamp()
                        AND a.ends_at <= excluded.ends_at + make_interval(secs => window_seconds)
                       THEN a.ends_at ELSE excluded.ends_at END
    RETURNING a.n, greatest(extract(epoch FROM a.ends_at - clock_timestamp()), 0)::float8
$$
""",
    "memstore_prune_attempts()": """
CREATE FUNCTION memstore_prune_attempts() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DELETE FROM public.governance_attempt WHERE ends_at < clock_timestamp() - interval '1 hour'
$$
""",
}
# Counted for all processes; no role but `memstore_auth` touches it, by the two functions above.
ATTEMPTS = [
    """
CREATE TABLE governance_attempt (
    bucket bytea PRIMARY KEY CHECK (length(bucket) = 32),
    n integer NOT NULL,
    ends_at timestamptz NOT NULL
)
""",
    "ALTER TABLE governance_attempt ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE governance_attempt FORCE ROW LEVEL SECURITY",
    "CREATE POLICY counted ON governance_attempt TO memstore_auth USING (true) WITH CHECK (true)",
    "REVOKE ALL ON governance_attempt FROM memstore_app, PUBLIC",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON governance_attempt TO memstore_auth",
]


RULES = [
    migrations.RunSQL(
        [
            *(f"GRANT SELECT {columns} ON governance_{table} TO memstore_auth" for table, columns, *_ in SEEN_BY_AUTH),
            *(
                f"CREATE POLICY {policy} ON governance_{table} FOR SELECT TO memstore_auth USING ({rows})"
                for table, _, policy, rows in SEEN_BY_AUTH
            ),
            "CREATE INDEX erasure_failed ON governance_erasure (state) WHERE state = 'failed'",
            *ATTEMPTS,
            *AUTH_FUNCTIONS.values(),
            # A new owner needs CREATE on the schema at the moment of the change, and not after it.
            "GRANT USAGE, CREATE ON SCHEMA public TO memstore_auth",
            *(
                statement.format(function)
                for function in AUTH_FUNCTIONS
                for statement in (
                    "ALTER FUNCTION {} OWNER TO memstore_auth",
                    "REVOKE ALL ON FUNCTION {} FROM PUBLIC",
                    "GRANT EXECUTE ON FUNCTION {} TO memstore_app",
                )
            ),
            "REVOKE CREATE ON SCHEMA public FROM memstore_auth",
        ],
        [
            *(f"DROP FUNCTION {function}" for function in AUTH_FUNCTIONS),
            "DROP TABLE governance_attempt",
            "DROP INDEX erasure_failed",
            *(f"DROP POLICY {policy} ON governance_{table}" for table, _, policy, _ in SEEN_BY_AUTH),
            *(
                f"REVOKE SELECT {columns} ON governance_{table} FROM memstore_auth"
                for table, columns, *_ in SEEN_BY_AUTH
            ),
        ],
    ),
]
