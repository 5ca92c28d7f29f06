"""Ids that look like one person's: found by a keyed fingerprint beside the exact one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("keyring", "0081_functions_of_the_owner")]
    operations = [
        migrations.AddField("identity", "skeleton", models.BinaryField(max_length=32, null=True)),
        migrations.AddIndex(
            "identity", models.Index(fields=["tenant_id", "kind", "skeleton"], name="identity_by_skeleton")
        ),
    ]
