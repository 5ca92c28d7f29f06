"""Epochs have a life: current, retiring, retired, destroyed. And how far `keys` has taken part in the ledger."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("keyring", "0005_row_security_of_signing_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("hash", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.AddField(
            model_name="keyepoch",
            name="backup_confirmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="keyepoch",
            name="backup_reference",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="keyepoch",
            name="destroyed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="keyepoch",
            name="destroyed_by",
            field=models.DateTimeField(help_text="The keeper's confirmed date: not later than this.", null=True),
        ),
        migrations.AddField(
            model_name="keyepoch",
            name="record",
            field=models.BinaryField(help_text="The signed statement of its destruction, canonical JSON.", null=True),
        ),
        migrations.AddField(
            model_name="keyepoch",
            name="retired_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="keyepoch",
            name="signature",
            field=models.BinaryField(max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="keyepoch",
            name="state",
            field=models.CharField(
                choices=[
                    ("current", "Current"),
                    ("retiring", "Retiring"),
                    ("retired", "Retired"),
                    ("destroyed", "Destroyed"),
                ],
                default="current",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="datakey",
            name="use",
            field=models.CharField(
                choices=[
                    ("purpose", "Purpose"),
                    ("identity", "Identity"),
                    ("staff", "Staff"),
                    ("lookup", "Lookup"),
                    ("request", "Request"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="keyepoch",
            name="check_value",
            field=models.BinaryField(),
        ),
        migrations.AlterField(
            model_name="signingkey",
            name="use",
            field=models.CharField(
                choices=[("tree_head", "Tree Head"), ("certificate", "Certificate"), ("manifest", "Manifest")],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="datakey",
            index=models.Index(fields=["tenant_id", "epoch", "id"], name="data_key_by_epoch"),
        ),
        migrations.AddConstraint(
            model_name="keyepoch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "current")), fields=("state",), name="one_current_epoch"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerhead",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="ledger_head_is_one_row"),
        ),
    ]
