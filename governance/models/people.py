"""Access: staff, their sessions, API keys, and break-glass."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from governance.models.base import Proposal, TenantRow, both_or_none, proposal_ends, two_people
from governance.models.subjects import Subject
from governance.vocabulary import MACHINE_CAPABILITIES, STAFF


class StaffUser(Proposal):
    """Member of staff of one tenant, in one role; the requester of a change never approves it as well.

    No superuser exists. An administrator requests the account, another person approves it, and the member enrols alone
    with a claim code: no other person ever knows the password or the second factor.
    """

    username = models.CharField(max_length=150)
    display_name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in sorted(STAFF)])
    # HMAC of the personnel number: one person has one account, so that no person counts as two.
    person_mac = models.BinaryField(max_length=32)
    claim_sha256 = models.BinaryField(max_length=32, null=True)
    password = models.CharField(max_length=256, blank=True)
    totp_sealed = models.BinaryField(null=True)
    totp_last_step = models.BigIntegerField(default=0, help_text="A code counts once (RFC 6238, 5.2).")
    failures = models.PositiveIntegerField(default=0, help_text="Wrong codes after the right password, in a row.")
    locked_until = models.DateTimeField(null=True)
    # HMAC of issuer and subject at the organisation's own identity provider, once the account is linked.
    sign_on_mac = models.BinaryField(max_length=32, null=True)
    enrolled_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    suspended_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            # An account that was declined or withdrawn does not count: its name and person may be proposed anew.
            models.UniqueConstraint(
                fields=["tenant_id", "username"], condition=models.Q(ended_at__isnull=True), name="username_once"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "person_mac"],
                condition=models.Q(suspended_at__isnull=True, ended_at__isnull=True),
                name="one_account_per_person",
            ),
            models.UniqueConstraint(fields=["tenant_id", "sign_on_mac"], name="one_account_per_sign_on"),
            two_people("staff_approved_by_another"),
            *proposal_ends("staff"),
            two_people("staff_does_not_ask_for_himself", "id", "requested_by"),
            two_people("staff_does_not_approve_himself", "id", "approved_by"),
            both_or_none("staff_approved_by_somebody", "approved_by", "approved_at"),
            models.CheckConstraint(
                condition=models.Q(role__in=sorted(role.value for role in STAFF)), name="staff_has_a_known_role"
            ),
            models.CheckConstraint(
                condition=models.Q(enrolled_at__isnull=True) | models.Q(approved_by__isnull=False),
                name="nobody_enrols_before_the_approval",
            ),
        ]


class StaffSession(TenantRow):
    """Session of a member of staff in one tenant. Only the SHA-256 of the token's secret is kept."""

    user = models.ForeignKey(StaffUser, models.DO_NOTHING, db_constraint=False, related_name="sessions")
    prefix = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    idle_until = models.DateTimeField(null=True, help_text="In the console: where it ends unless it is used before.")
    stepped_up_until = models.DateTimeField(null=True)
    step_up_failures = models.PositiveSmallIntegerField(default=0)
    step_up_paused_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)


class SignInAttempt(TenantRow):
    """Failed sign-ins of one name from one address, both as keyed digests.

    Under the nil tenant where no tenant is known.
    """

    account_mac = models.BinaryField(max_length=32)
    address_mac = models.BinaryField(max_length=32)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "account_mac", "address_mac"], name="attempts_counted_once"),
        ]
        indexes = [models.Index(fields=["tenant_id", "last_at"], name="attempts_by_age")]


class SubmittedForm(TenantRow):
    """Form token of the console that was used: a form sent twice does one thing.

    Nothing of the form's content is kept.
    """

    session_id = models.UUIDField(editable=False)
    token = models.UUIDField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "session_id", "token"], name="form_sent_once")]


class ApiKey(Proposal):
    """API key of a machine: a looked-up prefix and the SHA-256 of its secret.

    The secret is 256 random bits, so it needs no slow hash. The key has none until it was approved by a second person
    and claimed, once, by the developer.
    """

    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.BinaryField(max_length=32, null=True)
    claim_sha256 = models.BinaryField(max_length=32, null=True)
    claimed_at = models.DateTimeField(null=True)
    capabilities = ArrayField(
        models.CharField(max_length=40, choices=[(one.value, one.value) for one in MACHINE_CAPABILITIES])
    )
    allowed_purposes = ArrayField(models.UUIDField())
    default_purpose = models.CharField(max_length=100, blank=True)
    pinned_subject = models.UUIDField(null=True, blank=True)
    pinned_agent = models.UUIDField(null=True, blank=True)
    recipient_id = models.UUIDField(
        null=True, blank=True, help_text="Handed to somebody outside: what it reads is disclosed to them."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            two_people("key_approved_by_another"),
            *proposal_ends("key"),
            both_or_none("key_approved_by_somebody", "approved_by", "approved_at"),
            models.CheckConstraint(
                condition=models.Q(secret_sha256__isnull=True) | models.Q(approved_by__isnull=False),
                name="no_secret_before_the_approval",
            ),
            models.CheckConstraint(
                condition=models.Q(capabilities__contained_by=[one.value for one in MACHINE_CAPABILITIES]),
                name="key_holds_machine_capabilities",
            ),
        ]


class RevealReason(models.TextChoices):
    """Reason for a break-glass. Codes, so that no free text gets into the trail."""

    COMPLAINT = "complaint"
    INCIDENT = "incident"
    LEGAL_CLAIM = "legal_claim"
    SUBJECT_REQUEST = "subject_request"
    SAFETY = "safety"


class ReviewOutcome(models.TextChoices):
    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


class BreakGlass(TenantRow):
    """Clear sight of one person's memories for some minutes, reviewed afterwards by another person."""

    user_id = models.UUIDField()
    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    reason_code = models.CharField(max_length=16, choices=RevealReason.choices)
    case_reference = models.CharField(max_length=64)
    opened_at = models.DateTimeField(db_default=Now())
    closes_at = models.DateTimeField()
    reviewed_by = models.UUIDField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True, choices=ReviewOutcome.choices)

    class Meta:
        constraints = [
            two_people("break_glass_reviewed_by_another", "user_id", "reviewed_by"),
            both_or_none("break_glass_reviewed_by_somebody", "reviewed_by", "reviewed_at"),
            models.CheckConstraint(condition=~models.Q(case_reference=""), name="break_glass_names_a_case"),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "user_id", "reviewed_at"], name="break_glass_by_user"),
            models.Index(fields=["tenant_id", "opened_at", "id"], name="break_glass_by_time"),
        ]
