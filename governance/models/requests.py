"""Requests of a person (GDPR Art. 15 to 22): clocks, refusals, recipient notices, copy links."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from governance.models.base import TenantRow, both_or_none, choices, one_of
from governance.models.disclosures import Recipient
from governance.models.subjects import Subject
from governance.vocabulary import Channel


class RequestKind(models.TextChoices):
    ACCESS = "access"  # Art. 15
    PORTABILITY = "portability"  # Art. 20
    RECTIFICATION = "rectification"  # Art. 16
    ERASURE = "erasure"  # Art. 17
    RESTRICTION = "restriction"  # Art. 18
    OBJECTION = "objection"  # Art. 21
    WITHDRAWAL = "withdrawal"  # Art. 7(3)


class RequestState(models.TextChoices):
    RECEIVED = "received"  # not yet verified that the person asks
    VERIFIED = "verified"  # in handling
    PARTLY_DONE = "partly_done"  # the law keeps a part for now; the rest follows automatically
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    DUPLICATE = "duplicate"
    ERASED = "erased"  # the person was erased meanwhile: nothing is left to handle


ENDED = (
    RequestState.DONE.value,
    RequestState.REFUSED.value,
    RequestState.CANCELLED.value,
    RequestState.DUPLICATE.value,
    RequestState.ERASED.value,
)


class ClockProfile(models.TextChoices):
    """Law whose periods run (`governance.rights.clocks`)."""

    GDPR = "gdpr"
    CCPA = "ccpa"


class Verification(models.TextChoices):
    """Means by which it is known that the person asks (Art. 12(6))."""

    SIGNED_IN = "signed_in"  # in the organisation's own application
    CODE = "code"  # a one-time code to an address that was known before
    DOCUMENT = "document"
    IN_PERSON = "in_person"
    REPRESENTATIVE = "representative"
    KEY = "key"  # the key that deletes answers for it (`forget_subject`)
    OPERATOR = "operator"  # the operator, by the `erase` command


class ExtensionReason(models.TextChoices):
    """Reason to extend a clock: Art. 12(3); 11 CCR 7021(b)."""

    COMPLEXITY = "complexity"
    NUMBER_OF_REQUESTS = "number_of_requests"


class PauseReason(models.TextChoices):
    """Reason to stop a clock while the person is asked something."""

    IDENTITY = "identity"  # Art. 12(6)
    CLARIFICATION = "clarification"  # recital 63


class Ground(models.TextChoices):
    """Ground on which something asked for is not done; mostly an article of the GDPR."""

    FREE_EXPRESSION = "17(3)(a)"
    LEGAL_OBLIGATION = "17(3)(b)"
    PUBLIC_HEALTH = "17(3)(c)"
    ARCHIVING = "17(3)(d)"
    LEGAL_CLAIMS = "17(3)(e)"
    RETAINED_BY_LAW = "retained_by_law"  # the neutral word where a hold is not to be disclosed
    RIGHTS_OF_OTHERS = "15(4)"
    NOT_PROVIDED_BY_PERSON = "20(1)"
    ACCURATE = "16"
    COMPELLING_GROUNDS = "21(1)"
    UNFOUNDED_OR_EXCESSIVE = "12(5)"
    NOT_IDENTIFIED = "12(2)"
    SHOWN_IN_FULL = "shown_in_full"  # no refusal: reviewed, and nothing is withheld from the copy


class RequestQuerySet(models.QuerySet["RightsRequest"]):
    """Requests of people, by how far they are."""

    def open(self) -> RequestQuerySet:
        """Return the requests that are not ended."""
        return self.exclude(state__in=ENDED)


class RightsRequest(TenantRow):
    """One request of a person.

    Its request file (the id under which the person asked, and their words) is sealed under a key of its own.
    """

    kind = models.CharField(max_length=16, choices=RequestKind.choices)
    state = models.CharField(max_length=12, choices=RequestState.choices, default=RequestState.RECEIVED.value)
    profile = models.CharField(max_length=8, choices=ClockProfile.choices)
    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    purpose_id = models.UUIDField(null=True, help_text="Empty: every purpose.")
    memory_id = models.UUIDField(null=True, help_text="What is to be rectified.")
    channel = models.CharField(max_length=40, choices=choices(Channel))
    # The first of several requests opened together about several ids of a person; null where it is alone.
    case_id = models.UUIDField(null=True, editable=False)
    opened_by = models.UUIDField(editable=False)
    opened_in = models.UUIDField(null=True, editable=False, help_text="The sitting of the portal, if it was one.")
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True)
    extended_by = models.UUIDField(null=True)
    extension_reason = models.CharField(max_length=20, blank=True, choices=ExtensionReason.choices)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=16, blank=True, choices=PauseReason.choices)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.UUIDField(null=True)
    verification = models.CharField(max_length=16, blank=True, choices=Verification.choices)
    escalated_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    ground = models.CharField(max_length=16, blank=True, choices=Ground.choices)
    duplicate_of = models.UUIDField(null=True)
    # The person keeps the receipt; after an erasure it is the only way to this row.
    receipt_sha256 = models.BinaryField(max_length=32)
    sealed = models.BinaryField(help_text="Empty once the file's own retention is over and its key destroyed.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "id"], name="request_in_tenant"),
            # Duplicates never block: only verified requests are limited to one at a time.
            models.UniqueConstraint(
                fields=["tenant_id", "subject"],
                condition=models.Q(
                    kind=RequestKind.ERASURE.value,
                    state__in=[RequestState.VERIFIED.value, RequestState.PARTLY_DONE.value],
                ),
                name="one_verified_erasure",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=RequestKind.values), name="request_of_a_known_kind"),
            one_of("channel", Channel, "request_by_a_known_channel"),
            models.CheckConstraint(condition=models.Q(state__in=RequestState.values), name="request_in_a_known_state"),
            models.CheckConstraint(
                condition=models.Q(profile__in=ClockProfile.values), name="request_has_a_known_clock"
            ),
            models.CheckConstraint(condition=models.Q(due_at__gt=models.F("received_at")), name="request_is_due_later"),
            both_or_none("request_verified_by_somebody", "verified_at", "verified_by"),
            both_or_none("request_extended_by_somebody", "extended_at", "extended_by"),
            both_or_none("request_closed_by_somebody", "closed_at", "closed_by"),
            models.CheckConstraint(
                condition=~models.Q(state=RequestState.REFUSED.value) | ~models.Q(ground=""),
                name="refusal_has_a_ground",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "due_at"], name="request_by_due"),
            models.Index(fields=["tenant_id", "subject"], name="request_by_subject"),
            models.Index(fields=["tenant_id", "case_id"], name="request_by_case"),
            models.Index(fields=["tenant_id", "receipt_sha256"], name="request_by_receipt"),
            # The order of the list: open requests by due date, then those that have ended.
            models.Index(
                "tenant_id", models.F("closed_at").desc(nulls_first=True), "due_at", "id", name="request_list"
            ),
        ]


class RequestItem(TenantRow):
    """Part of a request that is not done, with its ground: a memory (by id) or a purpose.

    Append-only.
    """

    request = models.ForeignKey(RightsRequest, models.DO_NOTHING, db_constraint=False, related_name="items")
    memory_id = models.UUIDField(null=True)
    purpose_id = models.UUIDField(null=True)
    ground = models.CharField(max_length=16, choices=Ground.choices)
    decided_by = models.UUIDField(editable=False)
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(ground__in=Ground.values), name="item_refused_for_a_known_ground")
        ]
        indexes = [models.Index(fields=["tenant_id", "request"], name="item_by_request")]


class NoticeState(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    IMPOSSIBLE = "impossible"  # or of disproportionate effort (Art. 19)


class RecipientNotice(TenantRow):
    """Duty to tell one recipient of one rectification, erasure or restriction (Art. 19)."""

    request = models.ForeignKey(RightsRequest, models.DO_NOTHING, db_constraint=False, related_name="notices")
    recipient = models.ForeignKey(Recipient, models.DO_NOTHING, db_constraint=False)
    state = models.CharField(max_length=12, choices=NoticeState.choices, default=NoticeState.PENDING.value)
    channel = models.CharField(max_length=40, blank=True, choices=choices(Channel))
    attempts = models.PositiveSmallIntegerField(default=0)
    told_by = models.UUIDField(null=True)
    told_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "request", "recipient"], name="recipient_told_once"),
            models.CheckConstraint(condition=models.Q(state__in=NoticeState.values), name="notice_in_a_known_state"),
            models.CheckConstraint(
                condition=models.Q(channel__in=["", *(one.value for one in Channel)]), name="notice_by_a_known_channel"
            ),
        ]


class CopyLink(TenantRow):
    """Link that hands out one copy, once, to its holder. Only the SHA-256 of its secret is kept."""

    request = models.ForeignKey(RightsRequest, models.DO_NOTHING, db_constraint=False, related_name="links")
    secret_sha256 = models.BinaryField(max_length=32)
    issued_by = models.UUIDField(editable=False)
    issued_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "issued_at", "id"], name="link_by_time")]
