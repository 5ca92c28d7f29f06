"""Epochs, keys, identities, and how far `keys` has taken part in the ledger."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "KeyEpoch",
            [
                ("epoch", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("check_value", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        max_length=10,
                        default="current",
                        choices=[
                            ("current", "Current"),
                            ("retiring", "Retiring"),
                            ("retired", "Retired"),
                            ("destroyed", "Destroyed"),
                        ],
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
                ("retired_at", models.DateTimeField(null=True)),
                ("backup_confirmed_at", models.DateTimeField(null=True)),
                ("backup_reference", models.CharField(max_length=64, blank=True)),
                ("destroyed_at", models.DateTimeField(null=True)),
                (
                    "destroyed_by",
                    models.DateTimeField(null=True, help_text="The keeper's confirmed date: not later than this."),
                ),
                (
                    "record",
                    models.BinaryField(null=True, help_text="The signed statement of its destruction, canonical JSON."),
                ),
                ("signature", models.BinaryField(max_length=64, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["state"], condition=Q(state="current"), name="one_current_epoch"),
                ],
            },
        ),
        migrations.CreateModel(
            "TenantKey",
            [
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                ("epoch", models.PositiveIntegerField()),
                ("wrapped", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant_id", "epoch"], name="tenant_key_once_per_epoch"),
                ],
            },
        ),
        migrations.CreateModel(
            "DataKey",
            [
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                ("subject_id", models.UUIDField(help_text="The nil UUID for a key of the tenant itself.")),
                ("purpose_id", models.UUIDField(help_text="The nil UUID for a key that serves no purpose's memories.")),
                (
                    "use",
                    models.CharField(
                        max_length=8,
                        choices=[
                            ("purpose", "Purpose"),
                            ("identity", "Identity"),
                            ("staff", "Staff"),
                            ("lookup", "Lookup"),
                            ("request", "Request"),
                        ],
                    ),
                ),
                ("epoch", models.PositiveIntegerField()),
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant_id", "subject_id", "purpose_id", "use"], name="data_key_once"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["tenant_id", "epoch", "id"], name="data_key_by_epoch"),
                ],
            },
        ),
        migrations.CreateModel(
            "SigningKey",
            [
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "use",
                    models.CharField(
                        max_length=12,
                        choices=[("tree_head", "Tree Head"), ("certificate", "Certificate"), ("manifest", "Manifest")],
                    ),
                ),
                ("epoch", models.PositiveIntegerField()),
                ("public", models.BinaryField(max_length=32)),
                ("wrapped", models.BinaryField(help_text="The private half, wrapped by the tenant's key.")),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant_id", "use"], condition=Q(retired_at__isnull=True), name="one_signing_key"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "LedgerHead",
            [
                ("id", models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False, serialize=False)),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(id=1), name="ledger_head_is_one_row"),
                ],
            },
        ),
        migrations.CreateModel(
            "UnwrapCount",
            [
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                ("subject_id", models.UUIDField()),
                ("hour", models.DateTimeField()),
                ("n", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant_id", "hour", "subject_id"], name="unwraps_once_per_hour"),
                ],
            },
        ),
        migrations.CreateModel(
            "Identity",
            [
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "kind",
                    models.CharField(
                        max_length=8, choices=[("user", "user"), ("run", "run"), ("agent", "agent"), ("app", "app")]
                    ),
                ),
                ("lookup", models.BinaryField(max_length=32)),
                ("skeleton", models.BinaryField(max_length=32, null=True)),
                ("sealed", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
                ("unneeded_since", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant_id", "kind", "lookup"], name="identity_once"),
                ],
                "indexes": [
                    models.Index(fields=["tenant_id", "kind", "skeleton"], name="identity_by_skeleton"),
                ],
            },
        ),
    ]
