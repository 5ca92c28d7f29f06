"""Failed sign-ins by account and address, and failed codes by session."""

from django.db import migrations, models

import governance.ids
from governance.row_security import tenant_rows


class Migration(migrations.Migration):
    dependencies = [("governance", "0053_erasures_that_stopped")]
    operations = [
        migrations.AddField("staffsession", "step_up_failures", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("staffsession", "step_up_paused_until", models.DateTimeField(null=True)),
        migrations.AlterField(
            "staffuser",
            "failures",
            models.PositiveIntegerField(default=0, help_text="Wrong codes after the right password, in a row."),
        ),
        # What was counted before counted other failures as well.
        migrations.RunSQL("UPDATE governance_staffuser SET failures = 0, locked_until = NULL", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="SignInAttempt",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("account_mac", models.BinaryField(max_length=32)),
                ("address_mac", models.BinaryField(max_length=32)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("paused_until", models.DateTimeField(null=True)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["tenant_id", "last_at"], name="attempts_by_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "account_mac", "address_mac"), name="attempts_counted_once"
                    )
                ],
            },
        ),
        tenant_rows("governance_signinattempt"),
    ]
