"""Who acts: staff with their sessions, API keys, people in their portal, and what is counted of each."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now

from governance.migrations.tables.words import same, titled, words

TABLES = [
    migrations.CreateModel(
        "StaffUser",
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
            ("username", models.CharField(max_length=150)),
            ("display_name", models.CharField(max_length=200, blank=True)),
            ("role", models.CharField(max_length=16, choices=same("administrator auditor dpo key_officer reviewer"))),
            ("person_mac", models.BinaryField(max_length=32)),
            ("claim_sha256", models.BinaryField(max_length=32, null=True)),
            ("password", models.CharField(max_length=256, blank=True)),
            ("totp_sealed", models.BinaryField(null=True)),
            ("totp_last_step", models.BigIntegerField(default=0, help_text="A code counts once (RFC 6238, 5.2).")),
            (
                "failures",
                models.PositiveIntegerField(default=0, help_text="Wrong codes after the right password, in a row."),
            ),
            ("locked_until", models.DateTimeField(null=True)),
            ("sign_on_mac", models.BinaryField(max_length=32, null=True)),
            ("enrolled_at", models.DateTimeField(null=True)),
            ("suspended_at", models.DateTimeField(null=True)),
            ("suspended_by", models.UUIDField(null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    fields=["tenant_id", "username"], condition=Q(ended_at__isnull=True), name="username_once"
                ),
                models.UniqueConstraint(
                    fields=["tenant_id", "person_mac"],
                    condition=Q(ended_at__isnull=True, suspended_at__isnull=True),
                    name="one_account_per_person",
                ),
                models.UniqueConstraint(fields=["tenant_id", "sign_on_mac"], name="one_account_per_sign_on"),
                models.CheckConstraint(
                    condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                    name="staff_approved_by_another",
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
                    name="staff_ended_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(ended_at__isnull=True)
                    | Q(approved_at__isnull=True)
                    | Q(ended_at__gte=F("approved_at")),
                    name="staff_ended_is_not_approved",
                ),
                models.CheckConstraint(
                    condition=Q(requested_by__isnull=True) | ~Q(requested_by=F("id")),
                    name="staff_does_not_ask_for_himself",
                ),
                models.CheckConstraint(
                    condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("id")),
                    name="staff_does_not_approve_himself",
                ),
                models.CheckConstraint(
                    condition=(Q(approved_by__isnull=True) & Q(approved_at__isnull=True))
                    | (Q(approved_by__isnull=False) & Q(approved_at__isnull=False)),
                    name="staff_approved_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(role__in=words("administrator auditor dpo key_officer reviewer")),
                    name="staff_has_a_known_role",
                ),
                models.CheckConstraint(
                    condition=Q(enrolled_at__isnull=True) | Q(approved_by__isnull=False),
                    name="nobody_enrols_before_the_approval",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "StaffSession",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "user",
                models.ForeignKey(
                    related_name="sessions", on_delete=models.DO_NOTHING, to="governance.staffuser", db_constraint=False
                ),
            ),
            ("prefix", models.CharField(max_length=16, unique=True)),
            ("secret_sha256", models.BinaryField(max_length=32)),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ("expires_at", models.DateTimeField()),
            (
                "idle_until",
                models.DateTimeField(null=True, help_text="In the console: where it ends unless it is used before."),
            ),
            ("stepped_up_until", models.DateTimeField(null=True)),
            ("step_up_failures", models.PositiveSmallIntegerField(default=0)),
            ("step_up_paused_until", models.DateTimeField(null=True)),
            ("ended_at", models.DateTimeField(null=True)),
        ],
    ),
    migrations.CreateModel(
        "SignInAttempt",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("account_mac", models.BinaryField(max_length=32)),
            ("address_mac", models.BinaryField(max_length=32)),
            ("failures", models.PositiveIntegerField(default=0)),
            ("paused_until", models.DateTimeField(null=True)),
            ("last_at", models.DateTimeField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    fields=["tenant_id", "account_mac", "address_mac"], name="attempts_counted_once"
                ),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "last_at"], name="attempts_by_age"),
            ],
        },
    ),
    migrations.CreateModel(
        "SubmittedForm",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("session_id", models.UUIDField(editable=False)),
            ("token", models.UUIDField(editable=False)),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "session_id", "token"], name="form_sent_once"),
            ],
        },
    ),
    migrations.CreateModel(
        "ApiKey",
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
            ("name", models.CharField(max_length=200)),
            ("prefix", models.CharField(max_length=16, unique=True)),
            ("secret_sha256", models.BinaryField(max_length=32, null=True)),
            ("claim_sha256", models.BinaryField(max_length=32, null=True)),
            ("claimed_at", models.DateTimeField(null=True)),
            (
                "capabilities",
                ArrayField(
                    models.CharField(
                        max_length=40,
                        choices=same("""
