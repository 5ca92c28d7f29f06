"""Who signs in through the organisation's own identity provider."""

from django.db import migrations, models

from governance.models.base import choices
from governance.vocabulary import Action


class Migration(migrations.Migration):
    dependencies = [("governance", "0023_lists")]
    operations = [
        migrations.AddField("staffuser", "sign_on_mac", models.BinaryField(max_length=32, null=True)),
        migrations.AddConstraint(
            "staffuser",
            models.UniqueConstraint(fields=("tenant_id", "sign_on_mac"), name="one_account_per_sign_on"),
        ),
        # Django's record of the vocabulary, which the database does not hold: as it is, not as it was.
        migrations.AlterField("auditevent", "type", models.CharField(choices=choices(Action), max_length=24)),
    ]
