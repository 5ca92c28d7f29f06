"""Rows of the `keys` database: wrapped keys and the identity map, apart from the data so that they can end apart."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from governance.vocabulary import SubjectKind


class EpochState(models.TextChoices):
    CURRENT = "current"  # new keys are wrapped under it
    RETIRING = "retiring"  # its keys are being wrapped anew under the current one
    RETIRED = "retired"  # no key is left on it
    DESTROYED = "destroyed"  # its root version is gone, or will be at `destroyed_by`


class KeyEpoch(models.Model):
    """Key epoch: one version of the root key.

    `check_value` proves, by the root key alone, that it is the same root key.
    """

    epoch = models.PositiveIntegerField(primary_key=True)
    check_value = models.BinaryField()
    state = models.CharField(max_length=10, choices=EpochState.choices, default=EpochState.CURRENT.value)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    retired_at = models.DateTimeField(null=True)
    # The operator's statement that a backup of `keys` under the following epoch exists, with its reference.
    backup_confirmed_at = models.DateTimeField(null=True)
    backup_reference = models.CharField(max_length=64, blank=True)
    destroyed_at = models.DateTimeField(null=True)
    destroyed_by = models.DateTimeField(null=True, help_text="The keeper's confirmed date: not later than this.")
    record = models.BinaryField(null=True, help_text="The signed statement of its destruction, canonical JSON.")
    signature = models.BinaryField(null=True, max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state=EpochState.CURRENT.value), name="one_current_epoch"
            )
        ]

    def __str__(self) -> str:
        return f"epoch:{self.epoch}"


class TenantKey(models.Model):
    """Tenant key of one epoch, wrapped by the root key."""

    id = models.UUIDField(primary_key=True, editable=False)
    tenant_id = models.UUIDField(editable=False)
    epoch = models.PositiveIntegerField()
    wrapped = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "epoch"], name="tenant_key_once_per_epoch")]

    def __str__(self) -> str:
        return f"tenantkey:{self.id}"


class KeyUse(models.TextChoices):
    PURPOSE = "purpose"  # seals a subject's memories of one purpose
    IDENTITY = "identity"  # seals the id that the assistant uses for a subject
    STAFF = "staff"  # seals a staff user's second factor
    LOOKUP = "lookup"  # the tenant's key for finding an identity by HMAC
    REQUEST = "request"  # seals the file of one request; `subject_id` is then the request's id


class DataKey(models.Model):
    """Data key: random 256 bits, wrapped by the tenant key. Deleting the row is the shred."""

    id = models.UUIDField(primary_key=True, editable=False)
    tenant_id = models.UUIDField(editable=False)
    subject_id = models.UUIDField(help_text="The nil UUID for a key of the tenant itself.")
    purpose_id = models.UUIDField(help_text="The nil UUID for a key that serves no purpose's memories.")
    use = models.CharField(max_length=8, choices=KeyUse.choices)
    epoch = models.PositiveIntegerField()
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "subject_id", "purpose_id", "use"], name="data_key_once")
        ]
        indexes = [models.Index(fields=["tenant_id", "epoch", "id"], name="data_key_by_epoch")]

    def __str__(self) -> str:
        return f"datakey:{self.id}"


class SigningUse(models.TextChoices):
    TREE_HEAD = "tree_head"  # signs the heads of the audit trail
    CERTIFICATE = "certificate"  # signs certificates of erasure, and records of destroyed epochs
    MANIFEST = "manifest"  # signs the list of what is in a copy


class SigningKey(models.Model):
    """Ed25519 key of a tenant.

    Public halves are published for ever; the newest key that is not retired signs.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    tenant_id = models.UUIDField(editable=False)
    use = models.CharField(max_length=12, choices=SigningUse.choices)
    epoch = models.PositiveIntegerField()
    public = models.BinaryField(max_length=32)
    wrapped = models.BinaryField(help_text="The private half, wrapped by the tenant's key.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "use"], condition=models.Q(retired_at__isnull=True), name="one_signing_key"
            )
        ]

    def __str__(self) -> str:
        return f"signingkey:{self.id}"


class LedgerHead(models.Model):
    """Last entry of the protective ledger that this database has taken part in. One row.

    A restore sets it back.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    number = models.PositiveBigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledger_head_is_one_row")]

    def __str__(self) -> str:
        return f"ledger:{self.number}"


class UnwrapCount(models.Model):
    """Unwrap count: how often a person's keys were unwrapped in one hour, to be compared with the trail."""

    id = models.UUIDField(primary_key=True, editable=False)
    tenant_id = models.UUIDField(editable=False)
    subject_id = models.UUIDField()
    hour = models.DateTimeField()
    n = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "hour", "subject_id"], name="unwraps_once_per_hour")
        ]

    def __str__(self) -> str:
        return f"unwraps:{self.id}"


class Identity(models.Model):
    """Identity: the random id for an external id, found by HMAC and readable only with the identity's own key.

    `skeleton` is the HMAC of the normalised id; null for identities made before it was kept.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    tenant_id = models.UUIDField(editable=False)
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in SubjectKind])
    lookup = models.BinaryField(max_length=32)
    skeleton = models.BinaryField(max_length=32, null=True)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # Since when nothing in the other database needs it. Kept here, so that emptying that one does not end it at once.
    unneeded_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "kind", "lookup"], name="identity_once")]
        indexes = [models.Index(fields=["tenant_id", "kind", "skeleton"], name="identity_by_skeleton")]

    def __str__(self) -> str:
        return f"identity:{self.id}"
