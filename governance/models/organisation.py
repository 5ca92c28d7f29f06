"""Rows of the `default` database that say who may do what, and the record of what was done."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from governance.ids import uuid7
from governance.policy import (
    Action,
    Capability,
    LawfulBasis,
    PurposeRule,
    ReasonCode,
    SubjectFacts,
    SubjectKind,
    SubjectState,
)


def choices(
    vocabulary: type[Action | Capability | LawfulBasis | ReasonCode | SubjectKind | SubjectState],
) -> list[tuple[str, str]]:
    return [(member.value, member.value.replace("_", " ")) for member in vocabulary]


class Tenant(models.Model):
    """The organisation that answers for the data."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"tenant:{self.id}"


class TenantRow(models.Model):
    """A row of one tenant. Row-level security in the migration hides it from every other."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField(editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name}:{self.pk}"


class Purpose(TenantRow):
    """Why data is processed. What it allows is in its versions, which are never changed once made."""

    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "name"], name="purpose_name_once"),
            models.UniqueConstraint(fields=["tenant_id", "id"], name="purpose_in_tenant"),
        ]


class PurposeVersion(TenantRow):
    purpose = models.ForeignKey(Purpose, models.DO_NOTHING, db_constraint=False, related_name="versions")
    version = models.PositiveIntegerField(default=1)
    lawful_basis = models.CharField(max_length=24, choices=choices(LawfulBasis))
    ceiling_days = models.PositiveIntegerField(help_text="Storage limit: memories expire after so many days.")
    source_days = models.PositiveIntegerField(help_text="Source messages expire after so many days.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "purpose", "version"], name="purpose_version_once"),
            models.CheckConstraint(
                condition=models.Q(lawful_basis__in=[basis.value for basis in LawfulBasis]),
                name="one_of_the_six_lawful_bases",
            ),
            models.CheckConstraint(condition=models.Q(ceiling_days__gt=0), name="purpose_has_a_ceiling"),
        ]

    def rule(self) -> PurposeRule:
        return PurposeRule(
            purpose_id=self.purpose_id,
            version_id=self.id,
            name=self.purpose.name,
            lawful_basis=LawfulBasis(self.lawful_basis),
            ceiling_days=self.ceiling_days,
            source_days=self.source_days,
        )


class Subject(TenantRow):
    """The person (or session, agent, app) that memories are about, under a random id that tells nothing."""

    kind = models.CharField(max_length=8, choices=choices(SubjectKind))
    state = models.CharField(max_length=12, choices=choices(SubjectState), default=SubjectState.ACTIVE.value)
    generation = models.PositiveIntegerField(default=1)
    # Counts every change of what is kept about the subject; kept by triggers, so that no writer can forget it.
    revision = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "id"], name="subject_in_tenant")]

    def facts(self) -> SubjectFacts:
        return SubjectFacts(
            id=self.id,
            kind=SubjectKind(self.kind),
            state=SubjectState(self.state),
            generation=self.generation,
        )


class ApiKey(TenantRow):
    """A machine's key: a looked-up prefix and the SHA-256 of a 256-bit random secret, which needs no slow hash."""

    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.BinaryField(max_length=32)
    capabilities = ArrayField(models.CharField(max_length=40, choices=choices(Capability)))
    allowed_purposes = ArrayField(models.UUIDField())
    default_purpose = models.CharField(max_length=100, blank=True)
    pinned_subject = models.UUIDField(null=True, blank=True)
    pinned_agent = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)


class AuditEvent(TenantRow):
    """One content-free line of evidence: typed columns and enums only. Append-only by privilege and trigger."""

    at = models.DateTimeField(db_default=Now(), editable=False)
    type = models.CharField(max_length=24, choices=choices(Action))
    reason = models.CharField(max_length=24, choices=choices(ReasonCode))
    policy_version = models.PositiveSmallIntegerField()
    principal_id = models.UUIDField()
    role = models.CharField(max_length=24)
    request_id = models.UUIDField()
    subject_id = models.UUIDField(null=True)
    object_id = models.UUIDField(null=True)
    purpose_version_id = models.UUIDField(null=True)
    lawful_basis = models.CharField(max_length=24, null=True, choices=choices(LawfulBasis))
    n_items = models.PositiveIntegerField(default=0)
    item_digest = models.BinaryField(max_length=32, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "at"], name="audit_by_time"),
            models.Index(fields=["tenant_id", "subject_id", "at"], name="audit_by_subject"),
        ]
