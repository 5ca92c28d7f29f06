"""Tenants, purposes with their versions, retention rules, and what of them waits for a second person."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now

from governance.migrations.tables.words import plain, titled, words

TABLES = [
    migrations.CreateModel(
        "Tenant",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("slug", models.SlugField(max_length=63, unique=True)),
            ("name", models.CharField(max_length=200)),
            (
                "jurisdiction",
                models.CharField(
                    max_length=2,
                    default="XX",
                    help_text="ISO 3166 code: decides the age of digital consent. XX: the strictest.",
                ),
            ),
            (
                "reveal_minutes",
                models.PositiveSmallIntegerField(default=30, help_text="Longest break-glass, in minutes."),
            ),
            (
                "review_hours",
                models.PositiveSmallIntegerField(
                    default=72, help_text="A break-glass not reviewed within so many hours blocks its user's next one."
                ),
            ),
            (
                "breach_hours",
                models.PositiveSmallIntegerField(
                    default=72, help_text="Hours from awareness of a breach to the authority's notice (Art. 33(1))."
                ),
            ),
            ("contact", models.CharField(max_length=200, blank=True, help_text="Of the controller (Art. 30(1)(a)).")),
            ("dpo_contact", models.CharField(max_length=200, blank=True, help_text="Of its data protection officer.")),
            (
                "request_profile",
                models.CharField(
                    max_length=8, default="gdpr", help_text="Whose clocks run for requests: gdpr or ccpa."
                ),
            ),
            (
                "request_file_days",
                models.PositiveIntegerField(
                    default=1095,
                    help_text="The file of a request is kept so long after its end, to prove how it was handled.",
                ),
            ),
            (
                "auto_approve_erasure",
                models.BooleanField(
                    default=False,
                    help_text="A verified erasure that no hold and no legal minimum touches needs no second person.",
                ),
            ),
            (
                "auto_approve_staff_verified",
                models.BooleanField(
                    default=False,
                    help_text="Beside it: also where staff verified the person, if who verified is not who opened the request.",
                ),
            ),
            (
                "key_deletions_at_once",
                models.BooleanField(
                    default=False,
                    db_default=False,
                    help_text="A key that deletes all of a person destroys it at once; else a person approves it.",
                ),
            ),
            (
                "key_deletions_per_hour",
                models.PositiveIntegerField(
                    default=3,
                    db_default=3,
                    help_text="So many people may one key delete in an hour; the rest waits for a person.",
                ),
            ),
            (
                "time_zone",
                models.CharField(
                    max_length=64, default="UTC", db_default="UTC", help_text="IANA name: whose days a bare date means."
                ),
            ),
            ("retention_cursor", models.UUIDField(null=True, editable=False)),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
    ),
    migrations.CreateModel(
        "Purpose",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("name", models.CharField(max_length=100)),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "name"], name="purpose_name_once"),
                models.UniqueConstraint(fields=["tenant_id", "id"], name="purpose_in_tenant"),
            ],
        },
    ),
    migrations.CreateModel(
        "PurposeVersion",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "purpose",
                models.ForeignKey(
                    related_name="versions", on_delete=models.DO_NOTHING, to="governance.purpose", db_constraint=False
                ),
            ),
            ("version", models.PositiveIntegerField(default=1)),
            (
                "lawful_basis",
                models.CharField(
                    max_length=24,
                    choices=plain("consent contract legal_obligation vital_interests public_task legitimate_interests"),
                ),
            ),
            (
                "ceiling_days",
                models.PositiveIntegerField(help_text="Storage limit: memories expire after so many days."),
            ),
            ("source_days", models.PositiveIntegerField(help_text="Source messages expire after so many days.")),
            (
                "personal",
                models.BooleanField(default=True, help_text="False: what agents and apps know, never about a person."),
            ),
            (
                "article9_condition",
                models.CharField(
                    max_length=8,
                    blank=True,
                    choices=plain("9(2)(a) 9(2)(b) 9(2)(c) 9(2)(d) 9(2)(e) 9(2)(f) 9(2)(g) 9(2)(h) 9(2)(i) 9(2)(j)"),
                ),
            ),
            (
                "identifiers",
                models.CharField(max_length=10, default="allow", choices=plain("allow mask quarantine refuse")),
            ),
            ("secrets", models.CharField(max_length=10, default="mask", choices=plain("allow mask quarantine refuse"))),
            (
                "special",
                models.CharField(max_length=10, default="refuse", choices=plain("allow mask quarantine refuse")),
            ),
            (
                "criminal",
                models.CharField(max_length=10, default="refuse", choices=plain("allow mask quarantine refuse")),
            ),
            (
                "unknown",
                models.CharField(max_length=10, default="quarantine", choices=plain("allow mask quarantine refuse")),
            ),
            (
                "criminal_authority",
                models.CharField(max_length=200, blank=True, help_text="The law or authority of Art. 10."),
            ),
            ("review_first", models.BooleanField(default=False, help_text="A reviewer releases each new memory.")),
            (
                "direct_marketing",
                models.BooleanField(default=False, help_text="An objection ends it at once (Art. 21(3))."),
            ),
            (
                "usable_for_decision",
                models.BooleanField(default=False, help_text="May feed automated decisions (Art. 22)."),
            ),
            ("dpia_reference", models.CharField(max_length=200, blank=True)),
            ("created_by", models.UUIDField(null=True, editable=False)),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "purpose", "version"], name="purpose_version_once"),
                models.CheckConstraint(
                    condition=Q(
                        lawful_basis__in=words(
                            "consent contract legal_obligation vital_interests public_task legitimate_interests"
                        )
                    ),
                    name="one_of_the_six_lawful_bases",
                ),
                models.CheckConstraint(
                    condition=Q(identifiers__in=["allow", "mask", "quarantine", "refuse"]),
                    name="identifiers_are_handled",
                ),
                models.CheckConstraint(
                    condition=Q(secrets__in=["allow", "mask", "quarantine", "refuse"]), name="secrets_are_handled"
                ),
                models.CheckConstraint(
                    condition=Q(special__in=["allow", "mask", "quarantine", "refuse"]),
                    name="special_categories_are_handled",
                ),
                models.CheckConstraint(
                    condition=Q(criminal__in=["allow", "mask", "quarantine", "refuse"]),
                    name="criminal_matters_are_handled",
                ),
                models.CheckConstraint(
                    condition=Q(unknown__in=["allow", "mask", "quarantine", "refuse"]), name="the_unknown_is_handled"
                ),
                models.CheckConstraint(
                    condition=Q(
                        article9_condition__in=[
                            "",
                            "9(2)(a)",
                            "9(2)(b)",
                            "9(2)(c)",
                            "9(2)(d)",
                            "9(2)(e)",
                            "9(2)(f)",
                            "9(2)(g)",
                            "9(2)(h)",
                            "9(2)(i)",
                            "9(2)(j)",
                        ]
                    ),
                    name="condition_of_article_9",
                ),
                models.CheckConstraint(condition=Q(ceiling_days__gt=0), name="purpose_has_a_ceiling"),
                models.CheckConstraint(
                    condition=Q(special="refuse") | ~Q(article9_condition=""),
                    name="special_categories_need_a_condition",
                ),
                models.CheckConstraint(
                    condition=Q(criminal="refuse") | ~Q(criminal_authority=""),
                    name="criminal_matters_need_an_authority",
                ),
                models.CheckConstraint(
                    condition=Q(special="refuse", usable_for_decision=False) | ~Q(dpia_reference=""),
                    name="special_data_and_decisions_need_a_dpia",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "Compatibility",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "source",
                models.ForeignKey(
                    related_name="read_for", on_delete=models.DO_NOTHING, to="governance.purpose", db_constraint=False
                ),
            ),
            (
                "target",
                models.ForeignKey(
                    related_name="reads_from", on_delete=models.DO_NOTHING, to="governance.purpose", db_constraint=False
                ),
            ),
            ("reason", models.CharField(max_length=500)),
            ("created_by", models.UUIDField(editable=False)),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ("ended_by", models.UUIDField(null=True, editable=False)),
            ("ended_at", models.DateTimeField(null=True, editable=False)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    fields=["tenant_id", "source", "target"],
                    condition=Q(ended_at__isnull=True),
                    name="compatibility_once",
                ),
                models.CheckConstraint(condition=~Q(source=F("target")), name="compatibility_between_two_purposes"),
            ],
        },
    ),
    migrations.CreateModel(
        "Retention",
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
            (
                "name",
                models.CharField(max_length=100, help_text="The law or decision behind it, e.g. 17 CFR 240.17a-4"),
            ),
            ("kind", models.CharField(max_length=8, choices=plain("floor ceiling"))),
            ("days", models.PositiveIntegerField()),
            ("anchor", models.CharField(max_length=16, choices=plain("created last_used contract_end"))),
            ("authority", models.CharField(max_length=10, choices=plain("mandatory default"))),
            ("purpose_id", models.UUIDField(null=True, help_text="Empty: every purpose.")),
            (
                "data_class",
                models.CharField(max_length=12, blank=True, choices=plain("ordinary confidential special criminal")),
            ),
            ("subject_id", models.UUIDField(null=True, help_text="Empty: everybody.")),
            ("plan_sha256", models.BinaryField(max_length=32, null=True, help_text="The preview that was approved.")),
            ("end_requested_by", models.UUIDField(null=True)),
            ("end_requested_at", models.DateTimeField(null=True)),
            ("end_approved_by", models.UUIDField(null=True)),
            ("end_approved_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                    name="rule_approved_by_another",
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
                    name="rule_ended_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(ended_at__isnull=True)
                    | Q(approved_at__isnull=True)
                    | Q(ended_at__gte=F("approved_at")),
                    name="rule_ended_is_not_approved",
                ),
                models.CheckConstraint(
                    condition=Q(end_approved_by__isnull=True) | ~Q(end_approved_by=F("end_requested_by")),
                    name="rule_ended_by_two",
                ),
                models.CheckConstraint(
                    condition=(Q(approved_by__isnull=True) & Q(approved_at__isnull=True))
                    | (Q(approved_by__isnull=False) & Q(approved_at__isnull=False)),
                    name="rule_approved_by_somebody",
                ),
                models.CheckConstraint(
                    condition=(Q(end_requested_by__isnull=True) & Q(end_requested_at__isnull=True))
                    | (Q(end_requested_by__isnull=False) & Q(end_requested_at__isnull=False)),
                    name="rule_end_asked_by_somebody",
                ),
                models.CheckConstraint(
                    condition=(Q(end_approved_by__isnull=True) & Q(end_approved_at__isnull=True))
                    | (Q(end_approved_by__isnull=False) & Q(end_approved_at__isnull=False)),
                    name="rule_end_approved_by_somebody",
                ),
                models.CheckConstraint(condition=Q(days__gt=0), name="rule_has_a_period"),
                models.CheckConstraint(condition=Q(kind__in=["floor", "ceiling"]), name="rule_is_floor_or_ceiling"),
                models.CheckConstraint(
                    condition=Q(anchor__in=["created", "last_used", "contract_end"]), name="rule_has_a_known_anchor"
                ),
                models.CheckConstraint(
                    condition=Q(authority__in=["mandatory", "default"]), name="rule_has_a_known_authority"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "Loosening",
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
            ("kind", models.CharField(max_length=16, choices=titled("purpose compatibility settings"))),
            ("purpose_id", models.UUIDField(null=True, editable=False)),
            ("before", models.JSONField(default=dict)),
            ("after", models.JSONField()),
            ("loosens", ArrayField(models.CharField(max_length=40), size=None)),
            (
                "object_id",
                models.UUIDField(null=True, help_text="What came of it: the version, the compatibility, the tenant."),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                    name="loosening_approved_by_another",
                ),
                models.CheckConstraint(
                    condition=(Q(approved_by__isnull=True) & Q(approved_at__isnull=True))
                    | (Q(approved_by__isnull=False) & Q(approved_at__isnull=False)),
                    name="loosening_approved_by_somebody",
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
                    name="loosening_ended_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(ended_at__isnull=True)
                    | Q(approved_at__isnull=True)
                    | Q(ended_at__gte=F("approved_at")),
                    name="loosening_ended_is_not_approved",
                ),
                models.CheckConstraint(
                    condition=Q(kind__in=["purpose", "compatibility", "settings"]), name="loosening_of_a_known_kind"
                ),
            ],
        },
    ),
]
