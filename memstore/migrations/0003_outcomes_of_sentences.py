"""Reasons why sentences were kept or dropped, beside the jobs that read them."""

from django.db import migrations, models


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
    ]
