"""Row-level security for people, choices and rules; what only grows; and what is asked before a tenant is known."""

from django.db import migrations

from governance.row_security import append_only, tenant_rows

TABLES = (
    "governance_compatibility",
    "governance_subjectpurpose",
    "governance_consentnotice",
    "governance_consentevent",
    "governance_objection",
    "governance_legalhold",
    "governance_staffuser",
    "governance_staffsession",
    "governance_breakglass",
    "governance_retention",
)
# (table, column, referenced table): every reference includes the tenant, so that no error tells of another's rows.
REFERENCES = (
    ("governance_compatibility", "source_id", "governance_purpose"),
    ("governance_compatibility", "target_id", "governance_purpose"),
    ("governance_subjectpurpose", "subject_id", "governance_subject"),
    ("governance_subjectpurpose", "purpose_id", "governance_purpose"),
    ("governance_consentnotice", "purpose_id", "governance_purpose"),
    ("governance_consentevent", "subject_id", "governance_subject"),
    ("governance_objection", "subject_id", "governance_subject"),
    ("governance_legalhold", "subject_id", "governance_subject"),
    ("governance_breakglass", "subject_id", "governance_subject"),
)
SEEN_BY_AUTH = (
    "governance_compatibility",
    "governance_retention",
    "governance_staffuser",
    "governance_staffsession",
)

# One entry per purpose of the key ("own") and per purpose that may be read for one of them.
FIND_API_KEY = """
CREATE OR REPLACE FUNCTION memstore_find_api_key(wanted text)
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
"""
FIND_SESSION = """
CREATE FUNCTION memstore_find_session(wanted text)
RETURNS TABLE (id uuid, tenant_id uuid, user_id uuid, secret_sha256 bytea, role varchar, expires_at timestamptz,
               stepped_up_until timestamptz, ended_at timestamptz, suspended_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT s.id, s.tenant_id, s.user_id, s.secret_sha256, u.role, s.expires_at, s.stepped_up_until,
                        s.ended_at, u.suspended_at
    FROM governance_staffsession s JOIN governance_staffuser u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
    WHERE s.prefix = wanted;
END $$
"""
TENANT_BY_SLUG = """
CREATE FUNCTION memstore_tenant_by_slug(wanted text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT id FROM governance_tenant WHERE slug = wanted
$$
"""


def given_to_auth(function: str) -> list[str]:
    return [
        f"ALTER FUNCTION {function} OWNER TO memstore_auth",
        f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {function} TO memstore_app",
    ]


class Migration(migrations.Migration):
    dependencies = [("governance", "0008_two_people_for_a_key")]

    operations = [
        *(tenant_rows(table) for table in TABLES),
        *append_only("governance_consentnotice"),
        *append_only("governance_consentevent"),
        *(
            migrations.RunSQL(
                sql=f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_in_tenant"
                f" FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id)",
                reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_in_tenant",
            )
            for table, column, target in REFERENCES
        ),
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
                FIND_SESSION,
                TENANT_BY_SLUG,
                # A new owner needs CREATE on the schema at the moment of the change, and not after it.
                "GRANT CREATE ON SCHEMA public TO memstore_auth",
                *given_to_auth("memstore_find_session(text)"),
                *given_to_auth("memstore_tenant_by_slug(text)"),
                "REVOKE CREATE ON SCHEMA public FROM memstore_auth",
            ],
            reverse_sql=["DROP FUNCTION memstore_find_session(text)", "DROP FUNCTION memstore_tenant_by_slug(text)"],
        ),
    ]
