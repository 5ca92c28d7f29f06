"""What came through an agent, app or run is found by it, in sources as in memories."""

from django.db import migrations, models

REFS = ("agent_ref", "app_ref", "run_ref")


class Migration(migrations.Migration):
    dependencies = [("memstore", "0041_small_messages")]
    operations = [
        migrations.AddIndex(
            "source",
            models.Index(
                fields=["tenant_id", ref],
                condition=models.Q(**{f"{ref}__isnull": False}),
                name=f"source_by_{ref}",
            ),
        )
        for ref in REFS
    ]
