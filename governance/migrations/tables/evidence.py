"""The audit trail with its proof, and the changes of configuration."""

from uuid import UUID

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Cast, Now, NullIf

from governance.migrations.tables.words import plain

# Django makes no partitioned tables. An event's partition is the month of `at`; the months are made by a function.
AUDIT_EVENT = (
    """
    CREATE TABLE governance_auditevent (
        id uuid NOT NULL,
        tenant_id uuid NOT NULL,
        at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
        policy_version smallint NOT NULL CHECK (policy_version >= 0),
        n_items integer NOT NULL CHECK (n_items >= 0),
        principal_id uuid NOT NULL,
        request_id uuid NOT NULL,
        salt uuid DEFAULT gen_random_uuid() NOT NULL,
        subject_id uuid,
        object_id uuid,
        purpose_version_id uuid,
        address inet,
        type varchar(24) NOT NULL,
        reason varchar(24) NOT NULL,
        role varchar(24) NOT NULL,
        job varchar(24),
        lawful_basis varchar(24),
        item_digest bytea,
        items bytea,
        PRIMARY KEY (id, at),
        CONSTRAINT audit_words_not_text CHECK (concat_ws('', type, reason, role, job, lawful_basis) ~ '^[a-z0-9_]+$'),
        CONSTRAINT audit_actor_is_known
            CHECK (principal_id <> '00000000-0000-0000-0000-000000000000' OR job IS NOT NULL),
        CONSTRAINT audit_digest_is_sha256 CHECK (octet_length(item_digest) = 32),
        CONSTRAINT audit_items_are_pairs CHECK (octet_length(items) % 20 = 0 AND octet_length(items) <= 20000)
    ) PARTITION BY RANGE (at)
    """,
    # Inside CREATE TABLE it needs PostgreSQL 16; the partitions inherit it.
    "ALTER TABLE governance_auditevent ALTER COLUMN items SET STORAGE EXTERNAL",
    "CREATE INDEX audit_by_time ON governance_auditevent (tenant_id, at)",
    "CREATE INDEX audit_by_subject ON governance_auditevent (tenant_id, subject_id, at)",
    "CREATE INDEX audit_by_principal ON governance_auditevent (tenant_id, principal_id, at)",
    "CREATE INDEX audit_by_type ON governance_auditevent (tenant_id, type, at)",
    "CREATE INDEX audit_refused ON governance_auditevent (tenant_id, at) WHERE NOT (reason = 'allowed')",
)