remember recall recall.special forget forget_subject list_subjects shared.write consent.grant
rights.request portal.issue
"""),
                    ),
                    size=None,
                ),
            ),
            ("allowed_purposes", ArrayField(models.UUIDField(), size=None)),
            ("default_purpose", models.CharField(max_length=100, blank=True)),
            ("pinned_subject", models.UUIDField(blank=True, null=True)),
            ("pinned_agent", models.UUIDField(blank=True, null=True)),
            (
                "recipient_id",
                models.UUIDField(
                    blank=True, null=True, help_text="Handed to somebody outside: what it reads is disclosed to them."
                ),
            ),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
            ("expires_at", models.DateTimeField(blank=True, null=True)),
            ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ("last_used_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                    name="key_approved_by_another",
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
                    name="key_ended_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(ended_at__isnull=True)
                    | Q(approved_at__isnull=True)
                    | Q(ended_at__gte=F("approved_at")),
                    name="key_ended_is_not_approved",
                ),
                models.CheckConstraint(
                    condition=(Q(approved_by__isnull=True) & Q(approved_at__isnull=True))
                    | (Q(approved_by__isnull=False) & Q(approved_at__isnull=False)),
                    name="key_approved_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(secret_sha256__isnull=True) | Q(approved_by__isnull=False),
                    name="no_secret_before_the_approval",
                ),
                models.CheckConstraint(
                    condition=Q(
                        capabilities__contained_by=words("""
remember recall recall.special forget forget_subject list_subjects shared.write consent.grant
rights.request portal.issue
""")
                    ),
                    name="key_holds_machine_capabilities",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "BreakGlass",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("user_id", models.UUIDField()),
            ("subject", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False)),
            (
                "reason_code",
                models.CharField(
                    max_length=16, choices=titled("complaint incident legal_claim subject_request safety")
                ),
            ),
            ("case_reference", models.CharField(max_length=64)),
            ("opened_at", models.DateTimeField(db_default=Now())),
            ("closes_at", models.DateTimeField()),
            ("reviewed_by", models.UUIDField(null=True)),
            ("reviewed_at", models.DateTimeField(null=True)),
            ("outcome", models.CharField(max_length=12, blank=True, choices=titled("justified unjustified"))),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("user_id")),
                    name="break_glass_reviewed_by_another",
                ),
                models.CheckConstraint(
                    condition=(Q(reviewed_by__isnull=True) & Q(reviewed_at__isnull=True))
                    | (Q(reviewed_by__isnull=False) & Q(reviewed_at__isnull=False)),
                    name="break_glass_reviewed_by_somebody",
                ),
                models.CheckConstraint(condition=~Q(case_reference=""), name="break_glass_names_a_case"),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "user_id", "reviewed_at"], name="break_glass_by_user"),
                models.Index(fields=["tenant_id", "opened_at", "id"], name="break_glass_by_time"),
            ],
        },
    ),
    migrations.CreateModel(
        "PortalLink",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("subject", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False)),
            ("secret_sha256", models.BinaryField(max_length=32)),
            ("issued_by", models.UUIDField(editable=False)),
            ("issued_at", models.DateTimeField(editable=False)),
            ("expires_at", models.DateTimeField()),
            ("used_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "id"], name="portal_link_in_tenant"),
                models.CheckConstraint(
                    condition=Q(
                        expires_at__gt=F("issued_at"),
                        expires_at__lte=F("issued_at") + models.Value(timedelta(hours=24)),
                    ),
                    name="portal_link_lives_a_day_at_most",
                ),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "subject"], name="portal_link_by_subject"),
            ],
        },
    ),
    migrations.CreateModel(
        "PortalSitting",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("link", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.portallink", db_constraint=False)),
            ("subject", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False)),
            ("secret_sha256", models.BinaryField(max_length=32)),
            ("opened_at", models.DateTimeField(db_default=Now(), editable=False)),
            ("expires_at", models.DateTimeField()),
            ("idle_until", models.DateTimeField()),
            ("proved_at", models.DateTimeField(null=True)),
            ("ended_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "link"], name="portal_link_opens_once"),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "subject"], name="portal_sitting_by_subject"),
            ],
        },
    ),
    migrations.CreateModel(
        "PortalCode",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "request",
                models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.rightsrequest", db_constraint=False),
            ),
            ("code_mac", models.BinaryField(max_length=32)),
            ("issued_by", models.UUIDField(editable=False)),
            ("issued_at", models.DateTimeField(db_default=Now(), editable=False)),
            ("expires_at", models.DateTimeField()),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("used_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "request"], name="one_code_per_request"),
            ],
        },
    ),
    migrations.CreateModel(
        "KeyedWrite",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("principal_id", models.UUIDField(editable=False)),
            ("key_mac", models.BinaryField(max_length=32)),
            ("request_mac", models.BinaryField(max_length=32)),
            ("begun_at", models.DateTimeField(db_default=Now())),
            ("done_at", models.DateTimeField(null=True)),
            ("status", models.PositiveSmallIntegerField(null=True)),
            ("object_id", models.UUIDField(null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "principal_id", "key_mac"], name="keyed_write_once"),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "begun_at"], name="keyed_write_by_age"),
            ],
        },
    ),
    migrations.CreateModel(
        "KeyDeletion",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("principal_id", models.UUIDField(editable=False)),
            ("at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "indexes": [
                models.Index(fields=["tenant_id", "principal_id", "at"], name="key_deletion_by_time"),
            ],
        },
    ),
]
