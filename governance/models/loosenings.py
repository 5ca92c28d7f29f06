"""Loosenings: changes of configuration that loosen and wait for a second person."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from governance.models.base import Proposal, both_or_none, proposal_ends, two_people


class LooseningKind(models.TextChoices):
    PURPOSE = "purpose"  # a new version of it
    COMPATIBILITY = "compatibility"
    SETTINGS = "settings"  # of the organisation


class Loosening(Proposal):
    """One proposal to loosen.

    `before` and `after` are shown to the second person, whose approval is bound to their digest.
    """

    kind = models.CharField(max_length=16, choices=LooseningKind.choices)
    purpose_id = models.UUIDField(null=True, editable=False)
    before = models.JSONField(default=dict)
    after = models.JSONField()
    loosens = ArrayField(models.CharField(max_length=40))
    object_id = models.UUIDField(null=True, help_text="What came of it: the version, the compatibility, the tenant.")

    class Meta:
        constraints = [
            two_people("loosening_approved_by_another"),
            both_or_none("loosening_approved_by_somebody", "approved_by", "approved_at"),
            *proposal_ends("loosening"),
            models.CheckConstraint(condition=models.Q(kind__in=LooseningKind.values), name="loosening_of_a_known_kind"),
        ]
