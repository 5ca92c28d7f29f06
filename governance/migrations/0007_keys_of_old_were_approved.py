"""Keys from before two people were needed count as approved by two who are nobody, so that they go on working."""

from django.db import migrations

# Forced row-level security hides every row from the owner too, so it is lifted for this one statement.
APPROVE = """
UPDATE governance_apikey SET requested_by = '00000000-0000-0000-0000-000000000001',
       approved_by = '00000000-0000-0000-0000-000000000002', approved_at = created_at, claimed_at = created_at
 WHERE secret_sha256 IS NOT NULL AND approved_by IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0006_constraints_of_the_new_tables")]

    operations = [
        migrations.RunSQL(
            sql=[
                "ALTER TABLE governance_apikey NO FORCE ROW LEVEL SECURITY",
                APPROVE,
                "ALTER TABLE governance_apikey FORCE ROW LEVEL SECURITY",
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
