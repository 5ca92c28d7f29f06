"""Indexes that the lists of the console are read by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("governance", "0022_portal")]

    operations = [
        migrations.AddIndex("auditevent", models.Index(fields=["tenant_id", "type", "at"], name="audit_by_type")),
        migrations.AddIndex(
            "auditevent",
            models.Index(condition=~models.Q(reason="allowed"), fields=["tenant_id", "at"], name="audit_refused"),
        ),
        migrations.AddIndex(
            "breakglass", models.Index(fields=["tenant_id", "opened_at", "id"], name="break_glass_by_time")
        ),
        migrations.AddIndex(
            "certificate", models.Index(fields=["tenant_id", "issued_at", "id"], name="certificate_by_time")
        ),
        migrations.AddIndex("copylink", models.Index(fields=["tenant_id", "issued_at", "id"], name="link_by_time")),
        migrations.AddIndex("legalhold", models.Index(fields=["tenant_id", "requested_at", "id"], name="hold_by_time")),
        migrations.AddIndex(
            "objection",
            models.Index(
                "tenant_id", "outcome", models.F("made_at").desc(), models.F("id").desc(), name="objection_list"
            ),
        ),
        migrations.AddIndex(
            "rightsrequest",
            models.Index(
                "tenant_id", models.F("closed_at").desc(nulls_first=True), "due_at", "id", name="request_list"
            ),
        ),
    ]
