"""A key needs a second person: the rules that the rows of old now keep as well."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("governance", "0007_keys_of_old_were_approved")]

    operations = [
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="key_approved_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_by__isnull", True), ("approved_at__isnull", True)),
                    models.Q(("approved_by__isnull", False), ("approved_at__isnull", False)),
                    _connector="OR",
                ),
                name="key_approved_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(("secret_sha256__isnull", True), ("approved_by__isnull", False), _connector="OR"),
                name="no_secret_before_the_approval",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "capabilities__contained_by",
                        [
                            "remember",
                            "recall",
                            "recall.special",
                            "forget",
                            "forget_subject",
                            "list_subjects",
                            "shared.write",
                            "consent.grant",
                        ],
                    )
                ),
                name="key_holds_machine_capabilities",
            ),
        ),
    ]
