"""The queue takes objects of a few kilobytes: a worker reads whole messages into its memory."""

from django.db import migrations

CHECK = (
    "ALTER TABLE pgmq.q_memstore ADD CONSTRAINT hints_are_small CHECK (jsonb_typeof(message) = 'object'"
    " AND octet_length(message::text) <= 16384 AND octet_length(coalesce(headers, '{}')::text) <= 16384) NOT VALID"
)


class Migration(migrations.Migration):
    dependencies = [("memstore", "0009_lists")]
    operations = [
        migrations.RunSQL(sql=CHECK, reverse_sql="ALTER TABLE pgmq.q_memstore DROP CONSTRAINT hints_are_small")
    ]
