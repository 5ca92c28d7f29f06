"""Subjects: their state, their choices for each purpose, and the legal holds on them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from governance.models.base import Proposal, TenantRow, both_or_none, choices, one_of, proposal_ends, two_people
from governance.vocabulary import Channel, SubjectKind, SubjectState

LANGUAGE = "^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3})?$"  # a language tag (BCP 47), or nothing


class SubjectQuerySet(models.QuerySet["Subject"]):
    """Subjects, by their state."""

    def known(self) -> SubjectQuerySet:
        """Return the subjects that are not erased: an erased one counts as unknown."""
        return self.exclude(state=SubjectState.ERASED.value)


class Subject(TenantRow):
    """Person (or session, agent, app) that memories are about, under a random id that reveals nothing."""

    kind = models.CharField(max_length=8, choices=choices(SubjectKind))
    state = models.CharField(max_length=12, choices=choices(SubjectState), default=SubjectState.ACTIVE.value)
    generation = models.PositiveIntegerField(default=1)
    # Counts every change of what is kept about the subject; counted by triggers, so that no writer can leave it out.
    revision = models.BigIntegerField(default=0)
    # Counts every choice of the subject (SubjectPurpose) and change of state, so that decisions on older facts show.
    standing_version = models.BigIntegerField(default=0)
    # The day on which the person reaches the age of digital consent; the birthday is not needed here.
    minor_until = models.DateField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "id"], name="subject_in_tenant")]


class SubjectPurpose(TenantRow):
    """Present choices of one person for one purpose.

    The fold of the consent events, with objection, restriction and end of contract.
    """

    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False, related_name="standings")
    purpose_id = models.UUIDField()
    consent_until = models.DateTimeField(null=True)
    consent_version = models.PositiveIntegerField(default=0, help_text="Counts the ends of consent; jobs carry it.")
    objected_at = models.DateTimeField(null=True)
    restricted_at = models.DateTimeField(null=True)
    contract_ended_on = models.DateField(null=True)
    # Set when all of this purpose must be erased (withdrawal, objection upheld); cleared once the key is destroyed.
    shred_due_at = models.DateTimeField(null=True)
    # HMACs of the shred order and of the end of consent, under a key of the other database: a writer of this one alone
    # destroys no key.
    shred_mac = models.BinaryField(max_length=32, null=True)
    consent_mac = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "subject", "purpose_id"], name="standing_once")]
        indexes = [
            models.Index(
                fields=["tenant_id", "shred_due_at"],
                condition=models.Q(shred_due_at__isnull=False),
                name="standing_shred_due",
            )
        ]


class ConsentNotice(TenantRow):
    """Notice: one wording that people were shown. Append-only: another wording is another notice."""

    purpose_id = models.UUIDField()
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=35, help_text="BCP 47")
    text = models.TextField()
    text_sha256 = models.BinaryField(max_length=32)
    created_by = models.UUIDField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(language__regex=LANGUAGE), name="notice_in_a_language"),
            models.UniqueConstraint(
                fields=["tenant_id", "purpose_id", "language", "text_sha256"], name="notice_text_once"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "purpose_id", "language", "version"], name="notice_version_once"
            ),
        ]


class ConsentAction(models.TextChoices):
    GRANT = "grant"
    WITHDRAW = "withdraw"


class GivenBy(models.TextChoices):
    SUBJECT = "subject"
    GUARDIAN = "guardian"


class ConsentEvent(TenantRow):
    """Consent given or withdrawn (Art. 7(1)). Append-only by privilege and trigger.

    `happened_at` is the caller's claim, `created_at` the database clock; neither is the order, which is `sequence`.
    """

    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    purpose_id = models.UUIDField()
    action = models.CharField(max_length=8, choices=ConsentAction.choices)
    notice_id = models.UUIDField(null=True)
    notice_sha256 = models.BinaryField(max_length=32, null=True)
    language = models.CharField(max_length=35, blank=True)
    channel = models.CharField(max_length=40, choices=choices(Channel))
    given_by = models.CharField(max_length=8, choices=GivenBy.choices)
    happened_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    consent_version = models.PositiveIntegerField()
    # Set by the database under the subject lock: the order of one person's events.
    sequence = models.BigIntegerField(
        db_default=models.Func(models.Value("governance_consent_sequence"), function="nextval"), editable=False
    )
    recorded_by = models.UUIDField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(action=ConsentAction.WITHDRAW.value) | models.Q(notice_id__isnull=False),
                name="consent_to_a_notice",
            ),
            models.CheckConstraint(
                condition=models.Q(action__in=ConsentAction.values), name="consent_is_given_or_taken_back"
            ),
            one_of("channel", Channel, "consent_by_a_known_channel"),
            models.CheckConstraint(condition=models.Q(given_by__in=GivenBy.values), name="consent_by_a_known_party"),
            models.CheckConstraint(condition=models.Q(language__regex=LANGUAGE), name="consent_in_a_language"),
            models.CheckConstraint(
                condition=~models.Q(action=ConsentAction.GRANT.value)
                | models.Q(happened_at__lte=models.F("created_at")),
                name="consent_is_not_of_the_future",
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "subject", "purpose_id", "sequence"], name="consent_in_sequence")]


class ObjectionOutcome(models.TextChoices):
    UPHELD = "upheld"
    OVERRIDDEN = "overridden"  # compelling legitimate grounds (Art. 21(1))


class CompellingGround(models.TextChoices):
    """Ground on which use continues in spite of an objection: Art. 21(1), with Recitals 47 and 49."""

    LEGAL_CLAIMS = "legal_claims"
    FRAUD_PREVENTION = "fraud_prevention"
    NETWORK_SECURITY = "network_security"
    RIGHTS_OF_OTHERS = "rights_of_others"
    PUBLIC_INTEREST = "public_interest"


class Objection(TenantRow):
    """Objection of a person to one purpose (Art. 21): use stops at once, until an officer decides."""

    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    purpose_id = models.UUIDField()
    made_at = models.DateTimeField(db_default=Now())
    recorded_by = models.UUIDField(editable=False)
    outcome = models.CharField(max_length=10, blank=True, choices=ObjectionOutcome.choices)
    ground = models.CharField(max_length=40, blank=True, choices=CompellingGround.choices)
    settled_by = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "subject", "purpose_id"],
                condition=models.Q(settled_at__isnull=True),
                name="one_open_objection",
            ),
            models.CheckConstraint(
                condition=models.Q(ground__in=["", *CompellingGround.values]), name="objection_by_a_known_ground"
            ),
        ]
        indexes = [
            models.Index(
                "tenant_id", "outcome", models.F("made_at").desc(), models.F("id").desc(), name="objection_list"
            )
        ]


class LegalHold(Proposal):
    """Legal hold: blocks destruction of one person's memories, and nothing else.

    It is for one purpose or for all, and covers future memories too.
    """

    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    purpose_id = models.UUIDField(null=True, help_text="Empty: every purpose.")
    case_reference = models.CharField(max_length=64)
    disclosable = models.BooleanField(default=True, help_text="False: the person hears a neutral code.")
    from_at = models.DateTimeField(null=True)
    until_at = models.DateTimeField(null=True)
    release_requested_by = models.UUIDField(null=True)
    release_requested_at = models.DateTimeField(null=True)
    release_approved_by = models.UUIDField(null=True)
    release_approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            two_people("hold_placed_by_two"),
            *proposal_ends("hold"),
            two_people("hold_released_by_two", "release_requested_by", "release_approved_by"),
            both_or_none("hold_approved_by_somebody", "approved_by", "approved_at"),
            both_or_none("hold_release_asked_by_somebody", "release_requested_by", "release_requested_at"),
            both_or_none("hold_release_approved_by_somebody", "release_approved_by", "release_approved_at"),
            models.CheckConstraint(
                condition=models.Q(release_approved_at__isnull=True) | models.Q(release_requested_at__isnull=False),
                name="hold_release_was_asked_for",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "subject"],
                condition=models.Q(release_approved_at__isnull=True),
                name="hold_by_subject",
            ),
            models.Index(fields=["tenant_id", "requested_at", "id"], name="hold_by_time"),
        ]
