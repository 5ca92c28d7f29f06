"""Since when nothing needs an identity is noted beside it, out of the data database's reach."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("keyring", "0081_functions_of_the_owner")]
    operations = [
        migrations.AddField("identity", "unneeded_since", models.DateTimeField(null=True)),
    ]
