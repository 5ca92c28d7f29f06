"""What loosens a purpose or a setting waits for a second person."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import F, Q

import governance.ids
from governance.row_security import tenant_rows

TABLE = "governance_loosening"
REASONS = ["not_needed", "wrong_person", "wrong_details", "too_broad", "no_legal_ground", "case_open"]

NONE = Q(ended_at__isnull=True)


def named(*words: str) -> list[tuple[str, str]]:
    return [(word, word.replace("_", " ").title()) for word in words]


class Migration(migrations.Migration):
    dependencies = [("governance", "0071_sign_in")]
    operations = [
        migrations.AddField(
            "tenant",
            "auto_approve_staff_verified",
            models.BooleanField(
                default=False,
                help_text="Beside it: also where staff verified the person, if who verified is not who opened the"
                " request.",
            ),
        ),
        migrations.CreateModel(
            name="Loosening",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("requested_by", models.UUIDField(editable=False)),
                (
                    "requested_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("approved_by", models.UUIDField(editable=False, null=True)),
                ("approved_at", models.DateTimeField(editable=False, null=True)),
                (
                    "kind",
                    models.CharField(choices=named("purpose", "compatibility", "settings"), max_length=16),
                ),
                ("purpose_id", models.UUIDField(editable=False, null=True)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField()),
                (
                    "loosens",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                (
                    "object_id",
                    models.UUIDField(
                        help_text="What came of it: the version, the compatibility, the tenant.", null=True
                    ),
                ),
                ("ended_as", models.CharField(blank=True, choices=named("declined", "withdrawn"), max_length=9)),
                ("ended_reason", models.CharField(blank=True, choices=named(*REASONS), max_length=16)),
                ("ended_by", models.UUIDField(editable=False, null=True)),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                        name="loosening_approved_by_another",
                    ),
                    models.CheckConstraint(
                        condition=Q(("approved_by__isnull", True), ("approved_at__isnull", True))
                        | Q(("approved_by__isnull", False), ("approved_at__isnull", False)),
                        name="loosening_approved_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=(NONE & Q(ended_by__isnull=True, ended_as="", ended_reason=""))
                        | (
                            Q(ended_at__isnull=False, ended_by__isnull=False)
                            & (
                                Q(ended_as="declined", ended_reason__in=REASONS)
                                | Q(ended_as="withdrawn", ended_reason="")
                            )
                        ),
                        name="loosening_ended_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=NONE | Q(approved_at__isnull=True) | Q(ended_at__gte=F("approved_at")),
                        name="loosening_ended_is_not_approved",
                    ),
                    models.CheckConstraint(
                        condition=Q(kind__in=["purpose", "compatibility", "settings"]),
                        name="loosening_of_a_known_kind",
                    ),
                ],
            },
        ),
        tenant_rows(TABLE),
        migrations.RunSQL(
            sql=[
                f"REVOKE DELETE, TRUNCATE ON {TABLE} FROM memstore_app",
                f"CREATE TRIGGER kept_rows BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION memstore_kept()",
                f"CREATE TRIGGER kept_table BEFORE TRUNCATE ON {TABLE} EXECUTE FUNCTION memstore_kept()",
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
