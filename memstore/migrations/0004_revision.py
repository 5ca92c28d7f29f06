"""Whoever changes a card counts up its subject's revision: what was opened before is then known to be old."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION memstore_count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE governance_subject s SET revision = s.revision + 1
      FROM (SELECT DISTINCT tenant_id, subject_id FROM changed) c
     WHERE s.tenant_id = c.tenant_id AND s.id = c.subject_id;
    RETURN NULL;
END $$
"""
ROWS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


class Migration(migrations.Migration):
    dependencies = [("memstore", "0003_broker")]

    operations = [
        migrations.RunSQL(sql=FUNCTION, reverse_sql="DROP FUNCTION memstore_count_revision()"),
        *(
            migrations.RunSQL(
                sql=f"CREATE TRIGGER count_revision_{event.lower()} AFTER {event} ON memstore_card"
                f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION memstore_count_revision()",
                reverse_sql=f"DROP TRIGGER count_revision_{event.lower()} ON memstore_card",
            )
            for event, rows in ROWS.items()
        ),
    ]
