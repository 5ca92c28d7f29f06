"""Channels, languages and file numbers are words from lists and of fixed forms: no place for a story.

Not asked of rows of before, whose tables may be append-only.
"""

from django.db import migrations, models

CHANNELS = [
    "web",
    "app",
    "chat",
    "api",
    "portal",
    "email",
    "letter",
    "phone",
    "branch",
    "key",
    "operator",
    "offboarding",
    "age",
    "ledger",
]
LANGUAGE = "^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3})?$"
FILE_NUMBER = "^[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}$"
IN_A_LIST = "channel IN ('" + "', '".join(CHANNELS) + "')"
# (model, name, condition for Django, condition for the database)
CHECKS = (
    ("consentevent", "consent_by_a_known_channel", models.Q(channel__in=CHANNELS), IN_A_LIST),
    (
        "consentevent",
        "consent_by_a_known_party",
        models.Q(given_by__in=["subject", "guardian"]),
        "given_by IN ('subject', 'guardian')",
    ),
    ("consentevent", "consent_in_a_language", models.Q(language__regex=LANGUAGE), f"language ~ '{LANGUAGE}'"),
    ("consentnotice", "notice_in_a_language", models.Q(language__regex=LANGUAGE), f"language ~ '{LANGUAGE}'"),
    ("rightsrequest", "request_by_a_known_channel", models.Q(channel__in=CHANNELS), IN_A_LIST),
    (
        "recipientnotice",
        "notice_by_a_known_channel",
        models.Q(channel__in=["", *CHANNELS]),
        f"channel = '' OR {IN_A_LIST}",
    ),
    (
        "accountingsuspension",
        "suspension_names_a_file_number",
        models.Q(case_reference__regex=FILE_NUMBER),
        f"case_reference ~ '{FILE_NUMBER}'",
    ),
)
CHOICES = [(one, one.replace("_", " ")) for one in CHANNELS]


class Migration(migrations.Migration):
    dependencies = [("governance", "0104_cases_of_several_ids")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    sql=f"ALTER TABLE governance_{model} ADD CONSTRAINT {name} CHECK ({sql}) NOT VALID",
                    reverse_sql=f"ALTER TABLE governance_{model} DROP CONSTRAINT {name}",
                )
                for model, name, _, sql in CHECKS
            ],
            state_operations=[
                *(
                    migrations.AddConstraint(model, models.CheckConstraint(condition=condition, name=name))
                    for model, name, condition, _ in CHECKS
                ),
                migrations.AlterField("consentevent", "channel", models.CharField(choices=CHOICES, max_length=40)),
                migrations.AlterField("rightsrequest", "channel", models.CharField(choices=CHOICES, max_length=40)),
                migrations.AlterField(
                    "recipientnotice", "channel", models.CharField(blank=True, choices=CHOICES, max_length=40)
                ),
            ],
        ),
    ]
