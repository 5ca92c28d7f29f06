"""A function of `memstore_auth` that counts the last day's alarms of all tenants, and their words in the record."""

from django.db import migrations, models

from governance.models.base import choices
from governance.vocabulary import Action, SystemJob

NIL = "00000000-0000-0000-0000-000000000000"
KINDS = ("damage_found", "clock_jumped", "ledger_damaged", "message_parked")
LISTED = ", ".join(f"'{kind}'" for kind in KINDS)
POLICY = (
    "CREATE POLICY alarms_before_tenant ON governance_auditevent FOR SELECT TO memstore_auth"
    f" USING (type IN ({LISTED}))"
)
ALARMS = f"""
CREATE FUNCTION memstore_alarms() RETURNS TABLE (kind text, n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT kinds.kind, coalesce(sum(counted.n), 0)::bigint
      FROM unnest(ARRAY[{LISTED}]) AS kinds (kind)
     CROSS JOIN (SELECT id FROM public.governance_tenant UNION ALL SELECT '{NIL}'::uuid) AS trails
     -- By the index over tenant, type and time: alarms are few, and a million reads stand between them.
     CROSS JOIN LATERAL (SELECT count(*) AS n FROM public.governance_auditevent e
                          WHERE e.tenant_id = trails.id AND e.type = kinds.kind
                            AND e.at > now() - interval '24 hours') AS counted
     GROUP BY kinds.kind
$$
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0024_single_sign_on")]
    operations = [
        # Django's record of the vocabulary, which the database does not hold.
        migrations.AlterField("auditevent", "type", models.CharField(choices=choices(Action), max_length=24)),
        migrations.AlterField(
            "auditevent", "job", models.CharField(choices=choices(SystemJob), max_length=24, null=True)
        ),
        migrations.RunSQL(
            sql=[
                POLICY,
                ALARMS,
                # A new owner needs CREATE on the schema at the moment of the change, and not after it.
                "GRANT CREATE ON SCHEMA public TO memstore_auth",
                "ALTER FUNCTION memstore_alarms() OWNER TO memstore_auth",
                "REVOKE ALL ON FUNCTION memstore_alarms() FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION memstore_alarms() TO memstore_app",
                "REVOKE CREATE ON SCHEMA public FROM memstore_auth",
            ],
            reverse_sql=[
                "DROP FUNCTION memstore_alarms()",
                "DROP POLICY alarms_before_tenant ON governance_auditevent",
            ],
        ),
    ]
