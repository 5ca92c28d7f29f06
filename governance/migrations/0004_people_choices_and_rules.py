"""Tables for people at work, for what persons choose, and for how long things are kept."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.ids


class Migration(migrations.Migration):
    dependencies = [("governance", "0003_before_the_tenant_is_known")]

    operations = [
        migrations.CreateModel(
            name="BreakGlass",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("user_id", models.UUIDField()),
                (
                    "reason_code",
                    models.CharField(
                        choices=[
                            ("complaint", "Complaint"),
                            ("incident", "Incident"),
                            ("legal_claim", "Legal Claim"),
                            ("subject_request", "Subject Request"),
                            ("safety", "Safety"),
                        ],
                        max_length=16,
                    ),
                ),
                ("case_reference", models.CharField(max_length=64)),
                ("opened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("closes_at", models.DateTimeField()),
                ("reviewed_by", models.UUIDField(null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True, choices=[("justified", "Justified"), ("unjustified", "Unjustified")], max_length=12
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Compatibility",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("reason", models.CharField(max_length=500)),
                ("created_by", models.UUIDField(editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("ended_by", models.UUIDField(editable=False, null=True)),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ConsentEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("purpose_id", models.UUIDField()),
                ("action", models.CharField(choices=[("grant", "Grant"), ("withdraw", "Withdraw")], max_length=8)),
                ("notice_id", models.UUIDField(null=True)),
                ("notice_sha256", models.BinaryField(max_length=32, null=True)),
                ("language", models.CharField(blank=True, max_length=35)),
                ("channel", models.CharField(max_length=40)),
                (
                    "given_by",
                    models.CharField(choices=[("subject", "Subject"), ("guardian", "Guardian")], max_length=8),
                ),
                ("happened_at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("consent_version", models.PositiveIntegerField()),
                ("recorded_by", models.UUIDField(editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ConsentNotice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("purpose_id", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("language", models.CharField(help_text="BCP 47", max_length=35)),
                ("text", models.TextField()),
                ("text_sha256", models.BinaryField(max_length=32)),
                ("created_by", models.UUIDField(editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LegalHold",
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
                ("purpose_id", models.UUIDField(help_text="Empty: every purpose.", null=True)),
                ("case_reference", models.CharField(max_length=64)),
                ("disclosable", models.BooleanField(default=True, help_text="False: the person hears a neutral code.")),
                ("from_at", models.DateTimeField(null=True)),
                ("until_at", models.DateTimeField(null=True)),
                ("release_requested_by", models.UUIDField(null=True)),
                ("release_requested_at", models.DateTimeField(null=True)),
                ("release_approved_by", models.UUIDField(null=True)),
                ("release_approved_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("purpose_id", models.UUIDField()),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("recorded_by", models.UUIDField(editable=False)),
                (
                    "outcome",
                    models.CharField(
                        blank=True, choices=[("upheld", "Upheld"), ("overridden", "Overridden")], max_length=10
                    ),
                ),
                ("ground", models.CharField(blank=True, max_length=40)),
                ("settled_by", models.UUIDField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Retention",
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
                    "name",
                    models.CharField(help_text="The law or decision behind it, e.g. 17 CFR 240.17a-4", max_length=100),
                ),
                ("kind", models.CharField(choices=[("floor", "floor"), ("ceiling", "ceiling")], max_length=8)),
                ("days", models.PositiveIntegerField()),
                (
                    "anchor",
                    models.CharField(
                        choices=[("created", "created"), ("last_used", "last used"), ("contract_end", "contract end")],
                        max_length=16,
                    ),
                ),
                (
                    "authority",
                    models.CharField(choices=[("mandatory", "mandatory"), ("default", "default")], max_length=10),
                ),
                ("purpose_id", models.UUIDField(help_text="Empty: every purpose.", null=True)),
                (
                    "data_class",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ordinary", "ordinary"),
                            ("confidential", "confidential"),
                            ("special", "special"),
                            ("criminal", "criminal"),
                        ],
                        max_length=12,
                    ),
                ),
                ("subject_id", models.UUIDField(help_text="Empty: everybody.", null=True)),
                (
                    "plan_sha256",
                    models.BinaryField(help_text="The preview that was approved.", max_length=32, null=True),
                ),
                ("end_requested_by", models.UUIDField(null=True)),
                ("end_requested_at", models.DateTimeField(null=True)),
                ("end_approved_by", models.UUIDField(null=True)),
                ("end_approved_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="StaffSession",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("prefix", models.CharField(max_length=16, unique=True)),
                ("secret_sha256", models.BinaryField(max_length=32)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("expires_at", models.DateTimeField()),
                ("stepped_up_until", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StaffUser",
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
                ("username", models.CharField(max_length=150)),
                ("display_name", models.CharField(blank=True, max_length=200)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("administrator", "administrator"),
                            ("auditor", "auditor"),
                            ("dpo", "dpo"),
                            ("key_officer", "key_officer"),
                            ("reviewer", "reviewer"),
                        ],
                        max_length=16,
                    ),
                ),
                ("person_mac", models.BinaryField(max_length=32)),
                ("claim_sha256", models.BinaryField(max_length=32, null=True)),
                ("password", models.CharField(blank=True, max_length=256)),
                ("totp_sealed", models.BinaryField(null=True)),
                ("totp_last_step", models.BigIntegerField(default=0, help_text="A code counts once (RFC 6238, 5.2).")),
                ("failures", models.PositiveIntegerField(default=0)),
                ("locked_until", models.DateTimeField(null=True)),
                ("enrolled_at", models.DateTimeField(null=True)),
                ("suspended_at", models.DateTimeField(null=True)),
                ("suspended_by", models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SubjectPurpose",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("purpose_id", models.UUIDField()),
                ("consent_until", models.DateTimeField(null=True)),
                (
                    "consent_version",
                    models.PositiveIntegerField(default=0, help_text="Counts the ends of consent; jobs carry it."),
                ),
                ("objected_at", models.DateTimeField(null=True)),
                ("restricted_at", models.DateTimeField(null=True)),
                ("contract_ended_on", models.DateField(null=True)),
                ("shred_due_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
