"""Decisions to destroy are sealed, a request knows in which sitting it was opened, and two states are new."""

from django.db import migrations, models

REQUEST_STATES = ["received", "verified", "partly_done", "done", "refused", "cancelled", "duplicate"]
ERASURE_STATES = ["planned", "running", "waiting", "done", "rejected"]
MAC = "Of what was approved, under a key of the other database."


def words(states: list[str]) -> list[tuple[str, str]]:
    return [(state, state.replace("_", " ").title()) for state in states]


def known_state(model: str, name: str, before: list[str], new: str) -> list[migrations.operations.base.Operation]:
    """The constraint anew, with one word more."""
    return [
        migrations.RemoveConstraint(model, name),
        migrations.AddConstraint(
            model, models.CheckConstraint(condition=models.Q(state__in=[*before, new]), name=name)
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("governance", "0042_attempts")]
    operations = [
        migrations.AddField(
            "rightsrequest",
            "opened_in",
            models.UUIDField(null=True, editable=False, help_text="The sitting of the portal, if it was one."),
        ),
        migrations.AddField("erasure", "approval_mac", models.BinaryField(max_length=32, null=True, help_text=MAC)),
        migrations.AddField(
            "offboarding",
            "approval_mac",
            models.BinaryField(max_length=32, null=True, help_text="As that of an erasure."),
        ),
        migrations.AddField("subjectpurpose", "shred_mac", models.BinaryField(max_length=32, null=True)),
        migrations.AddField("subjectpurpose", "consent_mac", models.BinaryField(max_length=32, null=True)),
        *known_state("rightsrequest", "request_in_a_known_state", REQUEST_STATES, "erased"),
        *known_state("erasure", "erasure_in_a_known_state", ERASURE_STATES, "failed"),
        migrations.AlterField(
            "rightsrequest",
            "state",
            models.CharField(choices=words([*REQUEST_STATES, "erased"]), default="received", max_length=12),
        ),
        migrations.AlterField(
            "erasure",
            "state",
            models.CharField(choices=words([*ERASURE_STATES, "failed"]), default="planned", max_length=8),
        ),
    ]
