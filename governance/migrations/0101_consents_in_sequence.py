"""Consents and protections in the order in which the database took them in; no consent from the future."""

from django.db import migrations, models

NOT_OF_THE_FUTURE = models.CheckConstraint(
    condition=~models.Q(action="grant") | models.Q(happened_at__lte=models.F("created_at")),
    name="consent_is_not_of_the_future",
)


class Migration(migrations.Migration):
    dependencies = [("governance", "0091_proposals_end")]
    operations = [
        migrations.RunSQL(
            sql="CREATE SEQUENCE governance_consent_sequence",
            reverse_sql="DROP SEQUENCE governance_consent_sequence",
        ),
        # Rows of before are numbered as they lie: the table was only ever added to.
        migrations.AddField(
            "consentevent",
            "sequence",
            models.BigIntegerField(
                db_default=models.Func(models.Value("governance_consent_sequence"), function="nextval"),
                editable=False,
            ),
        ),
        migrations.RemoveIndex("consentevent", "consent_history"),
        migrations.AddIndex(
            "consentevent",
            models.Index(fields=["tenant_id", "subject", "purpose_id", "sequence"], name="consent_in_sequence"),
        ),
        migrations.RunSQL(
            sql="CREATE SEQUENCE governance_protection_sequence",
            reverse_sql="DROP SEQUENCE governance_protection_sequence",
        ),
        migrations.AddField(
            "protection",
            "sequence",
            models.BigIntegerField(
                db_default=models.Func(models.Value("governance_protection_sequence"), function="nextval"),
                editable=False,
            ),
        ),
        migrations.RemoveIndex("protection", "protection_by_time"),
        migrations.AddIndex(
            "protection", models.Index(fields=["tenant_id", "sequence"], name="protection_in_sequence")
        ),
        # Not asked of the rows of before: some minutes of the caller's future were allowed then.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    sql="ALTER TABLE governance_consentevent ADD CONSTRAINT consent_is_not_of_the_future"
                    " CHECK (NOT (action = 'grant') OR happened_at <= created_at) NOT VALID",
                    reverse_sql="ALTER TABLE governance_consentevent DROP CONSTRAINT consent_is_not_of_the_future",
                )
            ],
            state_operations=[migrations.AddConstraint("consentevent", NOT_OF_THE_FUTURE)],
        ),
    ]
