"""Indexes that the lists of the console are read by."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0022_portal")]
    operations = []
