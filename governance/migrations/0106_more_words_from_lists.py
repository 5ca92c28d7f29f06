"""What purposes do with each class, and what a check of the trail found, are words from lists in the database too.

Not asked of rows of before, whose tables are append-only.
"""

from django.db import migrations, models

HANDLING = ["allow", "mask", "quarantine", "refuse"]
CONDITIONS = ["", *(f"9(2)({letter})" for letter in "abcdefghij")]
PROBLEMS = [
    "",
    "event_changed",
    "event_missing",
    "items_changed",
    "leaf_missing",
    "tail_cut",
    "head_rewritten",
    "head_unsigned",
    "never_queued",
    "witness_differs",
    "key_used_unseen",
]
# (model, name, field, words)
CHECKS = (
    ("purposeversion", "identifiers_are_handled", "identifiers", HANDLING),
    ("purposeversion", "secrets_are_handled", "secrets", HANDLING),
    ("purposeversion", "special_categories_are_handled", "special", HANDLING),
    ("purposeversion", "criminal_matters_are_handled", "criminal", HANDLING),
    ("purposeversion", "the_unknown_is_handled", "unknown", HANDLING),
    ("purposeversion", "condition_of_article_9", "article9_condition", CONDITIONS),
    ("auditcheck", "check_found_a_known_problem", "problem", PROBLEMS),
)


def _check(model: str, name: str, field: str, words: list[str]) -> migrations.SeparateDatabaseAndState:
    listed = ", ".join(f"'{word}'" for word in words)
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                sql=f"ALTER TABLE governance_{model} ADD CONSTRAINT {name} CHECK ({field} IN ({listed})) NOT VALID",
                reverse_sql=f"ALTER TABLE governance_{model} DROP CONSTRAINT {name}",
            )
        ],
        state_operations=[
            migrations.AddConstraint(
                model, models.CheckConstraint(condition=models.Q(**{f"{field}__in": words}), name=name)
            )
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("governance", "0105_words_from_lists")]
    operations = [_check(*check) for check in CHECKS]
