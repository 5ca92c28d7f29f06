"""What a person asks for: requests, refusals, notices to recipients, links to copies."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.ids


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0016_words_of_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="CopyLink",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("secret_sha256", models.BinaryField(max_length=32)),
                ("issued_by", models.UUIDField(editable=False)),
                (
                    "issued_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RecipientNotice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("delivered", "Delivered"),
                            ("failed", "Failed"),
                            ("impossible", "Impossible"),
                        ],
                        default="pending",
                        max_length=12,
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=40)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("told_by", models.UUIDField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RequestItem",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("memory_id", models.UUIDField(null=True)),
                ("purpose_id", models.UUIDField(null=True)),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("17(3)(a)", "Free Expression"),
                            ("17(3)(b)", "Legal Obligation"),
                            ("17(3)(c)", "Public Health"),
                            ("17(3)(d)", "Archiving"),
                            ("17(3)(e)", "Legal Claims"),
                            ("retained_by_law", "Retained By Law"),
                            ("15(4)", "Rights Of Others"),
                            ("20(1)", "Not Provided By Person"),
                            ("16", "Accurate"),
                            ("21(1)", "Compelling Grounds"),
                            ("12(5)", "Unfounded Or Excessive"),
                            ("12(2)", "Not Identified"),
                            ("shown_in_full", "Shown In Full"),
                        ],
                        max_length=16,
                    ),
                ),
                ("decided_by", models.UUIDField(editable=False)),
                (
                    "decided_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RightsRequest",
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
                            ("access", "Access"),
                            ("portability", "Portability"),
                            ("rectification", "Rectification"),
                            ("erasure", "Erasure"),
                            ("restriction", "Restriction"),
                            ("objection", "Objection"),
                            ("withdrawal", "Withdrawal"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("verified", "Verified"),
                            ("partly_done", "Partly Done"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                            ("cancelled", "Cancelled"),
                            ("duplicate", "Duplicate"),
                        ],
                        default="received",
                        max_length=12,
                    ),
                ),
                ("profile", models.CharField(choices=[("gdpr", "Gdpr"), ("ccpa", "Ccpa")], max_length=8)),
                ("purpose_id", models.UUIDField(help_text="Empty: every purpose.", null=True)),
                ("memory_id", models.UUIDField(help_text="What is to be rectified.", null=True)),
                ("channel", models.CharField(max_length=40)),
                ("opened_by", models.UUIDField(editable=False)),
                ("received_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("extended_at", models.DateTimeField(null=True)),
                ("extended_by", models.UUIDField(null=True)),
                (
                    "extension_reason",
                    models.CharField(
                        blank=True,
                        choices=[("complexity", "Complexity"), ("number_of_requests", "Number Of Requests")],
                        max_length=20,
                    ),
                ),
                ("paused_at", models.DateTimeField(null=True)),
                (
                    "pause_reason",
                    models.CharField(
                        blank=True,
                        choices=[("identity", "Identity"), ("clarification", "Clarification")],
                        max_length=16,
                    ),
                ),
                ("verified_at", models.DateTimeField(null=True)),
                ("verified_by", models.UUIDField(null=True)),
                (
                    "verification",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("signed_in", "Signed In"),
                            ("code", "Code"),
                            ("document", "Document"),
                            ("in_person", "In Person"),
                            ("representative", "Representative"),
                            ("key", "Key"),
                            ("operator", "Operator"),
                        ],
                        max_length=16,
                    ),
                ),
                ("escalated_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.UUIDField(null=True)),
                (
                    "ground",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("17(3)(a)", "Free Expression"),
                            ("17(3)(b)", "Legal Obligation"),
                            ("17(3)(c)", "Public Health"),
                            ("17(3)(d)", "Archiving"),
                            ("17(3)(e)", "Legal Claims"),
                            ("retained_by_law", "Retained By Law"),
                            ("15(4)", "Rights Of Others"),
                            ("20(1)", "Not Provided By Person"),
                            ("16", "Accurate"),
                            ("21(1)", "Compelling Grounds"),
                            ("12(5)", "Unfounded Or Excessive"),
                            ("12(2)", "Not Identified"),
                            ("shown_in_full", "Shown In Full"),
                        ],
                        max_length=16,
                    ),
                ),
                ("duplicate_of", models.UUIDField(null=True)),
                ("receipt_sha256", models.BinaryField(max_length=32)),
                (
                    "sealed",
                    models.BinaryField(help_text="Empty once the file's own retention is over and its key destroyed."),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
        ),
        migrations.AddField(
            model_name="recipientnotice",
            name="recipient",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.recipient"
            ),
        ),
        migrations.AddField(
            model_name="rightsrequest",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.subject"
            ),
        ),
        migrations.AddField(
            model_name="requestitem",
            name="request",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="items",
                to="governance.rightsrequest",
            ),
        ),
        migrations.AddField(
            model_name="recipientnotice",
            name="request",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="notices",
                to="governance.rightsrequest",
            ),
        ),
        migrations.AddField(
            model_name="copylink",
            name="request",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="links",
                to="governance.rightsrequest",
            ),
        ),
        migrations.AddIndex(
            model_name="rightsrequest",
            index=models.Index(fields=["tenant_id", "due_at"], name="request_by_due"),
        ),
        migrations.AddIndex(
            model_name="rightsrequest",
            index=models.Index(fields=["tenant_id", "subject"], name="request_by_subject"),
        ),
        migrations.AddIndex(
            model_name="rightsrequest",
            index=models.Index(fields=["tenant_id", "receipt_sha256"], name="request_by_receipt"),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.UniqueConstraint(fields=("tenant_id", "id"), name="request_in_tenant"),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "erasure"), ("state__in", ["verified", "partly_done"])),
                fields=("tenant_id", "subject"),
                name="one_verified_erasure",
            ),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["access", "portability", "rectification", "erasure", "restriction", "objection", "withdrawal"],
                    )
                ),
                name="request_of_a_known_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["received", "verified", "partly_done", "done", "refused", "cancelled", "duplicate"])
                ),
                name="request_in_a_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("profile__in", ["gdpr", "ccpa"])), name="request_has_a_known_clock"
            ),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gt", models.F("received_at"))), name="request_is_due_later"
            ),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("verified_at__isnull", True), ("verified_by__isnull", True)),
                    models.Q(("verified_at__isnull", False), ("verified_by__isnull", False)),
                    _connector="OR",
                ),
                name="request_verified_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("extended_at__isnull", True), ("extended_by__isnull", True)),
                    models.Q(("extended_at__isnull", False), ("extended_by__isnull", False)),
                    _connector="OR",
                ),
                name="request_extended_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                    _connector="OR",
                ),
                name="request_closed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "refused"), _negated=True),
                    models.Q(("ground", ""), _negated=True),
                    _connector="OR",
                ),
                name="refusal_has_a_ground",
            ),
        ),
        migrations.AddIndex(
            model_name="requestitem",
            index=models.Index(fields=["tenant_id", "request"], name="item_by_request"),
        ),
        migrations.AddConstraint(
            model_name="requestitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ground__in",
                        [
                            "17(3)(a)",
                            "17(3)(b)",
                            "17(3)(c)",
                            "17(3)(d)",
                            "17(3)(e)",
                            "retained_by_law",
                            "15(4)",
                            "20(1)",
                            "16",
                            "21(1)",
                            "12(5)",
                            "12(2)",
                            "shown_in_full",
                        ],
                    )
                ),
                name="item_refused_for_a_known_ground",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipientnotice",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "request", "recipient"), name="recipient_told_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recipientnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "delivered", "failed", "impossible"])),
                name="notice_in_a_known_state",
            ),
        ),
    ]
