"""Who signs in through the organisation's own identity provider."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0023_lists")]
    operations = []
