"""Indexes that the lists and counts of the console are read by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("governance", "0023_lists"), ("memstore", "0008_rectified_wordings")]

    operations = [
        # With the purpose, what ends per week and purpose is counted from the index alone.
        migrations.RemoveIndex("memory", "memory_by_end"),
        migrations.AddIndex(
            "memory", models.Index(fields=["tenant_id", "destroy_at", "purpose_id"], name="memory_by_end")
        ),
        migrations.AddIndex("memory", models.Index(fields=["tenant_id", "expires_at"], name="memory_by_expiry")),
        migrations.AddIndex(
            "memory", models.Index(fields=["tenant_id", "purpose_id", "data_class", "state"], name="memory_by_purpose")
        ),
        migrations.AddIndex(
            "memory",
            models.Index(condition=models.Q(state="restricted"), fields=["tenant_id"], name="memory_restricted"),
        ),
        migrations.AddIndex("job", models.Index(fields=["tenant_id", "created_at", "id"], name="job_by_time")),
        migrations.AddIndex(
            "job",
            models.Index(
                condition=~models.Q(status="SUCCEEDED"),
                fields=["tenant_id", "status", "created_at"],
                name="job_not_done",
            ),
        ),
    ]