TABLES = [
    migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.CreateModel(
                "AuditEvent",
                [
                    ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                    ("tenant_id", models.UUIDField(editable=False)),
                    ("at", models.DateTimeField(db_default=Now(), editable=False)),
                    (
                        "type",
                        models.CharField(
                            max_length=24,
                            choices=plain("""
remember extract recall read browse history revise forget forget_scope list_subjects read_event
connect authenticate grant_consent withdraw_consent read_consent object read_objections
settle_objection restrict lift_restriction declare_age set_contract_end open_request read_requests
follow_request verify_request extend_request pause_request resume_request refuse_request
cancel_request fulfil_request escalate_request plan_erasure approve_erasure withdraw_erasure
reject_erasure erase scan_erasure certify_erasure read_certificate list_certificates list_links
notify_recipient link_copy make_copy hand_out_copy issue_portal_link open_portal read_portal
extend_sitting read_own_access issue_code prove_identity sign_in sign_out step_up link_sign_on
look_up_subject inspect read_quarantine release reject break_glass review_break_glass
read_configuration create_tenant configure_tenant create_purpose revise_purpose record_compatibility
end_compatibility approve_loosening decline_loosening withdraw_loosening register_notice
propose_rule preview_rule approve_rule decline_rule withdraw_rule propose_rule_end approve_rule_end
decline_rule_end withdraw_rule_end read_holds request_hold approve_hold decline_hold withdraw_hold
request_hold_release approve_hold_release decline_hold_release withdraw_hold_release request_key
approve_key decline_key withdraw_key claim_key revoke_key request_member approve_member
decline_member withdraw_member enrol_member suspend_member read_audit export_audit copy_audit
verify_audit read_report read_changes drop_audit witness_lost damage_found clock_jumped
ledger_damaged message_parked rotate_signing_key open_breach update_breach read_breaches
register_recipient read_recipients record_disclosure suspend_accounting expire shred apply_rules
rotate_keys destroy_epoch restore request_offboarding approve_offboarding decline_offboarding
withdraw_offboarding offboard_tenant
"""),
                        ),
                    ),
                    (
                        "reason",
                        models.CharField(
                            max_length=24,
                            choices=plain("""
allowed key_unknown key_revoked key_expired other_tenant capability_missing step_up_needed
purpose_missing purpose_not_allowed pinned_elsewhere consent_missing consent_ended objected
purpose_not_personal purpose_is_personal class_not_allowed no_ceiling subject_not_active
deletion_limit not_found unscoped wildcard_scope unreadable_scope sign_in_failed locked_out
same_person not_the_author own_membership role_unknown claim_unknown review_overdue reveal_needed
notice_unknown not_consent_based not_objectionable guardian_needed out_of_order duplicate
already_decided plan_changed identity_unverified request_not_open another_is_open deadline_passed
already_extended clock_never_stops already_destroyed approval_broken not_asked_here retained_by_law
link_unknown code_unknown keys_in_use invalid cannot_decide
"""),
                        ),
                    ),
                    ("policy_version", models.PositiveSmallIntegerField()),
                    ("principal_id", models.UUIDField(help_text="The nil UUID where `job` says who acted.")),
                    ("role", models.CharField(max_length=24)),
                    (
                        "job",
                        models.CharField(
                            max_length=24,
                            null=True,
                            choices=plain("""
door founding claim sweep retention sealer audit_check audit_drop witness alarm erasure clocks
receipt portal key_rotation restore operator
"""),
                        ),
                    ),
                    ("request_id", models.UUIDField()),
                    ("address", models.GenericIPAddressField(null=True, help_text="Where the request came from.")),
                    ("subject_id", models.UUIDField(null=True)),
                    ("object_id", models.UUIDField(null=True)),
                    ("purpose_version_id", models.UUIDField(null=True)),
                    (
                        "lawful_basis",
                        models.CharField(
                            max_length=24,
                            null=True,
                            choices=plain(
                                "consent contract legal_obligation vital_interests public_task legitimate_interests"
                            ),
                        ),
                    ),
                    ("n_items", models.PositiveIntegerField(default=0)),
                    ("item_digest", models.BinaryField(max_length=32, null=True)),
                    ("items", models.BinaryField(null=True)),
                    ("salt", models.UUIDField(db_default=RandomUUID(), editable=False)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["tenant_id", "at"], name="audit_by_time"),
                        models.Index(fields=["tenant_id", "subject_id", "at"], name="audit_by_subject"),
                        models.Index(fields=["tenant_id", "principal_id", "at"], name="audit_by_principal"),
                        models.Index(fields=["tenant_id", "type", "at"], name="audit_by_type"),
                        models.Index(fields=["tenant_id", "at"], condition=~Q(reason="allowed"), name="audit_refused"),
                    ],
                },
            )
        ],
        database_operations=[migrations.RunSQL(AUDIT_EVENT, "DROP TABLE governance_auditevent")],
    ),
    migrations.CreateModel(
        "AuditQueued",
        [
            ("event_id", models.UUIDField(primary_key=True, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        "AuditLeaf",
        [
            ("event_id", models.UUIDField(primary_key=True, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("index", models.BigIntegerField()),
            ("at", models.DateTimeField(help_text="Of the event: says which partition it is in.")),
            ("hash", models.BinaryField(max_length=32)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "index"], name="leaf_once"),
            ],
        },
    ),
    migrations.CreateModel(
        "TreeHead",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("size", models.BigIntegerField()),
            ("root", models.BinaryField(max_length=32)),
            ("frontier", models.BinaryField(help_text="Roots of the full subtrees, largest first, 32 bytes each.")),
            ("at", models.DateTimeField()),
            ("key_id", models.UUIDField()),
            ("signature", models.BinaryField(max_length=64)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "size"], name="head_once"),
            ],
        },
    ),
    migrations.CreateModel(
        "AuditAnchor",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("size", models.BigIntegerField()),
            ("kind", models.CharField(max_length=8, choices=plain("file s3"))),
            ("at", models.DateTimeField(db_default=Now())),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "kind", "size"], name="anchored_once"),
                models.CheckConstraint(condition=Q(kind__in=["file", "s3"]), name="anchor_of_a_known_kind"),
            ],
        },
    ),
    migrations.CreateModel(
        "AuditDrop",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("month", models.DateField()),
            ("runs", models.BinaryField()),
            ("n_events", models.BigIntegerField()),
            ("at", models.DateTimeField(db_default=Now())),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=["tenant_id", "month"], name="month_dropped_once"),
            ],
        },
    ),
    migrations.CreateModel(
        "AuditCheck",
        [
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            ("tenant_id", models.UUIDField(editable=False)),
            ("at", models.DateTimeField(db_default=Now())),
            (
                "problem",
                models.CharField(
                    max_length=16,
                    blank=True,
                    choices=plain("""
event_changed event_missing items_changed leaf_missing tail_cut head_rewritten head_unsigned
never_queued witness_differs key_used_unseen
"""),
                    help_text="Empty: intact.",
                ),
            ),
            ("size", models.BigIntegerField()),
            ("anchored_size", models.BigIntegerField(null=True, help_text="Empty: unanchored.")),
            ("unsealed", models.BigIntegerField()),
            ("first_bad_index", models.BigIntegerField(null=True)),
            ("seconds", models.FloatField()),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=Q(
                        problem__in=[
                            "",
                            "event_changed",
                            "event_missing",
                            "items_changed",
                            "leaf_missing",
                            "tail_cut",
                            "head_rewritten",
                            "head_unsigned",
                            "never_queued",
                            "witness_differs",
                            "key_used_unseen",
                        ]
                    ),
                    name="check_found_a_known_problem",
                ),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "-at"], name="check_by_time"),
            ],
        },
    ),
    migrations.CreateModel(
        "AdminChange",
        [
            ("changes", models.JSONField(verbose_name="change message", null=True)),
            ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
            (
                "tenant_id",
                models.UUIDField(
                    db_default=Cast(
                        NullIf(
                            models.Func(
                                models.Value("memstore.tenant"),
                                models.Value(value=True),
                                function="current_setting",
                                output_field=models.TextField(),
                            ),
                            models.Value(""),
                            output_field=models.TextField(),
                        ),
                        models.UUIDField(),
                    ),
                    editable=False,
                ),
            ),
            (
                "content_type",
                models.ForeignKey(related_name="+", on_delete=models.PROTECT, to="contenttypes.contenttype"),
            ),
            ("object_pk", models.CharField(max_length=64)),
            ("object_repr", models.CharField(max_length=64)),
            (
                "action",
                models.PositiveSmallIntegerField(choices=[(0, "create"), (1, "update"), (2, "delete"), (3, "access")]),
            ),
            ("timestamp", models.DateTimeField(db_default=Now(), editable=False)),
            ("cid", models.CharField(max_length=36, help_text="The request that made it, as in the audit trail.")),
            ("serialized_data", models.JSONField(null=True)),
            ("principal_id", models.UUIDField(editable=False)),
            ("job", models.CharField(max_length=24, null=True, editable=False)),
        ],
        options={
            "ordering": ["-timestamp", "-id"],
            "constraints": [
                models.CheckConstraint(condition=Q(serialized_data__isnull=True), name="change_holds_no_object"),
                models.CheckConstraint(
                    condition=Q(object_pk__regex="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
                    & Q(object_repr__regex="^[a-z]+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
                    & Q(cid__regex="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
                    name="change_names_ids_only",
                ),
                models.CheckConstraint(condition=Q(action__in=(0, 1, 2)), name="change_is_a_change"),
                models.CheckConstraint(
                    condition=~Q(principal_id=UUID(int=0)) | Q(job__isnull=False), name="change_actor_is_known"
                ),
            ],
            "indexes": [
                models.Index(fields=["tenant_id", "-timestamp", "-id"], name="change_by_time"),
                models.Index(fields=["tenant_id", "object_pk"], name="change_by_object"),
            ],
        },
    ),
]
