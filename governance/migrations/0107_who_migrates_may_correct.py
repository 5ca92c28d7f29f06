"""What was said is kept against who serves; the owner, who migrates and makes the demo, may set it right.

A proposal that loosens something is kept as well.
"""

from django.db import migrations

TABLE = "governance_loosening"
PATH = "SET search_path = pg_catalog, public, pg_temp"
FUNCTIONS = {
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
}


class Migration(migrations.Migration):
    dependencies = [("governance", "0106_more_words_from_lists")]
    operations = [
        migrations.RunSQL(
            sql=[
                *(
                    f"CREATE OR REPLACE FUNCTION {name} RETURNS trigger LANGUAGE plpgsql {PATH} AS $${body}$$"
                    for name, body in FUNCTIONS.items()
                ),
                f"REVOKE DELETE, TRUNCATE ON {TABLE} FROM memstore_app",
                f"CREATE TRIGGER kept_rows BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION memstore_kept()",
                f"CREATE TRIGGER kept_table BEFORE TRUNCATE ON {TABLE} EXECUTE FUNCTION memstore_kept()",
            ],
            reverse_sql=[
                f"DROP TRIGGER kept_table ON {TABLE}",
                f"DROP TRIGGER kept_rows ON {TABLE}",
                f"GRANT DELETE ON {TABLE} TO memstore_app",
            ],
        ),
    ]
