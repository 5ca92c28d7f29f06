"""Disclosures: recipients, what was disclosed to them, and suspensions of an accounting."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from governance.models.base import TenantRow, both_or_none
from governance.models.organisation import Purpose
from governance.models.subjects import Subject


class RecipientKind(models.TextChoices):
    """Kind of a recipient (GDPR Art. 4(7) to (10); 45 CFR 164.528(a)(2) for authorities)."""

    CONTROLLER = "controller"
    JOINT_CONTROLLER = "joint_controller"
    PROCESSOR = "processor"
    AUTHORITY = "authority"
    PERSON = "person"


class Disclosed(models.TextChoices):
    """Content of a disclosure, as a code.

    The words about it belong in the case file (45 CFR 164.528(b)(2)(iii)).
    """

    MEMORIES_READ = "memories_read"  # by the recipient itself, with a key; never entered by hand
    MEMORIES = "memories"
    SUMMARY = "summary"
    COPY = "copy"  # of everything that is kept
    IDENTITY = "identity"
    AUDIT_RECORD = "audit_record"


class Recipient(TenantRow):
    """Party outside the organisation (Art. 30(1)(d)). Another address is another recipient."""

    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=16, choices=RecipientKind.choices)
    exempt = models.BooleanField(
        default=False,
        help_text="For treatment, payment or health care operations: not accounted for (45 CFR 164.528(a)(1)(i)).",
    )
    registered_by = models.UUIDField(editable=False)
    registered_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_by = models.UUIDField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "id"], name="recipient_in_tenant"),
            models.UniqueConstraint(
                fields=["tenant_id", "name"], condition=models.Q(ended_at__isnull=True), name="recipient_name_once"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=RecipientKind.values), name="recipient_of_a_known_kind"),
            both_or_none("recipient_ended_by_somebody", "ended_at", "ended_by"),
        ]


class Disclosure(TenantRow):
    """One disclosure that happened outside the service. Append-only by privilege and trigger."""

    recipient = models.ForeignKey(Recipient, models.DO_NOTHING, db_constraint=False)
    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    purpose = models.ForeignKey(Purpose, models.DO_NOTHING, db_constraint=False)
    at = models.DateTimeField()
    description = models.CharField(max_length=16, choices=Disclosed.choices)
    recorded_by = models.UUIDField(editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(description__in=sorted(set(Disclosed.values) - {Disclosed.MEMORIES_READ.value})),
                name="disclosure_of_a_known_thing",
            )
        ]
        indexes = [models.Index(fields=["tenant_id", "subject", "at"], name="disclosure_by_subject")]


class AccountingSuspension(TenantRow):
    """Period in which disclosures to one recipient stay out of accountings (45 CFR 164.528(a)(2)).

    Append-only.
    """

    recipient = models.ForeignKey(Recipient, models.DO_NOTHING, db_constraint=False)
    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False, null=True)
    until = models.DateTimeField()
    case_reference = models.CharField(max_length=64)
    oral = models.BooleanField(help_text="Asked for by word of mouth: 30 days at most.")
    suspended_by = models.UUIDField(editable=False)
    suspended_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(case_reference=""), name="suspension_names_a_case"),
            models.CheckConstraint(
                condition=models.Q(case_reference__regex="^[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}$"),
                name="suspension_names_a_file_number",
            ),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("suspended_at")), name="suspension_has_a_period"
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "recipient", "until"], name="suspension_by_recipient")]
