"""What is kept as proof cannot be deleted by who serves, nor what it says be changed (memstore/erasure/rules.py)."""

from django.db import migrations

# No row of them goes, in any way. Those that are append-only anyway are not named again.
KEPT = (
    "governance_accountingsuspension",
    "governance_adminchange",
    "governance_apikey",
    "governance_breach",
    "governance_breakglass",
    "governance_certificate",
    "governance_compatibility",
    "governance_consentevent",
    "governance_consentnotice",
    "governance_copylink",
    "governance_disclosure",
    "governance_erasure",
    "governance_erasurestepdone",
    "governance_ledgerposition",
    "governance_legalhold",
    "governance_offboarding",
    "governance_purpose",
    "governance_purposeversion",
    "governance_recipient",
    "governance_recipientnotice",
    "governance_requestitem",
    "governance_retention",
    "governance_rightsrequest",
    "governance_staffsession",
    "governance_staffuser",
    "governance_subject",
    "governance_tenant",
)
# (columns that never change, columns that are said once). The rest is how far something is.
SAID = {
    "governance_rightsrequest": (
        "kind profile subject_id purpose_id memory_id channel opened_by opened_in received_at receipt_sha256 created_at",
        "closed_at closed_by ground extended_at extended_by duplicate_of",
    ),
    "governance_erasure": ("request_id subject_id", ""),
    "governance_legalhold": (
        "subject_id purpose_id case_reference disclosable from_at until_at requested_by requested_at",
        "approved_by approved_at release_approved_by release_approved_at",
    ),
    "governance_breakglass": ("user_id subject_id reason_code case_reference", "reviewed_by reviewed_at outcome"),
    "governance_recipientnotice": ("request_id recipient_id created_at", ""),
    "governance_copylink": ("request_id secret_sha256 issued_by issued_at", "used_at"),
    "governance_portalcode": ("request_id code_mac issued_by issued_at", "used_at"),
    "governance_offboarding": ("requested_by requested_at", "approved_by approved_at finished_at"),
    "governance_subject": ("kind", ""),
}
FUNCTIONS = {
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
PATH = "SET search_path = pg_catalog, public, pg_temp"


def triggers() -> list[tuple[str, str, str, str]]:
    """(name, table, when, function with its arguments)."""
    made = []
    for table in KEPT:
        made.append(("kept_rows", table, "DELETE ON {} FOR EACH ROW", "memstore_kept()"))
        made.append(("kept_table", table, "TRUNCATE ON {} FOR EACH STATEMENT", "memstore_kept()"))
    for table, (fixed, once) in SAID.items():
        for how, columns in (("fixed", fixed.split()), ("once", once.split())):
            if columns:
                words = ", ".join(f"'{word}'" for word in (how, *columns))
                made.append((f"said_{how}", table, "UPDATE ON {} FOR EACH ROW", f"memstore_said({words})"))
    made.append(("request_ended", "governance_rightsrequest", "UPDATE ON {} FOR EACH ROW", "memstore_request_ended()"))
    made.append(("code_used", "governance_portalcode", "DELETE ON {} FOR EACH ROW", "memstore_code_used()"))
    made.append(("kept_table", "governance_portalcode", "TRUNCATE ON {} FOR EACH STATEMENT", "memstore_kept()"))
    return made


class Migration(migrations.Migration):
    dependencies = [("governance", "0051_decisions_are_sealed")]
    operations = [
        migrations.RunSQL(
            sql=[
                f"CREATE FUNCTION {name} RETURNS trigger LANGUAGE plpgsql {PATH} AS $${body}$$"
                for name, body in FUNCTIONS.items()
            ],
            reverse_sql=[f"DROP FUNCTION {name}" for name in FUNCTIONS],
        ),
        migrations.RunSQL(
            sql=[f"REVOKE DELETE, TRUNCATE ON {table} FROM memstore_app" for table in KEPT],
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            sql=[
                f"CREATE TRIGGER {name} BEFORE {when.format(table)} EXECUTE FUNCTION {function}"
                for name, table, when, function in triggers()
            ],
            reverse_sql=[f"DROP TRIGGER {name} ON {table}" for name, table, _, _ in triggers()],
        ),
    ]
