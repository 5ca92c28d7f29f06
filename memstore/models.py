"""Models of stored memories: narrow plain columns for SQL, everything that people said sealed (DESIGN section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from governance.models import PurposeVersion, Subject, TenantRow
from governance.vocabulary import DataClass, LawfulBasis, MemoryState

if TYPE_CHECKING:
    from datetime import datetime


class JobStatus(models.TextChoices):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


UNFINISHED_JOBS = (JobStatus.PENDING.value, JobStatus.RUNNING.value)


class JobKind(models.TextChoices):
    """Kind of a call's event, in Mem0's words."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, by their status."""

    def unfinished(self) -> JobQuerySet:
        """Return the jobs that wait or run."""
        return self.filter(status__in=UNFINISHED_JOBS)


class Job(TenantRow):
    """A piece of work and its outcome: ids, status and error codes only.

    The row decides; a message in the queue is a hint.
    """

    kind = models.CharField(max_length=8, choices=JobKind.choices)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.PENDING)
    error_code = models.CharField(max_length=40, blank=True)
    principal_id = models.UUIDField()
    request_id = models.UUIDField()
    subject_id = models.UUIDField(null=True)
    generation = models.PositiveIntegerField(default=0)
    purpose_id = models.UUIDField(null=True)
    consent_version = models.PositiveIntegerField(default=0)
    source_id = models.UUIDField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    n_results = models.PositiveIntegerField(default=0)
    n_quarantined = models.PositiveIntegerField(default=0)
    n_refused = models.PositiveIntegerField(default=0, help_text="Found, and of a class that the purpose refuses.")
    outcomes = models.JSONField(
        default=dict, help_text="Why sentences were kept or dropped: reasons and numbers, no words."
    )
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant_id", "created_at"],
                condition=models.Q(status__in=list(UNFINISHED_JOBS)),
                name="job_unfinished",
            ),
            models.Index(fields=["tenant_id", "principal_id", "created_at"], name="job_by_principal"),
            models.Index(fields=["tenant_id", "created_at", "id"], name="job_by_time"),
            # Nearly all jobs are done: those that wait, run or failed are counted and listed from this one.
            models.Index(
                fields=["tenant_id", "status", "created_at"],
                condition=~models.Q(status=JobStatus.SUCCEEDED.value),
                name="job_not_done",
            ),
        ]


class ThroughScope(TenantRow):
    """Base of rows that came through an agent, app or run: their random ids from the keyring's identities."""

    agent_ref = models.UUIDField(null=True)
    app_ref = models.UUIDField(null=True)
    run_ref = models.UUIDField(null=True)

    class Meta:
        abstract = True


class Source(ThroughScope):
    """The messages that facts were extracted from, sealed, with a retention of their own."""

    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    purpose_id = models.UUIDField()
    sealed = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "id"], name="source_in_tenant")]
        indexes = [
            models.Index(fields=["tenant_id", "subject"], name="source_by_subject"),
            *(
                models.Index(
                    fields=["tenant_id", ref],
                    condition=models.Q(**{f"{ref}__isnull": False}),
                    name=f"source_by_{ref}",
                )
                for ref in ("agent_ref", "app_ref", "run_ref")
            ),
        ]


READABLE = (MemoryState.ACTIVE.value, MemoryState.SUPERSEDED.value)


class MemoryQuerySet(models.QuerySet["Memory"]):
    """Memories, by whether they may be used."""

    def live(self, now: datetime) -> MemoryQuerySet:
        """Return the memories in use at that moment: active, and before the end of their retention."""
        return self.filter(state=MemoryState.ACTIVE.value, expires_at__gt=now)

    def readable(self, now: datetime) -> MemoryQuerySet:
        """Return the memories that may be read by their id at that moment: those in use, and those replaced since."""
        return self.filter(state__in=READABLE, expires_at__gt=now)


