"""A card's change counts up the revision in the real table, whatever the session has made beside it.

And what PGMQ brings is called by the serving role and the owner alone.
"""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION public.memstore_count_revision() RETURNS trigger LANGUAGE plpgsql {path} AS $$
BEGIN
    UPDATE {schema}governance_subject s SET revision = s.revision + 1
      FROM (SELECT DISTINCT tenant_id, subject_id FROM changed) c
     WHERE s.tenant_id = c.tenant_id AND s.id = c.subject_id;
    RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("memstore", "0051_sources_by_reference")]

    operations = [
        migrations.RunSQL(
            FUNCTION.format(path="SET search_path = pg_catalog, pg_temp", schema="public."),
            FUNCTION.format(path="", schema=""),
        ),
        migrations.RunSQL(
            [
                "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA pgmq FROM PUBLIC",
                "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgmq TO memstore_app",
            ],
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgmq TO PUBLIC",
        ),
    ]
