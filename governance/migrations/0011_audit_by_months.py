"""The audit trail by months, with its queue, leaves and heads: all of it append-only, but for the queue."""

import django.contrib.postgres.functions
from django.db import migrations, models

from governance.row_security import append_only, tenant_rows

NIL = "00000000-0000-0000-0000-000000000000"
KEPT = (
    "governance_auditleaf",
    "governance_treehead",
    "governance_auditanchor",
    "governance_auditdrop",
    "governance_auditcheck",
)
# Months that are not there yet. An insert never fails for want of one: then its row is in the default partition.
MAKE_MONTHS = """
CREATE FUNCTION memstore_make_audit_months(first date, n integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET lock_timeout = '2s' AS $$
DECLARE
    month date;
    name text;
    made integer := 0;
BEGIN
    IF n NOT BETWEEN 1 AND 48 OR abs(first - current_date) > 7500 THEN
        RAISE EXCEPTION 'months out of range';
    END IF;
    FOR i IN 0..n - 1 LOOP
        month := date_trunc('month', first)::date + make_interval(months => i);
        name := 'governance_auditevent_' || to_char(month, 'YYYYMM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE TABLE public.%I PARTITION OF public.governance_auditevent FOR VALUES FROM (%L) TO (%L)',
                           name, to_char(month, 'YYYY-MM-01 00:00:00+00'),
                           to_char(month + interval '1 month', 'YYYY-MM-01 00:00:00+00'));
            EXECUTE format('REVOKE ALL ON public.%I FROM memstore_app', name);
            made := made + 1;
        EXCEPTION WHEN check_violation THEN
            NULL;  -- events of that month came before their partition did: they stay in the default one
        END;
    END LOOP;
    RETURN made;
END $$
"""
PARTITIONED = f"""
CREATE TABLE governance_auditevent (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    policy_version smallint NOT NULL CHECK (policy_version >= 0),
    n_items integer NOT NULL CHECK (n_items >= 0),
    principal_id uuid NOT NULL,
    request_id uuid NOT NULL,
    salt uuid DEFAULT gen_random_uuid() NOT NULL,
    subject_id uuid,
    object_id uuid,
    purpose_version_id uuid,
    address inet,
    type varchar(24) NOT NULL,
    reason varchar(24) NOT NULL,
    role varchar(24) NOT NULL,
    job varchar(24),
    lawful_basis varchar(24),
    item_digest bytea,
    items bytea,
    PRIMARY KEY (id, at),
    CONSTRAINT audit_words_not_text CHECK (concat_ws('', type, reason, role, job, lawful_basis) ~ '^[a-z0-9_]+$'),
    CONSTRAINT audit_actor_is_known CHECK (principal_id <> '{NIL}' OR job IS NOT NULL),
    CONSTRAINT audit_digest_is_sha256 CHECK (octet_length(item_digest) = 32),
    CONSTRAINT audit_items_are_pairs CHECK (octet_length(items) % 20 = 0 AND octet_length(items) <= 20000)
) PARTITION BY RANGE (at)
"""
# What acted in the days when an event did not say so.
JOB_OF_OLD = f"""
    CASE WHEN principal_id <> '{NIL}' THEN NULL WHEN type = 'authenticate' THEN 'door'
         WHEN type = 'create_tenant' THEN 'founding' WHEN type IN ('claim_key', 'enrol_member') THEN 'claim'
         WHEN type = 'apply_rules' THEN 'retention' ELSE 'sweep' END
"""
COLUMNS = (
    "id, tenant_id, at, type, reason, policy_version, principal_id, role, request_id, subject_id, object_id,"
    " purpose_version_id, lawful_basis, n_items, item_digest"
)