class Memory(ThroughScope):
    """One fact about one subject for one purpose."""

    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    purpose_version = models.ForeignKey(PurposeVersion, models.DO_NOTHING, db_constraint=False)
    purpose_id = models.UUIDField()
    lawful_basis = models.CharField(max_length=24, choices=[(basis.value, basis.value) for basis in LawfulBasis])
    state = models.CharField(
        max_length=12, choices=[(state.value, state.value) for state in MemoryState], default=MemoryState.ACTIVE.value
    )
    data_class = models.CharField(
        max_length=12, choices=[(one.value, one.value) for one in DataClass], default=DataClass.ORDINARY.value
    )
    version = models.PositiveIntegerField(default=1)
    fingerprint = models.BinaryField(max_length=32)
    job_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(
        null=True, help_text="Said again at: its retention counts from here. NULL: said once."
    )
    replaced_by = models.UUIDField(null=True, help_text="The memory that took its place.")
    expires_on = models.DateField(null=True, help_text="The caller's own last day, UTC.")
    expires_at = models.DateTimeField(help_text="Use ends: no read returns it from here on.")
    destroy_at = models.DateTimeField(help_text="It must be gone from here on, unless it is held.")
    keep_until = models.DateTimeField(null=True, help_text="The law forbids destroying it before.")
    retention_rules = ArrayField(models.UUIDField(), default=list, help_text="What gave the dates.")

    @property
    def anchored_at(self) -> datetime:
        """The moment from which its retention counts: when it was last said."""
        return self.last_seen_at or self.created_at

    objects = MemoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "id"], name="memory_in_tenant"),
            # Two adds of one fact at once store it once: the race is decided here, not in code.
            models.UniqueConstraint(
                fields=["tenant_id", "subject", "purpose_id", "fingerprint"],
                condition=models.Q(state__in=["active", "quarantined"]),
                name="fact_once",
            ),
            models.CheckConstraint(
                condition=models.Q(lawful_basis__in=[basis.value for basis in LawfulBasis]),
                name="memory_has_a_lawful_basis",
            ),
            models.CheckConstraint(
                condition=models.Q(destroy_at__gte=models.F("expires_at")), name="memory_is_used_no_longer_than_kept"
            ),
            models.CheckConstraint(
                condition=models.Q(data_class__in=[one.value for one in DataClass]), name="memory_has_a_known_class"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "destroy_at", "purpose_id"], name="memory_by_end"),
            models.Index(fields=["tenant_id", "expires_at"], name="memory_by_expiry"),
            # Few values, so it stays small: what is kept is counted by reading it alone.
            models.Index(fields=["tenant_id", "purpose_id", "data_class", "state"], name="memory_by_purpose"),
            models.Index(
                fields=["tenant_id"],
                condition=models.Q(state=MemoryState.RESTRICTED.value),
                name="memory_restricted",
            ),
            models.Index(fields=["tenant_id", "subject", "purpose_id"], name="memory_by_subject"),
            models.Index(
                fields=["tenant_id", "job_id"], condition=models.Q(job_id__isnull=False), name="memory_by_job"
            ),
            *(
                models.Index(
                    fields=["tenant_id", ref],
                    condition=models.Q(**{f"{ref}__isnull": False}),
                    name=f"memory_by_{ref}",
                )
                for ref in ("agent_ref", "app_ref", "run_ref")
            ),
        ]


class VersionEvent(models.TextChoices):
    ADD = "ADD"
    UPDATE = "UPDATE"


class MemoryVersion(TenantRow):
    """One wording of a memory and its provenance. What was said, and by whom, is in `sealed`."""

    memory = models.ForeignKey(Memory, models.DO_NOTHING, db_constraint=False, related_name="versions")
    version = models.PositiveIntegerField()
    event = models.CharField(max_length=8, choices=VersionEvent.choices)
    sealed = models.BinaryField()
    source_id = models.UUIDField(null=True)
    principal_id = models.UUIDField()
    extractor = models.CharField(max_length=40)
    model = models.CharField(max_length=100, blank=True)
    prompt_version = models.CharField(max_length=40, blank=True)
    stated = models.CharField(max_length=10)
    confidence = models.FloatField()
    rectified = models.BooleanField(default=False, db_default=False, help_text="Wrong, and kept for the law alone.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "memory", "version"], name="version_once")]
        indexes = [
            models.Index(
                fields=["tenant_id", "source_id"],
                condition=models.Q(source_id__isnull=False),
                name="version_by_source",
            ),
            models.Index(fields=["tenant_id"], condition=models.Q(rectified=True), name="version_rectified"),
        ]


class Card(models.Model):
    """The sealed search record of a memory. A table of its own, so that recall reads nothing else."""

    memory = models.OneToOneField(Memory, models.DO_NOTHING, db_constraint=False, primary_key=True)
    tenant_id = models.UUIDField(editable=False)
    subject_id = models.UUIDField()
    purpose_id = models.UUIDField()
    version = models.PositiveIntegerField()
    data_class = models.CharField(max_length=12, default=DataClass.ORDINARY.value)
    expires_at = models.DateTimeField()
    current = models.BooleanField(default=True, db_default=True)
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "subject_id", "purpose_id"], name="card_by_subject")]

    def __str__(self) -> str:
        return f"card:{self.pk}"


class QuarantineReason(models.TextChoices):
    DETECTED = "detected"  # the purpose quarantines what was found in it
    REVIEW_FIRST = "review_first"  # the purpose has every new memory reviewed
    ABOUT_A_PERSON = "about_a_person"  # found where no person may be described


class Quarantine(models.Model):
    """A memory that waits for a reviewer. Its card is kept here, so that no recall can reach it."""

    memory = models.OneToOneField(Memory, models.DO_NOTHING, db_constraint=False, primary_key=True)
    tenant_id = models.UUIDField(editable=False)
    reason = models.CharField(max_length=16, choices=QuarantineReason.choices)
    sealed_card = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "created_at"], name="quarantine_by_age")]

    def __str__(self) -> str:
        return f"quarantine:{self.pk}"


