"""Keeping current: slots, sightings, replacements, forgotten wordings, raised statements, and why sentences were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import Model

TENANT = "(SELECT nullif(current_setting('memstore.tenant', true), '')::uuid)"
TABLES = (
    "memstore_slot",
    "memstore_sighting",
    "memstore_replacement",
    "memstore_forgottenwording",
    "memstore_raisedstatement",
)
# (table, column, referenced table): every reference includes the tenant, so that no error tells of another's rows.
REFERENCES = (
    ("memstore_slot", "memory_id", "memstore_memory"),
    ("memstore_sighting", "memory_id", "memstore_memory"),
    ("memstore_replacement", "old_id", "memstore_memory"),
    ("memstore_replacement", "new_id", "memstore_memory"),
    ("memstore_forgottenwording", "subject_id", "governance_subject"),
    ("memstore_raisedstatement", "memory_id", "memstore_memory"),
)
REFS = ("agent_ref", "app_ref", "run_ref")


def row() -> list[tuple[str, models.UUIDField[UUID, UUID]]]:
    return [
        ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
        ("tenant_id", models.UUIDField(editable=False)),
    ]


def to_memory(related_name: str) -> models.ForeignKey[Model, Model]:
    return models.ForeignKey("memstore.Memory", models.DO_NOTHING, db_constraint=False, related_name=related_name)


class Migration(migrations.Migration):
    dependencies = [("memstore", "0002_database_rules")]
    operations = [
        migrations.AddField(
            "Job",
            "outcomes",
            models.JSONField(
                default=dict, help_text="Why sentences were kept or dropped: reasons and numbers, no words."
            ),
        ),
        migrations.AddField(
            "Memory", "replaced_by", models.UUIDField(null=True, help_text="The memory that took its place.")
        ),
        migrations.AddField(
            "Memory",
            "last_seen_at",
            models.DateTimeField(
                null=True, help_text="Said again at: its retention counts from here. NULL: said once."
            ),
        ),
        migrations.AddField("Card", "current", models.BooleanField(default=True, db_default=True)),
        migrations.CreateModel(
            "Slot",
            [
                *row(),
                ("memory", to_memory("slots")),
                ("subject_id", models.UUIDField()),
                ("purpose_id", models.UUIDField()),
                ("mac", models.BinaryField(max_length=32)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant_id", "subject_id", "purpose_id", "mac"], name="slot_taken_once"
                    )
                ],
                "indexes": [models.Index(fields=["tenant_id", "memory"], name="slot_by_memory")],
            },
        ),
        migrations.CreateModel(
            "Sighting",
            [
                *row(),
                ("agent_ref", models.UUIDField(null=True)),
                ("app_ref", models.UUIDField(null=True)),
                ("run_ref", models.UUIDField(null=True)),
                ("memory", to_memory("sightings")),
                ("subject_id", models.UUIDField()),
                ("purpose_id", models.UUIDField()),
                ("sealed", models.BinaryField()),
                ("source_id", models.UUIDField(null=True)),
                ("principal_id", models.UUIDField()),
                ("job_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "memory"], name="sighting_by_memory"),
                    models.Index(fields=["tenant_id", "subject_id", "purpose_id"], name="sighting_by_subject"),
                    *(
                        models.Index(
                            fields=["tenant_id", ref],
                            condition=Q(**{f"{ref}__isnull": False}),
                            name=f"sighting_by_{ref}",
                        )
                        for ref in REFS
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "Replacement",
            [
                *row(),
                ("old", to_memory("replacements")),
                ("new", to_memory("replaces")),
                ("subject_id", models.UUIDField()),
                ("purpose_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        max_length=12,
                        choices=[
                            ("supersedes", "Supersedes"),
                            ("retracts", "Retracts"),
                            ("partly", "Partly"),
                            ("contradicts", "Contradicts"),
                        ],
                    ),
                ),
                ("made_at", models.DateTimeField(db_default=Now())),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant_id", "old", "new"], name="replaced_once_by_each"),
                    models.CheckConstraint(condition=~Q(old=F("new")), name="no_memory_replaces_itself"),
                ],
                "indexes": [
                    models.Index(fields=["tenant_id", "new"], name="replacement_by_new"),
                    models.Index(fields=["tenant_id", "subject_id", "purpose_id"], name="replacement_by_subject"),
                    models.Index(
                        fields=["tenant_id", "made_at"],
                        condition=Q(kind="contradicts", settled_at=None),
                        name="contradiction_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "ForgottenWording",
            [
                *row(),
                (
                    "subject",
                    models.ForeignKey("governance.Subject", models.DO_NOTHING, db_constraint=False, related_name="+"),
                ),
                ("purpose_id", models.UUIDField()),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("forgotten_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant_id", "subject", "purpose_id", "fingerprint"], name="wording_forgotten_once"
                    )
                ],
                "indexes": [models.Index(fields=["tenant_id", "expires_at"], name="forgotten_by_end")],
            },
        ),
        migrations.CreateModel(
            "RaisedStatement",
            [
                *row(),
                ("memory", to_memory("raised")),
                ("subject_id", models.UUIDField()),
                ("purpose_id", models.UUIDField()),
                ("kind", models.CharField(max_length=12, choices=[("objection", "Objection")])),
                ("raised_at", models.DateTimeField(db_default=Now())),
                ("handled_at", models.DateTimeField(null=True)),
                ("handled_by", models.UUIDField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        max_length=20,
                        choices=[
                            ("recorded", "Recorded"),
                            ("no_objection", "No Objection"),
                            ("not_objectionable", "Not Objectionable"),
                        ],
                        blank=True,
                        default="",
                        db_default="",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant_id", "memory", "kind"],
                        condition=Q(handled_at=None),
                        name="statement_waits_once",
                    )
                ],
                "indexes": [
                    models.Index(fields=["tenant_id", "memory"], name="statement_by_memory"),
                    models.Index(fields=["tenant_id", "subject_id", "purpose_id"], name="statement_by_subject"),
                    models.Index(
                        fields=["tenant_id", "raised_at"], condition=Q(handled_at=None), name="statement_waiting"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            [
                statement.format(table)
                for table in TABLES
                for statement in (
                    "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
                    "ALTER TABLE {} FORCE ROW LEVEL SECURITY",
                    f"CREATE POLICY tenant_rows ON {{}} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})",
                )
            ],
            [
                statement.format(table)
                for table in TABLES
                for statement in (
                    "DROP POLICY tenant_rows ON {}",
                    "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
                    "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
                )
            ],
        ),
        migrations.RunSQL(
            [
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_in_tenant"
                f" FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id)"
                for table, column, target in REFERENCES
            ],
            [f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_in_tenant" for table, column, _ in REFERENCES],
        ),
        # Ciphertext does not compress; trying costs time on every write.
        migrations.RunSQL(
            "ALTER TABLE memstore_sighting ALTER COLUMN sealed SET STORAGE EXTERNAL",
            "ALTER TABLE memstore_sighting ALTER COLUMN sealed SET STORAGE EXTENDED",
        ),
    ]
