"""What the database itself refuses, and the few functions that may look past it. All of it as SQL.

1 row security: rows of the current tenant only, for the owner as well   2 references that stay inside a tenant
3 what is kept as proof   4 functions for what happens before a tenant is known   5 the months of the audit trail
"""

from django.db import migrations

from governance.migrations.rules import before_tenant, kept
from governance.migrations.rules.each import each

# The scalar subquery makes PostgreSQL read the setting once per statement, not once per row.
TENANT = "(SELECT nullif(current_setting('memstore.tenant', true), '')::uuid)"
TENANT_TABLES = """
    accountingsuspension adminchange apikey auditanchor auditcheck auditdrop auditevent auditleaf auditqueued breach
    breakglass certificate compatibility consentevent consentnotice copylink disclosure erasure erasurestepdone
    keydeletion keyedwrite legalhold loosening objection offboarding portalcode portallink portalsitting protection
    purpose purposeversion recipient recipientnotice requestitem retention rightsrequest signinattempt staffsession
    staffuser subject subjectpurpose submittedform treehead
"""
# (table, column, referenced table): every reference includes the tenant, so that no error tells of another's rows.
REFERENCES = (
    ("compatibility", "source_id", "purpose"),
    ("compatibility", "target_id", "purpose"),
    ("subjectpurpose", "subject_id", "subject"),
    ("subjectpurpose", "purpose_id", "purpose"),
    ("consentnotice", "purpose_id", "purpose"),
    ("consentevent", "subject_id", "subject"),
    ("objection", "subject_id", "subject"),
    ("legalhold", "subject_id", "subject"),
    ("breakglass", "subject_id", "subject"),
    ("disclosure", "recipient_id", "recipient"),
    ("disclosure", "subject_id", "subject"),
    ("disclosure", "purpose_id", "purpose"),
    ("accountingsuspension", "recipient_id", "recipient"),
    ("accountingsuspension", "subject_id", "subject"),
    ("apikey", "recipient_id", "recipient"),
    ("rightsrequest", "subject_id", "subject"),
    ("requestitem", "request_id", "rightsrequest"),
    ("recipientnotice", "request_id", "rightsrequest"),
    ("recipientnotice", "recipient_id", "recipient"),
    ("copylink", "request_id", "rightsrequest"),
    ("erasure", "request_id", "rightsrequest"),
    ("erasure", "subject_id", "subject"),
    ("erasurestepdone", "erasure_id", "erasure"),
    ("certificate", "erasure_id", "erasure"),
    ("portallink", "subject_id", "subject"),
    ("portalsitting", "subject_id", "subject"),
    ("portalsitting", "link_id", "portallink"),
    ("portalcode", "request_id", "rightsrequest"),
)
# Months that are not there yet. An insert never fails for want of one: then its row is in the default partition.
# A path that does not name `pg_temp` searches it first; what makes tables also names every schema.
MAKE_MONTHS = """
CREATE FUNCTION public.memstore_make_audit_months(first pg_catalog.date, n pg_catalog.int4)
RETURNS pg_catalog.int4
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    month pg_catalog.date;
    name pg_catalog.text;
    made pg_catalog.int4 := 0;
BEGIN
    IF n NOT BETWEEN 1 AND 48 OR pg_catalog.abs(first - current_date) > 7500 THEN
        RAISE EXCEPTION 'months out of range';
    END IF;
    FOR i IN 0..n - 1 LOOP
        month := pg_catalog.date_trunc('month', first::pg_catalog.timestamp)::pg_catalog.date
                 + pg_catalog.make_interval(months => i);
        name := 'governance_auditevent_' || pg_catalog.to_char(month, 'YYYYMM');
        CONTINUE WHEN pg_catalog.to_regclass('public.' || name) IS NOT NULL;
        BEGIN
            EXECUTE pg_catalog.format(
                'CREATE TABLE public.%I PARTITION OF public.governance_auditevent FOR VALUES FROM (%L) TO (%L)',
                name, pg_catalog.to_char(month, 'YYYY-MM-01 00:00:00+00'),
                pg_catalog.to_char(month + pg_catalog.make_interval(months => 1), 'YYYY-MM-01 00:00:00+00'));
            EXECUTE pg_catalog.format('REVOKE ALL ON public.%I FROM memstore_app', name);
            made := made + 1;
        EXCEPTION WHEN check_violation THEN
            NULL;  -- events of that month came before their partition did: they stay in the default one
        END;
    END LOOP;
    RETURN made;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_tables")]
    operations = [
        migrations.RunSQL(
            [
                *each(
                    TENANT_TABLES,
                    f"CREATE POLICY tenant_rows ON {{}} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})",
                ),
                *each("tenant", f"CREATE POLICY tenant_rows ON {{}} USING (id = {TENANT}) WITH CHECK (id = {TENANT})"),
                *each(
                    f"{TENANT_TABLES} tenant",
                    "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
                    "ALTER TABLE {} FORCE ROW LEVEL SECURITY",
                ),
            ],
            each(
                f"{TENANT_TABLES} tenant",
                "DROP POLICY tenant_rows ON {}",
                "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
                "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
            ),
        ),
        migrations.RunSQL(
            [
                *(
                    f"ALTER TABLE governance_{table} ADD CONSTRAINT governance_{table}_{column}_in_tenant"
                    f" FOREIGN KEY (tenant_id, {column}) REFERENCES governance_{target} (tenant_id, id)"
                    for table, column, target in REFERENCES
                ),
                (
                    "ALTER TABLE governance_purposeversion ADD CONSTRAINT purpose_of_same_tenant"
                    " FOREIGN KEY (tenant_id, purpose_id) REFERENCES governance_purpose (tenant_id, id)"
                ),
            ],
            [
                *(
                    f"ALTER TABLE governance_{table} DROP CONSTRAINT governance_{table}_{column}_in_tenant"
                    for table, column, _ in REFERENCES
                ),
                "ALTER TABLE governance_purposeversion DROP CONSTRAINT purpose_of_same_tenant",
            ],
        ),
        *kept.RULES,
        *before_tenant.RULES,
        migrations.RunSQL(
            [
                "CREATE TABLE IF NOT EXISTS governance_auditevent_other PARTITION OF governance_auditevent DEFAULT",
                "REVOKE ALL ON governance_auditevent_other FROM memstore_app",
                MAKE_MONTHS,
                "REVOKE ALL ON FUNCTION memstore_make_audit_months(date, integer) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION memstore_make_audit_months(date, integer) TO memstore_app",
                "SELECT memstore_make_audit_months(current_date, 14)",
            ],
            # The months hold what was written since; they go with the table.
            "DROP FUNCTION memstore_make_audit_months(date, integer)",
        ),
    ]
