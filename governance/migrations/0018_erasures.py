"""Erasures with their steps and certificates, and the notes of what must survive a restore."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.ids


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0017_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("round", models.PositiveSmallIntegerField()),
                ("key_id", models.UUIDField()),
                ("document", models.BinaryField(help_text="Canonical JSON (RFC 8785).")),
                ("signature", models.BinaryField(max_length=64)),
                ("issued_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("requested_by", models.UUIDField(editable=False)),
                (
                    "requested_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("approved_by", models.UUIDField(editable=False, null=True)),
                ("approved_at", models.DateTimeField(editable=False, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("running", "Running"),
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("rejected", "Rejected"),
                        ],
                        default="planned",
                        max_length=8,
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1)),
                ("plan", models.JSONField(help_text="Ids, counts and codes only.")),
                ("plan_sha256", models.BinaryField(max_length=32)),
                ("was_restricted", models.BooleanField(help_text="Before the request: restored if it is rejected.")),
                ("auto_approved", models.BooleanField(default=False)),
                (
                    "canary_id",
                    models.UUIDField(help_text="A planted row that the scan must find before the delete.", null=True),
                ),
                ("lease_until", models.DateTimeField(null=True)),
                ("attempt", models.PositiveIntegerField(default=0)),
                (
                    "problem",
                    models.CharField(blank=True, help_text="Why the last attempt stopped, as a code.", max_length=40),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ErasureStepDone",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("round", models.PositiveSmallIntegerField()),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("tombstone", "Tombstone"),
                            ("revoke", "Revoke"),
                            ("shred_intent", "Shred Intent"),
                            ("shred", "Shred"),
                            ("locate", "Locate"),
                            ("delete", "Delete"),
                            ("close", "Close"),
                            ("notify", "Notify"),
                            ("scan", "Scan"),
                            ("certify", "Certify"),
                        ],
                        max_length=12,
                    ),
                ),
                ("counts", models.JSONField(default=dict, help_text="Numbers and ids by name.")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerPosition",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("hash", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Protection",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("erase", "Erase"),
                            ("shred", "Shred"),
                            ("delete", "Delete"),
                            ("withdraw", "Withdraw"),
                            ("object", "Object"),
                            ("objection_overridden", "Objection Overridden"),
                            ("restrict", "Restrict"),
                            ("lift", "Lift"),
                            ("hold", "Hold"),
                            ("release", "Release"),
                        ],
                        max_length=24,
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("subject_id", models.UUIDField(null=True)),
                ("subject_kind", models.CharField(blank=True, max_length=8)),
                ("purpose_id", models.UUIDField(null=True)),
                (
                    "memory_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                (
                    "effect",
                    models.JSONField(default=dict, help_text="What else is needed to repeat it: ids, dates and codes."),
                ),
            ],
        ),
        migrations.AddField(
            model_name="erasure",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.subject"
            ),
        ),
        migrations.AddField(
            model_name="certificate",
            name="erasure",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="certificates",
                to="governance.erasure",
            ),
        ),
        migrations.AddField(
            model_name="erasurestepdone",
            name="erasure",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="steps",
                to="governance.erasure",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerposition",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="ledger_position_is_one_row"),
        ),
        migrations.AddIndex(
            model_name="protection",
            index=models.Index(fields=["tenant_id", "at"], name="protection_by_time"),
        ),
        migrations.AddConstraint(
            model_name="protection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "erase",
                            "shred",
                            "delete",
                            "withdraw",
                            "object",
                            "objection_overridden",
                            "restrict",
                            "lift",
                            "hold",
                            "release",
                        ],
                    )
                ),
                name="protection_is_known",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="request",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="erasure",
                to="governance.rightsrequest",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "erasure", "round"), name="one_certificate_per_round"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasurestepdone",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "erasure", "round", "step"), name="erasure_step_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasurestepdone",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "step__in",
                        [
                            "tombstone",
                            "revoke",
                            "shred_intent",
                            "shred",
                            "locate",
                            "delete",
                            "close",
                            "notify",
                            "scan",
                            "certify",
                        ],
                    )
                ),
                name="erasure_step_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(
                condition=models.Q(("state__in", ["running", "waiting"])),
                fields=["tenant_id", "state"],
                name="erasure_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(fields=("tenant_id", "id"), name="erasure_in_tenant"),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="erasure_approved_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_by__isnull", True), ("approved_at__isnull", True)),
                    models.Q(("approved_by__isnull", False), ("approved_at__isnull", False)),
                    _connector="OR",
                ),
                name="erasure_approved_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["planned", "running", "waiting", "done", "rejected"])),
                name="erasure_in_a_known_state",
            ),
        ),
    ]
