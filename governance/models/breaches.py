"""Personal data breaches: cases that stay listed, with their clocks (Art. 33(5); 45 CFR 164.414(b))."""

from __future__ import annotations

from django.db import models

from governance.models.base import TenantRow, both_or_none


class BreachKind(models.TextChoices):
    """Kind of a personal data breach: what was lost (EDPB Guidelines 9/2022, 17)."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


class Breach(TenantRow):
    """One case of a personal data breach.

    Its facts are in the audit trail of its window (`since` to `until`); the case file is where `case_reference` points.
    """

    kind = models.CharField(max_length=16, choices=BreachKind.choices)
    case_reference = models.CharField(max_length=64)
    since = models.DateTimeField()
    until = models.DateTimeField()
    principal_id = models.UUIDField(null=True, help_text="Whose events are counted. Empty: everybody's.")
    aware_at = models.DateTimeField()
    # Set when the case is opened: a later change of the tenant's hours moves no running clock.
    authority_due_at = models.DateTimeField()
    subjects_due_at = models.DateTimeField()
    opened_by = models.UUIDField(editable=False)
    opened_at = models.DateTimeField(editable=False)
    notified_authority_at = models.DateTimeField(null=True)
    notified_authority_by = models.UUIDField(null=True)
    informed_subjects_at = models.DateTimeField(null=True)
    informed_subjects_by = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=BreachKind.values), name="breach_of_a_known_kind"),
            models.CheckConstraint(condition=~models.Q(case_reference=""), name="breach_names_a_case"),
            models.CheckConstraint(condition=models.Q(since__lt=models.F("until")), name="breach_has_a_window"),
            models.CheckConstraint(
                condition=models.Q(aware_at__lte=models.F("opened_at")), name="breach_known_when_it_is_opened"
            ),
            both_or_none("breach_notified_by_somebody", "notified_authority_at", "notified_authority_by"),
            both_or_none("breach_told_by_somebody", "informed_subjects_at", "informed_subjects_by"),
            both_or_none("breach_closed_by_somebody", "closed_at", "closed_by"),
        ]
        indexes = [models.Index(fields=["tenant_id", "-aware_at"], name="breach_by_time")]
