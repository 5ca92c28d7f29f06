"""Requests for rights, recipients and disclosures, breaches."""

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now

from governance.migrations.tables.words import plain, titled, words

TABLES = [
    migrations.CreateModel(
        "Recipient",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("name", models.CharField(max_length=200)),
            ("address", models.CharField(max_length=300, blank=True)),
            (
                "kind",
                models.CharField(
                    max_length=16, choices=titled("controller joint_controller processor authority person")
                ),
            ),
            (
                "exempt",
                models.BooleanField(
                    default=False,
                    help_text="For treatment, payment or health care operations: not accounted for (45 CFR 164.528(a)(1)(i)).",
                ),
            ),
            ("registered_by", models.UUIDField(editable=False)),
            ("registered_at", models.DateTimeField(db_default=Now(), editable=False)),
            ("ended_by", models.UUIDField(null=True, editable=False)),
            ("ended_at", models.DateTimeField(null=True, editable=False)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "id"], name="recipient_in_tenant"),
                models.UniqueConstraint(
                    fields=["tenant_id", "name"], condition=Q(ended_at__isnull=True), name="recipient_name_once"
                ),
                models.CheckConstraint(
                    condition=Q(kind__in=words("controller joint_controller processor authority person")),
                    name="recipient_of_a_known_kind",
                ),
                models.CheckConstraint(
                    condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                    | Q(ended_at__isnull=False, ended_by__isnull=False),
                    name="recipient_ended_by_somebody",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "Disclosure",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "recipient",
                models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.recipient", db_constraint=False),
            ),
            ("subject", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False)),
            ("purpose", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.purpose", db_constraint=False)),
            ("at", models.DateTimeField()),
            (
                "description",
                models.CharField(
                    max_length=16, choices=titled("memories_read memories summary copy identity audit_record")
                ),
            ),
            ("recorded_by", models.UUIDField(editable=False)),
            ("recorded_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(description__in=words("audit_record copy identity memories summary")),
                    name="disclosure_of_a_known_thing",
                ),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "subject", "at"], name="disclosure_by_subject"),
            ],
        },
    ),
    migrations.CreateModel(
        "AccountingSuspension",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "recipient",
                models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.recipient", db_constraint=False),
            ),
            (
                "subject",
                models.ForeignKey(null=True, on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False),
            ),
            ("until", models.DateTimeField()),
            ("case_reference", models.CharField(max_length=64)),
            ("oral", models.BooleanField(help_text="Asked for by word of mouth: 30 days at most.")),
            ("suspended_by", models.UUIDField(editable=False)),
            ("suspended_at", models.DateTimeField(editable=False)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(condition=~Q(case_reference=""), name="suspension_names_a_case"),
                models.CheckConstraint(
                    condition=Q(case_reference__regex="^[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}$"),
                    name="suspension_names_a_file_number",
                ),
                models.CheckConstraint(condition=Q(until__gt=F("suspended_at")), name="suspension_has_a_period"),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "recipient", "until"], name="suspension_by_recipient"),
            ],
        },
    ),
    migrations.CreateModel(
        "Breach",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("kind", models.CharField(max_length=16, choices=titled("confidentiality integrity availability"))),
            ("case_reference", models.CharField(max_length=64)),
            ("since", models.DateTimeField()),
            ("until", models.DateTimeField()),
            ("principal_id", models.UUIDField(null=True, help_text="Whose events are counted. Empty: everybody's.")),
            ("aware_at", models.DateTimeField()),
            ("authority_due_at", models.DateTimeField()),
            ("subjects_due_at", models.DateTimeField()),
            ("opened_by", models.UUIDField(editable=False)),
            ("opened_at", models.DateTimeField(editable=False)),
            ("notified_authority_at", models.DateTimeField(null=True)),
            ("notified_authority_by", models.UUIDField(null=True)),
            ("informed_subjects_at", models.DateTimeField(null=True)),
            ("informed_subjects_by", models.UUIDField(null=True)),
            ("closed_at", models.DateTimeField(null=True)),
            ("closed_by", models.UUIDField(null=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(kind__in=["confidentiality", "integrity", "availability"]),
                    name="breach_of_a_known_kind",
                ),
                models.CheckConstraint(condition=~Q(case_reference=""), name="breach_names_a_case"),
                models.CheckConstraint(condition=Q(since__lt=F("until")), name="breach_has_a_window"),
                models.CheckConstraint(
                    condition=Q(aware_at__lte=F("opened_at")), name="breach_known_when_it_is_opened"
                ),
                models.CheckConstraint(
                    condition=Q(notified_authority_at__isnull=True, notified_authority_by__isnull=True)
                    | Q(notified_authority_at__isnull=False, notified_authority_by__isnull=False),
                    name="breach_notified_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(informed_subjects_at__isnull=True, informed_subjects_by__isnull=True)
                    | Q(informed_subjects_at__isnull=False, informed_subjects_by__isnull=False),
                    name="breach_told_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                    | Q(closed_at__isnull=False, closed_by__isnull=False),
                    name="breach_closed_by_somebody",
                ),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "-aware_at"], name="breach_by_time"),
            ],
        },
    ),
    migrations.CreateModel(
        "RightsRequest",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "kind",
                models.CharField(
                    max_length=16,
                    choices=titled("access portability rectification erasure restriction objection withdrawal"),
                ),
            ),
            (
                "state",
                models.CharField(
                    max_length=12,
                    default="received",
                    choices=titled("received verified partly_done done refused cancelled duplicate erased"),
                ),
            ),
            ("profile", models.CharField(max_length=8, choices=titled("gdpr ccpa"))),
            ("subject", models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False)),
            ("purpose_id", models.UUIDField(null=True, help_text="Empty: every purpose.")),
            ("memory_id", models.UUIDField(null=True, help_text="What is to be rectified.")),
            (
                "channel",
                models.CharField(
                    max_length=40,
                    choices=plain("""
web app chat api portal email letter phone branch key operator offboarding age ledger
"""),
                ),
            ),
            ("case_id", models.UUIDField(null=True, editable=False)),
            ("opened_by", models.UUIDField(editable=False)),
            (
                "opened_in",
                models.UUIDField(null=True, editable=False, help_text="The sitting of the portal, if it was one."),
            ),
            ("received_at", models.DateTimeField()),
            ("due_at", models.DateTimeField()),
            ("extended_at", models.DateTimeField(null=True)),
            ("extended_by", models.UUIDField(null=True)),
            (
                "extension_reason",
                models.CharField(max_length=20, blank=True, choices=titled("complexity number_of_requests")),
            ),
            ("paused_at", models.DateTimeField(null=True)),
            ("pause_reason", models.CharField(max_length=16, blank=True, choices=titled("identity clarification"))),
            ("verified_at", models.DateTimeField(null=True)),
            ("verified_by", models.UUIDField(null=True)),
            (
                "verification",
                models.CharField(
                    max_length=16,
                    blank=True,
                    choices=titled("signed_in code document in_person representative key operator"),
                ),
            ),
            ("escalated_at", models.DateTimeField(null=True)),
            ("closed_at", models.DateTimeField(null=True)),
            ("closed_by", models.UUIDField(null=True)),
            (
                "ground",
                models.CharField(
                    max_length=16,
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
                ),
            ),
            ("duplicate_of", models.UUIDField(null=True)),
            ("receipt_sha256", models.BinaryField(max_length=32)),
            (
                "sealed",
                models.BinaryField(help_text="Empty once the file's own retention is over and its key destroyed."),
            ),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "id"], name="request_in_tenant"),
                models.UniqueConstraint(
                    fields=["tenant_id", "subject"],
                    condition=Q(kind="erasure", state__in=["verified", "partly_done"]),
                    name="one_verified_erasure",
                ),
                models.CheckConstraint(
                    condition=Q(
                        kind__in=words("access portability rectification erasure restriction objection withdrawal")
                    ),
                    name="request_of_a_known_kind",
                ),
                models.CheckConstraint(
                    condition=Q(
                        channel__in=words("""
web app chat api portal email letter phone branch key operator offboarding age ledger
""")
                    ),
                    name="request_by_a_known_channel",
                ),
                models.CheckConstraint(
                    condition=Q(
                        state__in=words("received verified partly_done done refused cancelled duplicate erased")
                    ),
                    name="request_in_a_known_state",
                ),
                models.CheckConstraint(condition=Q(profile__in=["gdpr", "ccpa"]), name="request_has_a_known_clock"),
                models.CheckConstraint(condition=Q(due_at__gt=F("received_at")), name="request_is_due_later"),
                models.CheckConstraint(
                    condition=Q(verified_at__isnull=True, verified_by__isnull=True)
                    | Q(verified_at__isnull=False, verified_by__isnull=False),
                    name="request_verified_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(extended_at__isnull=True, extended_by__isnull=True)
                    | Q(extended_at__isnull=False, extended_by__isnull=False),
                    name="request_extended_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                    | Q(closed_at__isnull=False, closed_by__isnull=False),
                    name="request_closed_by_somebody",
                ),
                models.CheckConstraint(condition=~Q(state="refused") | ~Q(ground=""), name="refusal_has_a_ground"),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "due_at"], name="request_by_due"),
                models.Index(fields=["tenant_id", "subject"], name="request_by_subject"),
                models.Index(fields=["tenant_id", "case_id"], name="request_by_case"),
                models.Index(fields=["tenant_id", "receipt_sha256"], name="request_by_receipt"),
                models.Index(
                    F("tenant_id"),
                    models.OrderBy(F("closed_at"), descending=True, nulls_first=True),
                    F("due_at"),
                    F("id"),
                    name="request_list",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "RequestItem",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "request",
                models.ForeignKey(
                    related_name="items",
                    on_delete=models.DO_NOTHING,
                    to="governance.rightsrequest",
                    db_constraint=False,
                ),
            ),
            ("memory_id", models.UUIDField(null=True)),
            ("purpose_id", models.UUIDField(null=True)),
            (
                "ground",
                models.CharField(
                    max_length=16,
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
                ),
            ),
            ("decided_by", models.UUIDField(editable=False)),
            ("decided_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(
                        ground__in=words("""
17(3)(a) 17(3)(b) 17(3)(c) 17(3)(d) 17(3)(e) retained_by_law 15(4) 20(1) 16 21(1) 12(5) 12(2)
shown_in_full
""")
                    ),
                    name="item_refused_for_a_known_ground",
                ),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "request"], name="item_by_request"),
            ],
        },
    ),
    migrations.CreateModel(
        "RecipientNotice",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "request",
                models.ForeignKey(
                    related_name="notices",
                    on_delete=models.DO_NOTHING,
                    to="governance.rightsrequest",
                    db_constraint=False,
                ),
            ),
            (
                "recipient",
                models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.recipient", db_constraint=False),
            ),
            (
                "state",
                models.CharField(
                    max_length=12, default="pending", choices=titled("pending delivered failed impossible")
                ),
            ),
            (
                "channel",
                models.CharField(
                    max_length=40,
                    blank=True,
                    choices=plain("""
web app chat api portal email letter phone branch key operator offboarding age ledger
"""),
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("told_by", models.UUIDField(null=True)),
            ("told_at", models.DateTimeField(null=True)),
            ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "request", "recipient"], name="recipient_told_once"),
                models.CheckConstraint(
                    condition=Q(state__in=["pending", "delivered", "failed", "impossible"]),
                    name="notice_in_a_known_state",
                ),
                models.CheckConstraint(
                    condition=Q(
                        channel__in=[
                            "",
                            "web",
                            "app",
                            "chat",
                            "api",
                            "portal",
                            "email",
                            "letter",
                            "phone",
                            "branch",
                            "key",
                            "operator",
                            "offboarding",
                            "age",
                            "ledger",
                        ]
                    ),
                    name="notice_by_a_known_channel",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        "CopyLink",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            (
                "request",
                models.ForeignKey(
                    related_name="links",
                    on_delete=models.DO_NOTHING,
                    to="governance.rightsrequest",
                    db_constraint=False,
                ),
            ),
            ("secret_sha256", models.BinaryField(max_length=32)),
            ("issued_by", models.UUIDField(editable=False)),
            ("issued_at", models.DateTimeField(db_default=Now(), editable=False)),
            ("expires_at", models.DateTimeField()),
            ("used_at", models.DateTimeField(null=True)),
        ],
        options={
            "indexes": [
                models.Index(fields=["tenant_id", "issued_at", "id"], name="link_by_time"),
            ],
        },
    ),
]
