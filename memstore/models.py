"""Memories at rest: narrow plain columns for SQL, everything that people said sealed (DESIGN section 6)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from governance.models import PurposeVersion, Subject, TenantRow
from governance.policy import LawfulBasis


class MemoryState(models.TextChoices):
    ACTIVE = "active"
    SUPERSEDED = "superseded"


class JobStatus(models.TextChoices):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class JobKind(models.TextChoices):
    """What an event did; the words are Mem0's."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class Job(TenantRow):
    """A piece of work and its outcome: ids, status and error codes only. This row is the truth, a message a hint."""

    kind = models.CharField(max_length=8, choices=JobKind.choices)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.PENDING)
    error_code = models.CharField(max_length=40, blank=True)
    principal_id = models.UUIDField()
    request_id = models.UUIDField()
    subject_id = models.UUIDField(null=True)
    generation = models.PositiveIntegerField(default=0)
    purpose_id = models.UUIDField(null=True)
    source_id = models.UUIDField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    n_results = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant_id", "created_at"],
                condition=models.Q(status__in=[JobStatus.PENDING.value, JobStatus.RUNNING.value]),
                name="job_unfinished",
            ),
            models.Index(fields=["tenant_id", "principal_id", "created_at"], name="job_by_principal"),
        ]


class ThroughScope(TenantRow):
    """Came through an agent, app or run: their random ids from the identity map."""

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
        indexes = [models.Index(fields=["tenant_id", "subject"], name="source_by_subject")]


class Memory(ThroughScope):
    """One fact about one subject for one purpose."""

    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    purpose_version = models.ForeignKey(PurposeVersion, models.DO_NOTHING, db_constraint=False)
    purpose_id = models.UUIDField()
    lawful_basis = models.CharField(max_length=24, choices=[(basis.value, basis.value) for basis in LawfulBasis])
    state = models.CharField(max_length=12, choices=MemoryState.choices, default=MemoryState.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    fingerprint = models.BinaryField(max_length=32)
    job_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "id"], name="memory_in_tenant"),
            # Two adds of one fact at once store it once: the race is decided here, not in code.
            models.UniqueConstraint(
                fields=["tenant_id", "subject", "purpose_id", "fingerprint"],
                condition=models.Q(state="active"),
                name="fact_once",
            ),
            models.CheckConstraint(
                condition=models.Q(lawful_basis__in=[basis.value for basis in LawfulBasis]),
                name="memory_has_a_lawful_basis",
            ),
        ]
        indexes = [
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
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "memory", "version"], name="version_once")]
        indexes = [
            models.Index(
                fields=["tenant_id", "source_id"],
                condition=models.Q(source_id__isnull=False),
                name="version_by_source",
            )
        ]


class Card(models.Model):
    """The sealed search record of a memory. A table of its own, so that recall reads nothing else."""

    memory = models.OneToOneField(Memory, models.DO_NOTHING, db_constraint=False, primary_key=True)
    tenant_id = models.UUIDField(editable=False)
    subject_id = models.UUIDField()
    purpose_id = models.UUIDField()
    version = models.PositiveIntegerField()
    expires_at = models.DateTimeField()
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "subject_id", "purpose_id"], name="card_by_subject")]

    def __str__(self) -> str:
        return f"card:{self.pk}"


class Idempotency(TenantRow):
    """One Idempotency-Key of one API key: which job answered it. A replay is rendered anew, never from here."""

    principal_id = models.UUIDField()
    key_mac = models.BinaryField(max_length=32)
    request_mac = models.BinaryField(max_length=32)
    job_id = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "principal_id", "key_mac"], name="idempotency_once")
        ]
