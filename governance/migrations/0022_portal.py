"""The person's own page: links, sittings and one-time codes."""

from datetime import timedelta

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.ids
from governance.models.base import choices
from governance.row_security import tenant_rows
from governance.vocabulary import ReasonCode, SystemJob

BEFORE = [
    "remember",
    "recall",
    "recall.special",
    "forget",
    "forget_subject",
    "list_subjects",
    "shared.write",
    "consent.grant",
    "rights.request",
]
CAPABILITIES = [*BEFORE, "portal.issue"]
TABLES = ("governance_portallink", "governance_portalsitting", "governance_portalcode")
# (table, column, referenced table): every reference includes the tenant, so that no error tells of another's rows.
REFERENCES = (
    ("governance_portallink", "subject_id", "governance_subject"),
    ("governance_portalsitting", "subject_id", "governance_subject"),
    ("governance_portalsitting", "link_id", "governance_portallink"),
    ("governance_portalcode", "request_id", "governance_rightsrequest"),
)


class Migration(migrations.Migration):
    dependencies = [("governance", "0021_sessions_end_when_idle")]
    operations = [
        migrations.CreateModel(
            name="PortalLink",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "subject",
                    models.ForeignKey(to="governance.subject", on_delete=models.DO_NOTHING, db_constraint=False),
                ),
                ("secret_sha256", models.BinaryField(max_length=32)),
                ("issued_by", models.UUIDField(editable=False)),
                ("issued_at", models.DateTimeField(editable=False)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="portal_link_in_tenant"),
                    models.CheckConstraint(
                        condition=models.Q(expires_at__gt=models.F("issued_at"))
                        & models.Q(expires_at__lte=models.F("issued_at") + timedelta(hours=24)),
                        name="portal_link_lives_a_day_at_most",
                    ),
                ],
                "indexes": [models.Index(fields=["tenant_id", "subject"], name="portal_link_by_subject")],
            },
        ),
        migrations.CreateModel(
            name="PortalSitting",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "link",
                    models.ForeignKey(to="governance.portallink", on_delete=models.DO_NOTHING, db_constraint=False),
                ),
                (
                    "subject",
                    models.ForeignKey(to="governance.subject", on_delete=models.DO_NOTHING, db_constraint=False),
                ),
                ("secret_sha256", models.BinaryField(max_length=32)),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("expires_at", models.DateTimeField()),
                ("idle_until", models.DateTimeField()),
                ("proved_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "link"), name="portal_link_opens_once"),
                ],
                "indexes": [models.Index(fields=["tenant_id", "subject"], name="portal_sitting_by_subject")],
            },
        ),
        migrations.CreateModel(
            name="PortalCode",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "request",
                    models.ForeignKey(to="governance.rightsrequest", on_delete=models.DO_NOTHING, db_constraint=False),
                ),
                ("code_mac", models.BinaryField(max_length=32)),
                ("issued_by", models.UUIDField(editable=False)),
                (
                    "issued_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("expires_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "request"), name="one_code_per_request"),
                ],
            },
        ),
        *(tenant_rows(table) for table in TABLES),
        *(
            migrations.RunSQL(
                sql=f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_in_tenant"
                f" FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id)",
                reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_in_tenant",
            )
            for table, column, target in REFERENCES
        ),
        # A capability that keys may hold from here on.
        migrations.RemoveConstraint("apikey", "key_holds_machine_capabilities"),
        migrations.AlterField(
            "apikey",
            "capabilities",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(choices=[(one, one) for one in CAPABILITIES], max_length=40), size=None
            ),
        ),
        migrations.AddConstraint(
            "apikey",
            models.CheckConstraint(
                condition=models.Q(capabilities__contained_by=CAPABILITIES), name="key_holds_machine_capabilities"
            ),
        ),
        # Django's record of the vocabulary, which the database does not hold: as it is, not as it was.
        migrations.AlterField(
            "auditevent", "job", models.CharField(choices=choices(SystemJob), max_length=24, null=True)
        ),
        migrations.AlterField("auditevent", "reason", models.CharField(choices=choices(ReasonCode), max_length=24)),
    ]
