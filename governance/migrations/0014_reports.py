"""Breaches, recipients and disclosures, and what the records of processing name: rows of one tenant each."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.ids
from governance.row_security import append_only, tenant_rows

TABLES = (
    "governance_breach",
    "governance_recipient",
    "governance_disclosure",
    "governance_accountingsuspension",
)
# (table, column, referenced table): every reference includes the tenant, so that no error tells of another's rows.
REFERENCES = (
    ("governance_disclosure", "recipient_id", "governance_recipient"),
    ("governance_disclosure", "subject_id", "governance_subject"),
    ("governance_disclosure", "purpose_id", "governance_purpose"),
    ("governance_accountingsuspension", "recipient_id", "governance_recipient"),
    ("governance_accountingsuspension", "subject_id", "governance_subject"),
    ("governance_apikey", "recipient_id", "governance_recipient"),
)
# Cases stay listed (Art. 33(5)), and so does whom something was disclosed to: they are ended, never deleted.
KEPT = ("governance_breach", "governance_recipient")


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0013_audit_health"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="recipient_id",
            field=models.UUIDField(
                blank=True, help_text="Handed to somebody outside: what it reads is disclosed to them.", null=True
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="breach_hours",
            field=models.PositiveSmallIntegerField(
                default=72, help_text="Hours from awareness of a breach to the authority's notice (Art. 33(1))."
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="contact",
            field=models.CharField(blank=True, help_text="Of the controller (Art. 30(1)(a)).", max_length=200),
        ),
        migrations.AddField(
            model_name="tenant",
            name="dpo_contact",
            field=models.CharField(blank=True, help_text="Of its data protection officer.", max_length=200),
        ),
        migrations.CreateModel(
            name="Breach",
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
                            ("confidentiality", "Confidentiality"),
                            ("integrity", "Integrity"),
                            ("availability", "Availability"),
                        ],
                        max_length=16,
                    ),
                ),
                ("case_reference", models.CharField(max_length=64)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "principal_id",
                    models.UUIDField(help_text="Whose events are counted. Empty: everybody's.", null=True),
                ),
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
                "indexes": [models.Index(fields=["tenant_id", "-aware_at"], name="breach_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["confidentiality", "integrity", "availability"])),
                        name="breach_of_a_known_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("case_reference", ""), _negated=True), name="breach_names_a_case"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("since__lt", models.F("until"))), name="breach_has_a_window"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("aware_at__lte", models.F("opened_at"))),
                        name="breach_known_when_it_is_opened",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("notified_authority_at__isnull", True), ("notified_authority_by__isnull", True)),
                            models.Q(
                                ("notified_authority_at__isnull", False), ("notified_authority_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="breach_notified_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("informed_subjects_at__isnull", True), ("informed_subjects_by__isnull", True)),
                            models.Q(("informed_subjects_at__isnull", False), ("informed_subjects_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="breach_told_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="breach_closed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recipient",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("name", models.CharField(max_length=200)),
                ("address", models.CharField(blank=True, max_length=300)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("controller", "Controller"),
                            ("joint_controller", "Joint Controller"),
                            ("processor", "Processor"),
                            ("authority", "Authority"),
                            ("person", "Person"),
                        ],
                        max_length=16,
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
                (
                    "registered_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("ended_by", models.UUIDField(editable=False, null=True)),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="recipient_in_tenant"),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("tenant_id", "name"),
                        name="recipient_name_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["controller", "joint_controller", "processor", "authority", "person"])
                        ),
                        name="recipient_of_a_known_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="recipient_ended_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("at", models.DateTimeField()),
                (
                    "description",
                    models.CharField(
                        choices=[
                            ("memories_read", "Memories Read"),
                            ("memories", "Memories"),
                            ("summary", "Summary"),
                            ("copy", "Copy"),
                            ("identity", "Identity"),
                            ("audit_record", "Audit Record"),
                        ],
                        max_length=16,
                    ),
                ),
                ("recorded_by", models.UUIDField(editable=False)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.purpose"
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.subject"
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.recipient"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant_id", "subject", "at"], name="disclosure_by_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("description__in", ["audit_record", "copy", "identity", "memories", "summary"])
                        ),
                        name="disclosure_of_a_known_thing",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountingSuspension",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("until", models.DateTimeField()),
                ("case_reference", models.CharField(max_length=64)),
                ("oral", models.BooleanField(help_text="Asked for by word of mouth: 30 days at most.")),
                ("suspended_by", models.UUIDField(editable=False)),
                ("suspended_at", models.DateTimeField(editable=False)),
                (
                    "subject",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="governance.subject",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.recipient"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant_id", "recipient", "until"], name="suspension_by_recipient")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("case_reference", ""), _negated=True), name="suspension_names_a_case"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("suspended_at"))), name="suspension_has_a_period"
                    ),
                ],
            },
        ),
        *(tenant_rows(table) for table in TABLES),
        *append_only("governance_disclosure"),
        *append_only("governance_accountingsuspension"),
        *(
            migrations.RunSQL(
                sql=f"REVOKE DELETE, TRUNCATE ON {table} FROM memstore_app",
                reverse_sql=f"GRANT DELETE ON {table} TO memstore_app",
            )
            for table in KEPT
        ),
        *(
            migrations.RunSQL(
                sql=f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_in_tenant"
                f" FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id)",
                reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_in_tenant",
            )
            for table, column, target in REFERENCES
        ),
    ]
