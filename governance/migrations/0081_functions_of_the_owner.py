"""What runs as its owner resolves no name in a schema of the caller's: `pg_temp` comes last, and is named.

A path that does not name `pg_temp` searches it first for types and relations, so whoever may make a temporary domain
`date` had its check run as the owner of the function. The one function that makes tables also names every schema.
"""

from django.db import migrations

OF_AUTH = (
    "memstore_find_api_key",
    "memstore_find_session",
    "memstore_tenant_ids",
    "memstore_tenant_by_slug",
    "memstore_audit_health",
)
MAKE_MONTHS = """
CREATE OR REPLACE FUNCTION public.memstore_make_audit_months(first pg_catalog.date, n pg_catalog.int4)
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
    dependencies = [("governance", "0072_loosenings")]

    operations = [
        migrations.RunSQL(MAKE_MONTHS, migrations.RunSQL.noop),
        migrations.RunSQL(
            [f"ALTER FUNCTION public.{name} SET search_path = pg_catalog, public, pg_temp" for name in OF_AUTH],
            [f"ALTER FUNCTION public.{name} SET search_path = pg_catalog, public" for name in OF_AUTH],
        ),
        migrations.RunSQL(
            "ALTER FUNCTION public.memstore_append_only SET search_path = pg_catalog, pg_temp",
            "ALTER FUNCTION public.memstore_append_only RESET search_path",
        ),
    ]
