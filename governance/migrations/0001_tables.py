"""The tables of who may do what, and of the record of what was done. Their rules follow in the next migration."""

from django.db import migrations

from governance.migrations.tables import erasures, evidence, organisation, people, rights, subjects


class Migration(migrations.Migration):
    initial = True
    dependencies = [("contenttypes", "0002_remove_content_type_name")]
    operations = [
        *organisation.TABLES,
        *subjects.TABLES,
        *rights.TABLES,
        *people.TABLES,
        *erasures.TABLES,
        *evidence.TABLES,
    ]
