"""Since when nothing needs an identity is noted beside it, out of the data database's reach."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("keyring", "0007_keys_by_epoch")]
    operations = [
        migrations.AddField("identity", "unneeded_since", models.DateTimeField(null=True)),
    ]
