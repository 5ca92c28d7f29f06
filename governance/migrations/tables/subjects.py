"""Subjects with their purposes, consents, objections and holds."""

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now

from governance.migrations.tables.words import plain, titled, words

TABLES = [
    migrations.CreateModel(
        "Subject",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("kind", models.CharField(max_length=8, choices=plain("user run agent app"))),
            ("state", models.CharField(max_length=12, default="active", choices=plain("active restricted erased"))),
            ("generation", models.PositiveIntegerField(default=1)),
            ("revision", models.BigIntegerField(default=0)),
            ("standing_version", models.BigIntegerField(default=0)),
            ("minor_until", models.DateField(null=True)),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "id"], name="subject_in_tenant"),
            ],
        },
    ),
    migrations.CreateModel(
        "SubjectPurpose",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "subject",
                models.ForeignKey(
                    related_name="standings", on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False
                ),
            ),
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
            ("shred_mac", models.BinaryField(max_length=32, null=True)),
            ("consent_mac", models.BinaryField(max_length=32, null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "subject", "purpose_id"], name="standing_once"),
            ],
            "indexes": [
                models.Index(
                    fields=["tenant_id", "shred_due_at"],
                    condition=Q(shred_due_at__isnull=False),
                    name="standing_shred_due",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "ConsentNotice",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("purpose_id", models.UUIDField()),
            ("version", models.PositiveIntegerField()),
            ("language", models.CharField(max_length=35, help_text="BCP 47")),
            ("text", models.TextField()),
            ("text_sha256", models.BinaryField(max_length=32)),
            ("created_by", models.UUIDField(editable=False)),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(language__regex="^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3})?$"),
                    name="notice_in_a_language",
                ),
                models.UniqueConstraint(
                    fields=words("tenant_id purpose_id language text_sha256"), name="notice_text_once"
                ),
                models.UniqueConstraint(
                    fields=["tenant_id", "purpose_id", "language", "version"], name="notice_version_once"
                ),
            ],
        },
    ),
    migrations.RunSQL("CREATE SEQUENCE governance_consent_sequence", "DROP SEQUENCE governance_consent_sequence"),
    migrations.CreateModel(
        "ConsentEvent",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("subject", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False)),
            ("purpose_id", models.UUIDField()),
            ("action", models.CharField(max_length=8, choices=titled("grant withdraw"))),
            ("notice_id", models.UUIDField(null=True)),
            ("notice_sha256", models.BinaryField(max_length=32, null=True)),
            ("language", models.CharField(max_length=35, blank=True)),
            (
                "channel",
                models.CharField(
                    max_length=40,
                    choices=plain("""
web app chat api portal email letter phone branch key operator offboarding age ledger
"""),
                ),
            ),
            ("given_by", models.CharField(max_length=8, choices=titled("subject guardian"))),
            ("happened_at", models.DateTimeField()),
            ("until", models.DateTimeField(null=True)),
            ("consent_version", models.PositiveIntegerField()),
            (
                "sequence",
                models.BigIntegerField(
                    db_default=models.Func(models.Value("governance_consent_sequence"), function="nextval"),
                    editable=False,
                ),
            ),
            ("recorded_by", models.UUIDField(editable=False)),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(action="withdraw") | Q(notice_id__isnull=False), name="consent_to_a_notice"
                ),
                models.CheckConstraint(
                    condition=Q(action__in=["grant", "withdraw"]), name="consent_is_given_or_taken_back"
                ),
                models.CheckConstraint(
                    condition=Q(
                        channel__in=words("""
web app chat api portal email letter phone branch key operator offboarding age ledger
""")
                    ),
                    name="consent_by_a_known_channel",
                ),
                models.CheckConstraint(
                    condition=Q(given_by__in=["subject", "guardian"]), name="consent_by_a_known_party"
                ),
                models.CheckConstraint(
                    condition=Q(language__regex="^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3})?$"),
                    name="consent_in_a_language",
                ),
                models.CheckConstraint(
                    condition=~Q(action="grant") | Q(happened_at__lte=F("created_at")),
                    name="consent_is_not_of_the_future",
                ),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "subject", "purpose_id", "sequence"], name="consent_in_sequence"),
            ],
        },
    ),
    migrations.CreateModel(
        "Objection",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("subject", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False)),
            ("purpose_id", models.UUIDField()),
            ("made_at", models.DateTimeField(db_default=Now())),
            ("recorded_by", models.UUIDField(editable=False)),
            ("outcome", models.CharField(max_length=10, blank=True, choices=titled("upheld overridden"))),
            (
                "ground",
                models.CharField(
                    max_length=40,
                    blank=True,
                    choices=titled("legal_claims fraud_prevention network_security rights_of_others public_interest"),
                ),
            ),
            ("settled_by", models.UUIDField(null=True)),
            ("settled_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    fields=["tenant_id", "subject", "purpose_id"],
                    condition=Q(settled_at__isnull=True),
                    name="one_open_objection",
                ),
                models.CheckConstraint(
                    condition=Q(
                        ground__in=[
                            "",
                            "legal_claims",
                            "fraud_prevention",
                            "network_security",
                            "rights_of_others",
                            "public_interest",
                        ]
                    ),
                    name="objection_by_a_known_ground",
                ),
            ],
            "indexes": [
                models.Index(
                    F("tenant_id"),
                    F("outcome"),
                    models.OrderBy(F("made_at"), descending=True),
                    models.OrderBy(F("id"), descending=True),
                    name="objection_list",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "LegalHold",
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
            ("subject", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False)),
            ("purpose_id", models.UUIDField(null=True, help_text="Empty: every purpose.")),
            ("case_reference", models.CharField(max_length=64)),
            ("disclosable", models.BooleanField(default=True, help_text="False: the person hears a neutral code.")),
            ("from_at", models.DateTimeField(null=True)),
            ("until_at", models.DateTimeField(null=True)),
            ("release_requested_by", models.UUIDField(null=True)),
            ("release_requested_at", models.DateTimeField(null=True)),
            ("release_approved_by", models.UUIDField(null=True)),
            ("release_approved_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")), name="hold_placed_by_two"
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
                    name="hold_ended_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(ended_at__isnull=True)
                    | Q(approved_at__isnull=True)
                    | Q(ended_at__gte=F("approved_at")),
                    name="hold_ended_is_not_approved",
                ),
                models.CheckConstraint(
                    condition=Q(release_approved_by__isnull=True) | ~Q(release_approved_by=F("release_requested_by")),
                    name="hold_released_by_two",
                ),
                models.CheckConstraint(
                    condition=(Q(approved_by__isnull=True) & Q(approved_at__isnull=True))
                    | (Q(approved_by__isnull=False) & Q(approved_at__isnull=False)),
                    name="hold_approved_by_somebody",
                ),
                models.CheckConstraint(
                    condition=(Q(release_requested_by__isnull=True) & Q(release_requested_at__isnull=True))
                    | (Q(release_requested_by__isnull=False) & Q(release_requested_at__isnull=False)),
                    name="hold_release_asked_by_somebody",
                ),
                models.CheckConstraint(
                    condition=(Q(release_approved_by__isnull=True) & Q(release_approved_at__isnull=True))
                    | (Q(release_approved_by__isnull=False) & Q(release_approved_at__isnull=False)),
                    name="hold_release_approved_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(release_approved_at__isnull=True) | Q(release_requested_at__isnull=False),
                    name="hold_release_was_asked_for",
                ),
            ],
            "indexes": [
                models.Index(
                    fields=["tenant_id", "subject"],
                    condition=Q(release_approved_at__isnull=True),
                    name="hold_by_subject",
                ),
                models.Index(fields=["tenant_id", "requested_at", "id"], name="hold_by_time"),
            ],
        },
    ),
]
