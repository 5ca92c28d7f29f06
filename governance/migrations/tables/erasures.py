"""Erasures with their steps and certificates, and what must survive a restore."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now

from governance.migrations.tables.words import titled, words

TABLES = [
    migrations.CreateModel(
        "Erasure",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("requested_by", models.UUIDField(editable=False)),
            ("requested_at", models.DateTimeField(db_default=Now(), editable=False)),
            ("approved_by", models.UUIDField(null=True, editable=False)),
            ("approved_at", models.DateTimeField(null=True, editable=False)),
            (
                "request",
                models.OneToOneField(
                    related_name="erasure",
                    on_delete=models.DO_NOTHING,
                    to="governance.rightsrequest",
                    db_constraint=False,
                ),
            ),
            ("subject", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False)),
            (
                "state",
                models.CharField(
                    max_length=8, default="planned", choices=titled("planned running waiting done rejected failed")
                ),
            ),
            ("round", models.PositiveSmallIntegerField(default=1)),
            ("plan", models.JSONField(help_text="Ids, counts and codes only.")),
            ("plan_sha256", models.BinaryField(max_length=32)),
            ("was_restricted", models.BooleanField(help_text="Before the request: restored if it is rejected.")),
            ("auto_approved", models.BooleanField(default=False)),
            (
                "approval_mac",
                models.BinaryField(
                    max_length=32, null=True, help_text="Of what was approved, under a key of the other database."
                ),
            ),
            (
                "canary_id",
                models.UUIDField(null=True, help_text="A planted row that the scan must find before the delete."),
            ),
            ("lease_until", models.DateTimeField(null=True)),
            ("attempt", models.PositiveIntegerField(default=0)),
            (
                "problem",
                models.CharField(max_length=40, blank=True, help_text="Why the last attempt stopped, as a code."),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "id"], name="erasure_in_tenant"),
                models.CheckConstraint(
                    condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                    name="erasure_approved_by_another",
                ),
                models.CheckConstraint(
                    condition=(Q(approved_by__isnull=True) & Q(approved_at__isnull=True))
                    | (Q(approved_by__isnull=False) & Q(approved_at__isnull=False)),
                    name="erasure_approved_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(state__in=words("planned running waiting done rejected failed")),
                    name="erasure_in_a_known_state",
                ),
            ],
            "indexes": [
                models.Index(
                    fields=["tenant_id", "state"],
                    condition=Q(state__in=["running", "waiting"]),
                    name="erasure_unfinished",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "ErasureStepDone",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "erasure",
                models.ForeignKey(
                    related_name="steps", on_delete=models.DO_NOTHING, to="governance.erasure", db_constraint=False
                ),
            ),
            ("round", models.PositiveSmallIntegerField()),
            (
                "step",
                models.CharField(
                    max_length=12,
                    choices=titled("tombstone revoke shred_intent shred locate delete close notify scan certify"),
                ),
            ),
            ("counts", models.JSONField(default=dict, help_text="Numbers and ids by name.")),
            ("at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "erasure", "round", "step"], name="erasure_step_once"),
                models.CheckConstraint(
                    condition=Q(
                        step__in=words("tombstone revoke shred_intent shred locate delete close notify scan certify")
                    ),
                    name="erasure_step_is_known",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "Certificate",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "erasure",
                models.ForeignKey(
                    related_name="certificates",
                    on_delete=models.DO_NOTHING,
                    to="governance.erasure",
                    db_constraint=False,
                ),
            ),
            ("round", models.PositiveSmallIntegerField()),
            ("key_id", models.UUIDField()),
            ("document", models.BinaryField(help_text="Canonical JSON (RFC 8785).")),
            ("signature", models.BinaryField(max_length=64)),
            ("issued_at", models.DateTimeField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "erasure", "round"], name="one_certificate_per_round"),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "issued_at", "id"], name="certificate_by_time"),
            ],
        },
    ),
    migrations.CreateModel(
        "Offboarding",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("requested_by", models.UUIDField(editable=False)),
            ("requested_at", models.DateTimeField(db_default=Now(), editable=False)),
            ("approved_by", models.UUIDField(null=True, editable=False)),
            ("approved_at", models.DateTimeField(null=True, editable=False)),
            ("ended_as", models.CharField(max_length=9, blank=True, choices=titled("declined withdrawn"))),
            (
                "ended_reason",
                models.CharField(
                    max_length=16,
                    blank=True,
                    choices=titled("not_needed wrong_person wrong_details too_broad no_legal_ground case_open"),
                ),
            ),
            ("ended_by", models.UUIDField(null=True, editable=False)),
            ("ended_at", models.DateTimeField(null=True, editable=False)),
            ("finished_at", models.DateTimeField(null=True)),
            ("approval_mac", models.BinaryField(max_length=32, null=True, help_text="As that of an erasure.")),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                    name="offboarding_approved_by_another",
                ),
                models.CheckConstraint(
                    condition=(
                        Q(ended_at__isnull=True) & Q(ended_as="") & Q(ended_by__isnull=True) & Q(ended_reason="")
                    )
                    | (
                        Q(ended_at__isnull=False)
                        & Q(ended_by__isnull=False)
                        & (
                            Q(
                                ended_as="declined",
                                ended_reason__in=words(
                                    "not_needed wrong_person wrong_details too_broad no_legal_ground case_open"
                                ),
                            )
                            | Q(ended_as="withdrawn", ended_reason="")
                        )
                    ),
                    name="offboarding_ended_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(ended_at__isnull=True)
                    | Q(approved_at__isnull=True)
                    | Q(ended_at__gte=F("approved_at")),
                    name="offboarding_ended_is_not_approved",
                ),
                models.CheckConstraint(
                    condition=(Q(approved_by__isnull=True) & Q(approved_at__isnull=True))
                    | (Q(approved_by__isnull=False) & Q(approved_at__isnull=False)),
                    name="offboarding_approved_by_somebody",
                ),
                models.UniqueConstraint(
                    fields=["tenant_id"],
                    condition=Q(ended_at__isnull=True, finished_at__isnull=True),
                    name="one_offboarding",
                ),
            ],
        },
    ),
    migrations.RunSQL("CREATE SEQUENCE governance_protection_sequence", "DROP SEQUENCE governance_protection_sequence"),
    migrations.CreateModel(
        "Protection",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "kind",
                models.CharField(
                    max_length=24,
                    choices=titled(
                        "erase shred delete withdraw object objection_overridden restrict lift hold release"
                    ),
                ),
            ),
            ("at", models.DateTimeField(db_default=Now(), editable=False)),
            (
                "sequence",
                models.BigIntegerField(
                    db_default=models.Func(models.Value("governance_protection_sequence"), function="nextval"),
                    editable=False,
                ),
            ),
            ("subject_id", models.UUIDField(null=True)),
            ("subject_kind", models.CharField(max_length=8, blank=True)),
            ("purpose_id", models.UUIDField(null=True)),
            ("memory_ids", ArrayField(models.UUIDField(), default=list, size=None)),
            (
                "effect",
                models.JSONField(default=dict, help_text="What else is needed to repeat it: ids, dates and codes."),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(
                        kind__in=words(
                            "erase shred delete withdraw object objection_overridden restrict lift hold release"
                        )
                    ),
                    name="protection_is_known",
                ),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "sequence"], name="protection_in_sequence"),
            ],
        },
    ),
    migrations.CreateModel(
        "LedgerPosition",
        [
            ("id", models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False, serialize=False)),
            ("number", models.PositiveBigIntegerField(default=0)),
            ("hash", models.BinaryField(max_length=32)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(condition=Q(id=1), name="ledger_position_is_one_row"),
            ],
        },
    ),
]
