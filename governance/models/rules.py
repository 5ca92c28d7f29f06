"""Retention rules: floors and ceilings beside those of the purposes."""

from __future__ import annotations

from django.db import models

from governance.models.base import Proposal, both_or_none, choices, one_of, proposal_ends, two_people
from governance.policy.retention import Authority, PeriodStart, RuleKind
from governance.vocabulary import DataClass


class Retention(Proposal):
    """Floor or ceiling beside those of the purposes.

    In force from its approval until its end is approved.
    """

    name = models.CharField(max_length=100, help_text="The law or decision behind it, e.g. 17 CFR 240.17a-4")
    kind = models.CharField(max_length=8, choices=choices(RuleKind))
    days = models.PositiveIntegerField()
    anchor = models.CharField(max_length=16, choices=choices(PeriodStart))
    authority = models.CharField(max_length=10, choices=choices(Authority))
    purpose_id = models.UUIDField(null=True, help_text="Empty: every purpose.")
    data_class = models.CharField(max_length=12, blank=True, choices=choices(DataClass))
    subject_id = models.UUIDField(null=True, help_text="Empty: everybody.")
    plan_sha256 = models.BinaryField(max_length=32, null=True, help_text="The preview that was approved.")
    end_requested_by = models.UUIDField(null=True)
    end_requested_at = models.DateTimeField(null=True)
    end_approved_by = models.UUIDField(null=True)
    end_approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            two_people("rule_approved_by_another"),
            *proposal_ends("rule"),
            two_people("rule_ended_by_two", "end_requested_by", "end_approved_by"),
            both_or_none("rule_approved_by_somebody", "approved_by", "approved_at"),
            both_or_none("rule_end_asked_by_somebody", "end_requested_by", "end_requested_at"),
            both_or_none("rule_end_approved_by_somebody", "end_approved_by", "end_approved_at"),
            models.CheckConstraint(condition=models.Q(days__gt=0), name="rule_has_a_period"),
            one_of("kind", RuleKind, "rule_is_floor_or_ceiling"),
            one_of("anchor", PeriodStart, "rule_has_a_known_anchor"),
            one_of("authority", Authority, "rule_has_a_known_authority"),
        ]
