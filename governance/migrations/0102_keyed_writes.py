"""Idempotency-Keys of the governance API."""

import django.db.models.functions.datetime
from django.db import migrations, models

import governance.ids
from governance.row_security import tenant_rows


class Migration(migrations.Migration):
    dependencies = [("governance", "0101_consents_in_sequence")]
    operations = [
        migrations.CreateModel(
            name="KeyedWrite",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("principal_id", models.UUIDField(editable=False)),
                ("key_mac", models.BinaryField(max_length=32)),
                ("request_mac", models.BinaryField(max_length=32)),
                ("begun_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("done_at", models.DateTimeField(null=True)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("object_id", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "principal_id", "key_mac"), name="keyed_write_once")
                ],
                "indexes": [models.Index(fields=["tenant_id", "begun_at"], name="keyed_write_by_age")],
            },
        ),
        tenant_rows("governance_keyedwrite"),
    ]
