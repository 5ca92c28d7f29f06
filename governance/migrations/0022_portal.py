"""The person's own page: links, sittings and one-time codes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0021_sessions_end_when_idle")]
    operations = []
