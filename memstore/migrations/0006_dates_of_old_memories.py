"""Memories of old are kept as long as they are used; a date that their caller gave is read back from them."""

from django.db import migrations

DATES = """
UPDATE memstore_memory m
   SET destroy_at = m.expires_at,
       expires_on = CASE WHEN m.expires_at < m.created_at + v.ceiling_days * interval '1 day' - interval '1 minute'
                         THEN ((m.expires_at AT TIME ZONE 'UTC') - interval '1 day')::date END,
       retention_rules = ARRAY[v.id]
  FROM governance_purposeversion v WHERE v.tenant_id = m.tenant_id AND v.id = m.purpose_version_id
"""
# Forced row-level security hides every row from the owner too, so it is lifted for this one statement.
LIFTED = ("memstore_memory", "governance_purposeversion")


class Migration(migrations.Migration):
    dependencies = [("memstore", "0005_retention_and_quarantine")]

    operations = [
        migrations.RunSQL(
            sql=[
                *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in LIFTED),
                DATES,
                *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in LIFTED),
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
