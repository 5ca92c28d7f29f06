"""Tables that only grow, rows that are never deleted, columns that are said once: kept as proof."""

from django.db import migrations

from governance.migrations.rules.each import each

# No UPDATE, DELETE or TRUNCATE: the privilege is revoked, and triggers refuse whoever has it anyway.
APPEND_ONLY = """
    accountingsuspension adminchange auditanchor auditcheck auditdrop auditevent auditleaf certificate consentevent
    consentnotice disclosure erasurestepdone purposeversion requestitem treehead
"""
# No row of them goes, in any way.
KEPT = """
    accountingsuspension adminchange apikey breach breakglass certificate compatibility consentevent consentnotice
    copylink disclosure erasure erasurestepdone ledgerposition legalhold loosening offboarding purpose purposeversion
    recipient recipientnotice requestitem retention rightsrequest staffsession staffuser subject tenant
"""
# table: (columns that never change, columns that are said once). The rest is how far something is.
SAID = {
    "rightsrequest": (
        "kind profile subject_id purpose_id memory_id channel opened_by opened_in received_at receipt_sha256 created_at",
        "closed_at closed_by ground extended_at extended_by duplicate_of",
    ),
    "erasure": ("request_id subject_id", ""),
    "legalhold": (
        "subject_id purpose_id case_reference disclosable from_at until_at requested_by requested_at",
        "approved_by approved_at release_approved_by release_approved_at",
    ),
    "breakglass": ("user_id subject_id reason_code case_reference", "reviewed_by reviewed_at outcome"),
    "recipientnotice": ("request_id recipient_id created_at", ""),
    "copylink": ("request_id secret_sha256 issued_by issued_at", "used_at"),
    "portalcode": ("request_id code_mac issued_by issued_at", "used_at"),
    "offboarding": ("requested_by requested_at", "approved_by approved_at finished_at"),
    "subject": ("kind", ""),
}
APPEND_ONLY_FUNCTION = """
    CREATE FUNCTION memstore_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END $$
"""
KEPT_FUNCTIONS = {
    "memstore_kept()": """
        BEGIN
            RAISE EXCEPTION '% is kept as proof', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END
    """,
    # Arguments: 'fixed' or 'once', then the columns. What is empty counts as not said yet.
    # The owner, who migrates and sets the demo's days back, may set it right.
    "memstore_said()": """
        DECLARE before jsonb := to_jsonb(OLD); after jsonb := to_jsonb(NEW); said text;
        BEGIN
            IF current_user = 'memstore_owner' THEN RETURN NEW; END IF;
            FOREACH said IN ARRAY TG_ARGV[1:] LOOP
                IF before->said IS DISTINCT FROM after->said
                   AND (TG_ARGV[0] = 'fixed' OR before->>said IS NOT NULL AND before->>said <> '') THEN
                    RAISE EXCEPTION '%.% is kept as it was said', TG_TABLE_NAME, said
                          USING ERRCODE = 'insufficient_privilege';
                END IF;
            END LOOP;
            RETURN NEW;
        END
    """,
    # Of a request that has ended nothing opens again, and its file goes when its own time is over.
    "memstore_request_ended()": """
        BEGIN
            IF current_user = 'memstore_owner' THEN RETURN NEW; END IF;
            IF OLD.closed_at IS NOT NULL AND (NEW.state, NEW.verified_at, NEW.verified_by, NEW.verification)
               IS DISTINCT FROM (OLD.state, OLD.verified_at, OLD.verified_by, OLD.verification) THEN
                RAISE EXCEPTION 'a request that has ended stays so' USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF NEW.sealed <> OLD.sealed AND (NEW.sealed <> ''::bytea OR OLD.closed_at IS NULL
               OR OLD.closed_at > now() - make_interval(days => (SELECT t.request_file_days FROM governance_tenant t
                                                                  WHERE t.id = OLD.tenant_id))) THEN
                RAISE EXCEPTION 'the file of a request has its own time' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END
    """,
    # A code that was used says who answers for it that the person asked; one that was not is replaced by the next.
    "memstore_code_used()": """
        BEGIN
            IF OLD.used_at IS NOT NULL THEN
                RAISE EXCEPTION 'a code that was used is kept as proof' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN OLD;
        END
    """,
}


def kept_triggers() -> list[str]:
    made = [
        *each(f"{KEPT} portalcode", "CREATE TRIGGER kept_table BEFORE TRUNCATE ON {} EXECUTE FUNCTION memstore_kept()"),
        *each(KEPT, "CREATE TRIGGER kept_rows BEFORE DELETE ON {} FOR EACH ROW EXECUTE FUNCTION memstore_kept()"),
    ]
    for table, said in SAID.items():
        for how, columns in zip(("fixed", "once"), said, strict=True):
            if columns:
                listed = ", ".join(f"'{word}'" for word in (how, *columns.split()))
                made.append(
                    f"CREATE TRIGGER said_{how} BEFORE UPDATE ON governance_{table}"
                    f" FOR EACH ROW EXECUTE FUNCTION memstore_said({listed})"
                )
    return [
        *made,
        (
            "CREATE TRIGGER request_ended BEFORE UPDATE ON governance_rightsrequest"
            " FOR EACH ROW EXECUTE FUNCTION memstore_request_ended()"
        ),
        (
            "CREATE TRIGGER code_used BEFORE DELETE ON governance_portalcode"
            " FOR EACH ROW EXECUTE FUNCTION memstore_code_used()"
        ),
    ]


RULES = [
    migrations.RunSQL(
        [
            APPEND_ONLY_FUNCTION,
            *each(
                APPEND_ONLY,
                "REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM memstore_app",
                "CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {}"
                " FOR EACH ROW EXECUTE FUNCTION memstore_append_only()",
                "CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {} EXECUTE FUNCTION memstore_append_only()",
            ),
            # An event waits in the queue until it is sealed; only then its row may go.
            "REVOKE UPDATE, TRUNCATE ON governance_auditqueued FROM memstore_app",
        ],
        [
            "DROP FUNCTION memstore_append_only() CASCADE",
            *each(f"{APPEND_ONLY} auditqueued", "GRANT UPDATE, DELETE ON {} TO memstore_app"),
        ],
    ),
    migrations.RunSQL(
        [
            *(
                f"CREATE FUNCTION {name} RETURNS trigger LANGUAGE plpgsql"
                f" SET search_path = pg_catalog, public, pg_temp AS $${body}$$"
                for name, body in KEPT_FUNCTIONS.items()
            ),
            *each(KEPT, "REVOKE DELETE, TRUNCATE ON {} FROM memstore_app"),
            *kept_triggers(),
            # Migrations write both, as the owner. Who serves could rename what the changes refer to.
            "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON django_content_type FROM memstore_app",
            "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM memstore_app",
        ],
        [
            *(f"DROP FUNCTION {name} CASCADE" for name in KEPT_FUNCTIONS),
            *each(KEPT, "GRANT DELETE ON {} TO memstore_app"),
            "GRANT INSERT, UPDATE, DELETE ON django_content_type, django_migrations TO memstore_app",
        ],
    ),
]