class Idempotency(TenantRow):
    """One idempotency key of one API key and the job that answered it.

    A repeated call is answered anew, never from here.
    """

    principal_id = models.UUIDField()
    key_mac = models.BinaryField(max_length=32)
    request_mac = models.BinaryField(max_length=32)
    job_id = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "principal_id", "key_mac"], name="idempotency_once")
        ]


class Slot(TenantRow):
    """A slot that a current memory fills: a keyed digest of what it is about, never the words.

    Two current memories cannot fill one slot: which of two workers was first is decided here.
    """

    memory = models.ForeignKey(Memory, models.DO_NOTHING, db_constraint=False, related_name="slots")
    subject_id = models.UUIDField()
    purpose_id = models.UUIDField()
    mac = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "subject_id", "purpose_id", "mac"], name="slot_taken_once")
        ]
        indexes = [models.Index(fields=["tenant_id", "memory"], name="slot_by_memory")]


class Sighting(ThroughScope):
    """Occurrence of a fact that was said once more; `sealed` holds where, by whom and when. It goes with the memory."""

    memory = models.ForeignKey(Memory, models.DO_NOTHING, db_constraint=False, related_name="sightings")
    subject_id = models.UUIDField()
    purpose_id = models.UUIDField()
    sealed = models.BinaryField()
    source_id = models.UUIDField(null=True)
    principal_id = models.UUIDField()
    job_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "memory"], name="sighting_by_memory"),
            models.Index(fields=["tenant_id", "subject_id", "purpose_id"], name="sighting_by_subject"),
            *(
                models.Index(
                    fields=["tenant_id", ref],
                    condition=models.Q(**{f"{ref}__isnull": False}),
                    name=f"sighting_by_{ref}",
                )
                for ref in ("agent_ref", "app_ref", "run_ref")
            ),
        ]


class ReplacementKind(models.TextChoices):
    """Relation of a new memory to an old one."""

    SUPERSEDES = "supersedes"  # with a new value
    RETRACTS = "retracts"  # it is over, or was never so
    PARTLY = "partly"  # a part of it is over; what else it says stays so
    CONTRADICTS = "contradicts"  # both cannot be true, and no rule decides: a reviewer does


class Replacement(TenantRow):
    """One memory that took another's place, or contradicts it. `settled_at`: undone, or decided by a person."""

    old = models.ForeignKey(Memory, models.DO_NOTHING, db_constraint=False, related_name="replacements")
    new = models.ForeignKey(Memory, models.DO_NOTHING, db_constraint=False, related_name="replaces")
    subject_id = models.UUIDField()
    purpose_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=ReplacementKind.choices)
    made_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)
    settled_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "old", "new"], name="replaced_once_by_each"),
            models.CheckConstraint(condition=~models.Q(old=models.F("new")), name="no_memory_replaces_itself"),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "new"], name="replacement_by_new"),
            models.Index(fields=["tenant_id", "subject_id", "purpose_id"], name="replacement_by_subject"),
            models.Index(
                fields=["tenant_id", "made_at"],
                condition=models.Q(kind="contradicts", settled_at=None),
                name="contradiction_open",
            ),
        ]


class ForgottenWording(TenantRow):
    """Keyed fingerprint of a wording that was deleted: old sources do not bring it back, the person saying it does."""

    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False, related_name="+")
    purpose_id = models.UUIDField()
    fingerprint = models.BinaryField(max_length=32)
    forgotten_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "subject", "purpose_id", "fingerprint"], name="wording_forgotten_once"
            )
        ]
        indexes = [models.Index(fields=["tenant_id", "expires_at"], name="forgotten_by_end")]


class StatementKind(models.TextChoices):
    """What a person said in a chat that an officer has to hear of."""

    OBJECTION = "objection"  # Art. 21 GDPR


class StatementOutcome(models.TextChoices):
    """What an officer made of it."""

    RECORDED = "recorded"
    NO_OBJECTION = "no_objection"
    NOT_OBJECTIONABLE = "not_objectionable"  # the purpose rests on a basis that Art. 21 does not name


class RaisedStatement(TenantRow):
    """A statement of the person's that waits for an officer: an objection said in a chat. It goes with its memory."""

    memory = models.ForeignKey(Memory, models.DO_NOTHING, db_constraint=False, related_name="raised")
    subject_id = models.UUIDField()
    purpose_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=StatementKind.choices)
    raised_at = models.DateTimeField(db_default=Now())
    handled_at = models.DateTimeField(null=True)
    handled_by = models.UUIDField(null=True)
    outcome = models.CharField(max_length=20, choices=StatementOutcome.choices, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            # Said again after it was handled, it waits again.
            models.UniqueConstraint(
                fields=["tenant_id", "memory", "kind"],
                condition=models.Q(handled_at=None),
                name="statement_waits_once",
            )
        ]
        indexes = [
            models.Index(fields=["tenant_id", "memory"], name="statement_by_memory"),
            models.Index(fields=["tenant_id", "subject_id", "purpose_id"], name="statement_by_subject"),
            models.Index(
                fields=["tenant_id", "raised_at"], condition=models.Q(handled_at=None), name="statement_waiting"
            ),
        ]
