"""One request about several ids of a person: a row for each, one clock, one case."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("governance", "0103_deletions_by_keys")]
    operations = [
        migrations.AddField("rightsrequest", "case_id", models.UUIDField(editable=False, null=True)),
        migrations.AddIndex("rightsrequest", models.Index(fields=["tenant_id", "case_id"], name="request_by_case")),
    ]
