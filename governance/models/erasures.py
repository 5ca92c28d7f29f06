"""Erasure (Art. 17) as recorded steps, its certificates, and the protections that must survive a restore."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from governance.models.base import FourEyes, Proposal, TenantRow, both_or_none, proposal_ends, two_people
from governance.models.requests import RightsRequest
from governance.models.subjects import Subject


class ErasureState(models.TextChoices):
    PLANNED = "planned"  # waits for a second person
    RUNNING = "running"
    WAITING = "waiting"  # done as far as the law allows; the rest follows automatically
    DONE = "done"
    REJECTED = "rejected"
    FAILED = "failed"  # the approved plan does not match the rows: nothing more is destroyed until people decide anew


UNDECIDED = (ErasureState.PLANNED.value, ErasureState.FAILED.value)
UNDER_WAY = (ErasureState.RUNNING.value, ErasureState.WAITING.value)
UNFINISHED = (*UNDECIDED, *UNDER_WAY)


class ErasureStep(models.TextChoices):
    """Step of an erasure, in the order of execution.

    Shred comes before delete, so that a crash leaves unreadable rows, never half-readable ones.
    """

    TOMBSTONE = "tombstone"  # the subject is marked: no read, no write, a new generation
    REVOKE = "revoke"  # jobs, idempotency records, links, keys pinned to the person
    SHRED_INTENT = "shred_intent"
    SHRED = "shred"  # keys destroyed: the point of no return
    LOCATE = "locate"  # the scan finds the planted canary and the rows that are about to go
    DELETE = "delete"
    CLOSE = "close"  # deletes the identity, the last way from the external id to the random one
    NOTIFY = "notify"  # recipients (Art. 19)
    SCAN = "scan"
    CERTIFY = "certify"


class Erasure(FourEyes):
    """One erasure of a person.

    `round` counts up each time that something the law had kept is erased later.
    """

    request = models.OneToOneField(RightsRequest, models.DO_NOTHING, db_constraint=False, related_name="erasure")
    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    state = models.CharField(max_length=8, choices=ErasureState.choices, default=ErasureState.PLANNED.value)
    round = models.PositiveSmallIntegerField(default=1)
    plan = models.JSONField(help_text="Ids, counts and codes only.")
    plan_sha256 = models.BinaryField(max_length=32)
    was_restricted = models.BooleanField(help_text="Before the request: restored if it is rejected.")
    auto_approved = models.BooleanField(default=False)
    approval_mac = models.BinaryField(
        max_length=32, null=True, help_text="Of what was approved, under a key of the other database."
    )
    canary_id = models.UUIDField(null=True, help_text="A planted row that the scan must find before the delete.")
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=40, blank=True, help_text="Why the last attempt stopped, as a code.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "id"], name="erasure_in_tenant"),
            two_people("erasure_approved_by_another"),
            both_or_none("erasure_approved_by_somebody", "approved_by", "approved_at"),
            models.CheckConstraint(condition=models.Q(state__in=ErasureState.values), name="erasure_in_a_known_state"),
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "state"],
                condition=models.Q(state__in=list(UNDER_WAY)),
                name="erasure_unfinished",
            )
        ]


class ErasureStepDone(TenantRow):
    """One step of one round, with what it counted. Append-only: a step is done once."""

    erasure = models.ForeignKey(Erasure, models.DO_NOTHING, db_constraint=False, related_name="steps")
    round = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=12, choices=ErasureStep.choices)
    counts = models.JSONField(default=dict, help_text="Numbers and ids by name.")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "erasure", "round", "step"], name="erasure_step_once"),
            models.CheckConstraint(condition=models.Q(step__in=ErasureStep.values), name="erasure_step_is_known"),
        ]


class Certificate(TenantRow):
    """Signed statement of what was erased, without any subject identifier. Append-only."""

    erasure = models.ForeignKey(Erasure, models.DO_NOTHING, db_constraint=False, related_name="certificates")
    round = models.PositiveSmallIntegerField()
    key_id = models.UUIDField()
    document = models.BinaryField(help_text="Canonical JSON (RFC 8785).")
    signature = models.BinaryField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "erasure", "round"], name="one_certificate_per_round")
        ]
        indexes = [models.Index(fields=["tenant_id", "issued_at", "id"], name="certificate_by_time")]


class Offboarding(Proposal):
    """End of a tenant: every person is erased, as far as the law allows. One at a time."""

    finished_at = models.DateTimeField(null=True)
    approval_mac = models.BinaryField(max_length=32, null=True, help_text="As that of an erasure.")

    class Meta:
        constraints = [
            two_people("offboarding_approved_by_another"),
            *proposal_ends("offboarding"),
            both_or_none("offboarding_approved_by_somebody", "approved_by", "approved_at"),
            models.UniqueConstraint(
                fields=["tenant_id"],
                condition=models.Q(finished_at__isnull=True, ended_at__isnull=True),
                name="one_offboarding",
            ),
        ]


class ProtectionKind(models.TextChoices):
    """Kind of an effect that a restored backup must never take back."""

    ERASE = "erase"  # all that is kept about a person
    SHRED = "shred"  # the key of a person's memories of one purpose
    DELETE = "delete"  # single memories
    WITHDRAW = "withdraw"
    OBJECT = "object"
    OBJECTION_OVERRIDDEN = "objection_overridden"
    RESTRICT = "restrict"
    LIFT = "lift"
    HOLD = "hold"
    RELEASE = "release"


class Protection(TenantRow):
    """Protection that took effect and is not yet in the ledger.

    Written with the effect, and deleted once the ledger has it.
    """

    kind = models.CharField(max_length=24, choices=ProtectionKind.choices)
    at = models.DateTimeField(db_default=Now(), editable=False)
    # Set by the database under the lock of the protected row: the order in which a replay repeats them.
    sequence = models.BigIntegerField(
        db_default=models.Func(models.Value("governance_protection_sequence"), function="nextval"), editable=False
    )
    subject_id = models.UUIDField(null=True)
    subject_kind = models.CharField(max_length=8, blank=True)
    purpose_id = models.UUIDField(null=True)
    memory_ids = ArrayField(models.UUIDField(), default=list)
    effect = models.JSONField(default=dict, help_text="What else is needed to repeat it: ids, dates and codes.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=ProtectionKind.values), name="protection_is_known")
        ]
        indexes = [models.Index(fields=["tenant_id", "sequence"], name="protection_in_sequence")]


class LedgerPosition(models.Model):
    """Last entry of the protective ledger that this database has taken part in. One row.

    A restore sets it back, which the gate detects.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    number = models.PositiveBigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledger_position_is_one_row")]

    def __str__(self) -> str:
        return f"ledger:{self.number}"
