"""What keys delete has settings of its own, and is counted; a tenant has a time zone."""

import django.db.models.functions.datetime
from django.db import migrations, models

import governance.ids
from governance.models.base import choices
from governance.row_security import tenant_rows
from governance.vocabulary import ReasonCode


class Migration(migrations.Migration):
    dependencies = [("governance", "0102_keyed_writes")]
    operations = [
        migrations.AddField(
            "tenant",
            "key_deletions_at_once",
            models.BooleanField(
                default=False,
                db_default=False,
                help_text="A key that deletes all of a person destroys it at once; else a person approves it.",
            ),
        ),
        migrations.AddField(
            "tenant",
            "key_deletions_per_hour",
            models.PositiveIntegerField(
                default=3,
                db_default=3,
                help_text="So many people may one key delete in an hour; the rest waits for a person.",
            ),
        ),
        migrations.AddField(
            "tenant",
            "time_zone",
            models.CharField(
                max_length=64, default="UTC", db_default="UTC", help_text="IANA name: whose days a bare date means."
            ),
        ),
        migrations.CreateModel(
            name="KeyDeletion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("principal_id", models.UUIDField(editable=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                "indexes": [models.Index(fields=["tenant_id", "principal_id", "at"], name="key_deletion_by_time")],
            },
        ),
        tenant_rows("governance_keydeletion"),
        migrations.AlterField("auditevent", "reason", models.CharField(choices=choices(ReasonCode), max_length=24)),
    ]
