"""The ground for which an objection is overridden is a word from a list: it also stands in the ledger, for good."""

from django.db import migrations, models

GROUNDS = ["legal_claims", "fraud_prevention", "network_security", "rights_of_others", "public_interest"]


class Migration(migrations.Migration):
    dependencies = [("governance", "0106_more_words_from_lists")]
    operations = [
        migrations.AlterField(
            "objection",
            "ground",
            models.CharField(
                blank=True, choices=[(word, word.replace("_", " ").title()) for word in GROUNDS], max_length=40
            ),
        ),
        migrations.AddConstraint(
            "objection",
            models.CheckConstraint(condition=models.Q(ground__in=["", *GROUNDS]), name="objection_by_a_known_ground"),
        ),
    ]