class Migration(migrations.Migration):
    dependencies = [("governance", "0010_evidence")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    model_name="auditevent",
                    name="address",
                    field=models.GenericIPAddressField(help_text="Where the request came from.", null=True),
                ),
                migrations.AddField(
                    model_name="auditevent",
                    name="items",
                    field=models.BinaryField(null=True),
                ),
                migrations.AddField(
                    model_name="auditevent",
                    name="job",
                    field=models.CharField(
                        choices=[
                            ("door", "door"),
                            ("founding", "founding"),
                            ("claim", "claim"),
                            ("sweep", "sweep"),
                            ("retention", "retention"),
                            ("sealer", "sealer"),
                            ("audit_check", "audit check"),
                            ("audit_drop", "audit drop"),
                            ("witness", "witness"),
                            ("operator", "operator"),
                        ],
                        max_length=24,
                        null=True,
                    ),
                ),
                migrations.AddField(
                    model_name="auditevent",
                    name="salt",
                    field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False),
                ),
                migrations.AlterField(
                    model_name="auditevent",
                    name="principal_id",
                    field=models.UUIDField(help_text="The nil UUID where `job` says who acted."),
                ),
                migrations.AlterField(
                    model_name="auditevent",
                    name="type",
                    field=models.CharField(
                        choices=[
                            ("remember", "remember"),
                            ("extract", "extract"),
                            ("recall", "recall"),
                            ("read", "read"),
                            ("browse", "browse"),
                            ("history", "history"),
                            ("revise", "revise"),
                            ("forget", "forget"),
                            ("forget_scope", "forget scope"),
                            ("list_subjects", "list subjects"),
                            ("read_event", "read event"),
                            ("connect", "connect"),
                            ("authenticate", "authenticate"),
                            ("grant_consent", "grant consent"),
                            ("withdraw_consent", "withdraw consent"),
                            ("read_consent", "read consent"),
                            ("object", "object"),
                            ("read_objections", "read objections"),
                            ("settle_objection", "settle objection"),
                            ("restrict", "restrict"),
                            ("lift_restriction", "lift restriction"),
                            ("declare_age", "declare age"),
                            ("set_contract_end", "set contract end"),
                            ("sign_in", "sign in"),
                            ("sign_out", "sign out"),
                            ("step_up", "step up"),
                            ("look_up_subject", "look up subject"),
                            ("inspect", "inspect"),
                            ("read_quarantine", "read quarantine"),
                            ("release", "release"),
                            ("reject", "reject"),
                            ("break_glass", "break glass"),
                            ("review_break_glass", "review break glass"),
                            ("read_configuration", "read configuration"),
                            ("create_tenant", "create tenant"),
                            ("configure_tenant", "configure tenant"),
                            ("create_purpose", "create purpose"),
                            ("revise_purpose", "revise purpose"),
                            ("record_compatibility", "record compatibility"),
                            ("end_compatibility", "end compatibility"),
                            ("register_notice", "register notice"),
                            ("propose_rule", "propose rule"),
                            ("preview_rule", "preview rule"),
                            ("approve_rule", "approve rule"),
                            ("propose_rule_end", "propose rule end"),
                            ("approve_rule_end", "approve rule end"),
                            ("read_holds", "read holds"),
                            ("request_hold", "request hold"),
                            ("approve_hold", "approve hold"),
                            ("request_hold_release", "request hold release"),
                            ("approve_hold_release", "approve hold release"),
                            ("request_key", "request key"),
                            ("approve_key", "approve key"),
                            ("claim_key", "claim key"),
                            ("revoke_key", "revoke key"),
                            ("request_member", "request member"),
                            ("approve_member", "approve member"),
                            ("enrol_member", "enrol member"),
                            ("suspend_member", "suspend member"),
                            ("read_audit", "read audit"),
                            ("export_audit", "export audit"),
                            ("copy_audit", "copy audit"),
                            ("verify_audit", "verify audit"),
                            ("read_report", "read report"),
                            ("read_changes", "read changes"),
                            ("drop_audit", "drop audit"),
                            ("witness_lost", "witness lost"),
                            ("rotate_signing_key", "rotate signing key"),
                            ("open_breach", "open breach"),
                            ("update_breach", "update breach"),
                            ("read_breaches", "read breaches"),
                            ("register_recipient", "register recipient"),
                            ("read_recipients", "read recipients"),
                            ("record_disclosure", "record disclosure"),
                            ("suspend_accounting", "suspend accounting"),
                            ("expire", "expire"),
                            ("shred", "shred"),
                            ("apply_rules", "apply rules"),
                        ],
                        max_length=24,
                    ),
                ),
                migrations.AddIndex(
                    model_name="auditevent",
                    index=models.Index(fields=["tenant_id", "principal_id", "at"], name="audit_by_principal"),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    sql=[
                        "ALTER TABLE governance_auditevent NO FORCE ROW LEVEL SECURITY",
                        "ALTER TABLE governance_auditevent RENAME TO governance_auditevent_old",
                        "ALTER TABLE governance_auditevent_old DROP CONSTRAINT governance_auditevent_pkey",
                        "DROP INDEX audit_by_time, audit_by_subject",
                        PARTITIONED,
                        # Inside CREATE TABLE it needs PostgreSQL 16; partitions made later inherit it.
                        "ALTER TABLE governance_auditevent ALTER COLUMN items SET STORAGE EXTERNAL",
                        "CREATE TABLE governance_auditevent_other PARTITION OF governance_auditevent DEFAULT",
                        "REVOKE ALL ON governance_auditevent_other FROM memstore_app",
                        "CREATE INDEX audit_by_time ON governance_auditevent (tenant_id, at)",
                        "CREATE INDEX audit_by_subject ON governance_auditevent (tenant_id, subject_id, at)",
                        "CREATE INDEX audit_by_principal ON governance_auditevent (tenant_id, principal_id, at)",
                        MAKE_MONTHS,
                        "REVOKE ALL ON FUNCTION memstore_make_audit_months(date, integer) FROM PUBLIC",
                        "GRANT EXECUTE ON FUNCTION memstore_make_audit_months(date, integer) TO memstore_app",
                        (
                            "SELECT memstore_make_audit_months(at::date, 1) FROM governance_auditevent_old"
                            " GROUP BY at::date ORDER BY at::date"
                        ),
                        "SELECT memstore_make_audit_months(current_date, 14)",
                        (
                            f"INSERT INTO governance_auditevent ({COLUMNS}, job)"
                            f" SELECT {COLUMNS}, {JOB_OF_OLD} FROM governance_auditevent_old"
                        ),
                        (
                            "INSERT INTO governance_auditqueued (event_id, tenant_id, at)"
                            " SELECT id, tenant_id, at FROM governance_auditevent"
                        ),
                        "DROP TABLE governance_auditevent_old",
                    ],
                    reverse_sql=migrations.RunSQL.noop,
                ),
            ],
        ),
        tenant_rows("governance_auditevent"),
        *append_only("governance_auditevent"),
        tenant_rows("governance_auditqueued"),
        migrations.RunSQL(
            sql="REVOKE UPDATE, TRUNCATE ON governance_auditqueued FROM memstore_app",
            reverse_sql="GRANT UPDATE ON governance_auditqueued TO memstore_app",
        ),
        *(tenant_rows(table) for table in KEPT),
        *(operation for table in KEPT for operation in append_only(table)),
    ]
