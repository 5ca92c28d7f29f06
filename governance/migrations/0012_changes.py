"""The table of configuration changes: row security, and it only grows."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import governance.acting
import governance.ids
import governance.models.changes
from governance.row_security import append_only, tenant_rows


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("governance", "0011_audit_by_months"),
    ]

    operations = [
        migrations.CreateModel(
            name="AdminChange",
            fields=[
                ("changes", models.JSONField(null=True, verbose_name="change message")),
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(db_default=governance.models.changes.CurrentTenant(), editable=False)),
                ("object_pk", models.CharField(max_length=64)),
                ("object_repr", models.CharField(max_length=64)),
                (
                    "action",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "create"), (1, "update"), (2, "delete"), (3, "access")]
                    ),
                ),
                (
                    "timestamp",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("cid", models.CharField(help_text="The request that made it, as in the audit trail.", max_length=36)),
                ("serialized_data", models.JSONField(null=True)),
                ("principal_id", models.UUIDField(default=governance.acting.principal_id, editable=False)),
                ("job", models.CharField(default=governance.acting.job, editable=False, max_length=24, null=True)),
                (
                    "content_type",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
            ],
            options={
                "ordering": ["-timestamp", "-id"],
                "indexes": [
                    models.Index(fields=["tenant_id", "-timestamp", "-id"], name="change_by_time"),
                    models.Index(fields=["tenant_id", "object_pk"], name="change_by_object"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("serialized_data__isnull", True)), name="change_holds_no_object"
                    )
                ],
            },
        ),
        tenant_rows("governance_adminchange"),
        *append_only("governance_adminchange"),
    ]
