"""Proposals are declined with a reason, or withdrawn by who made them: four columns, and what may be in them."""

from django.db import migrations, models

HOW = [("declined", "Declined"), ("withdrawn", "Withdrawn")]
WHY = [
    ("not_needed", "Not Needed"),
    ("wrong_person", "Wrong Person"),
    ("wrong_details", "Wrong Details"),
    ("too_broad", "Too Broad"),
    ("no_legal_ground", "No Legal Ground"),
    ("case_open", "Case Open"),
]
# (model, prefix of its constraints)
PROPOSALS = (
    ("apikey", "key"),
    ("legalhold", "hold"),
    ("offboarding", "offboarding"),
    ("retention", "rule"),
    ("staffuser", "staff"),
)
NONE = models.Q(ended_at__isnull=True)
DECLINED = models.Q(ended_as="declined", ended_reason__in=[word for word, _ in WHY])
WITHDRAWN = models.Q(ended_as="withdrawn", ended_reason="")
BY_WHOM = models.Q(ended_at__isnull=False, ended_by__isnull=False)


def columns(model: str) -> list[migrations.AddField]:
    """How the last proposal of a row ended, why, by whom and when."""
    return [
        # Empty in rows that are there already; from then on each writer says it.
        migrations.AddField(
            model,
            "ended_as",
            models.CharField(blank=True, choices=HOW, default="", max_length=9),
            preserve_default=False,
        ),
        migrations.AddField(
            model,
            "ended_reason",
            models.CharField(blank=True, choices=WHY, default="", max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(model, "ended_by", models.UUIDField(editable=False, null=True)),
        migrations.AddField(model, "ended_at", models.DateTimeField(editable=False, null=True)),
    ]


def constraints(model: str, prefix: str) -> list[migrations.AddConstraint]:
    """An end has its author, time and word, a refusal its reason; and what ended so is not approved afterwards."""
    return [
        migrations.AddConstraint(
            model,
            models.CheckConstraint(
                condition=(NONE & models.Q(ended_by__isnull=True, ended_as="", ended_reason=""))
                | (BY_WHOM & (DECLINED | WITHDRAWN)),
                name=f"{prefix}_ended_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model,
            models.CheckConstraint(
                condition=NONE | models.Q(approved_at__isnull=True) | models.Q(ended_at__gte=models.F("approved_at")),
                name=f"{prefix}_ended_is_not_approved",
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("governance", "0081_functions_of_the_owner")]

    operations = [
        *(operation for model, _ in PROPOSALS for operation in columns(model)),
        *(operation for model, prefix in PROPOSALS for operation in constraints(model, prefix)),
        # An account or an end of the tenant that was declined or withdrawn does not stand in the way of the next.
        migrations.RemoveConstraint("staffuser", "username_once"),
        migrations.AddConstraint(
            "staffuser",
            models.UniqueConstraint(fields=["tenant_id", "username"], condition=NONE, name="username_once"),
        ),
        migrations.RemoveConstraint("staffuser", "one_account_per_person"),
        migrations.AddConstraint(
            "staffuser",
            models.UniqueConstraint(
                fields=["tenant_id", "person_mac"],
                condition=models.Q(suspended_at__isnull=True, ended_at__isnull=True),
                name="one_account_per_person",
            ),
        ),
        migrations.RemoveConstraint("offboarding", "one_offboarding"),
        migrations.AddConstraint(
            "offboarding",
            models.UniqueConstraint(
                fields=["tenant_id"],
                condition=models.Q(finished_at__isnull=True, ended_at__isnull=True),
                name="one_offboarding",
            ),
        ),
    ]
