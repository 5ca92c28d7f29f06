"""Audit trail and its proof: events, the queue of unsealed ones, leaves, signed tree heads, anchors, checks."""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from governance.models.base import TenantRow, choices, one_of
from governance.vocabulary import Action, AnchorKind, LawfulBasis, Problem, ReasonCode, SystemJob


class AuditEvent(TenantRow):
    """One audit event without content: typed columns and enums only. Append-only by privilege and trigger.

    Partitioned by month of `at`; `governance.evidence.partitions` makes the months.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    type = models.CharField(max_length=24, choices=choices(Action))
    reason = models.CharField(max_length=24, choices=choices(ReasonCode))
    policy_version = models.PositiveSmallIntegerField()
    principal_id = models.UUIDField(help_text="The nil UUID where `job` says who acted.")
    role = models.CharField(max_length=24)
    job = models.CharField(max_length=24, null=True, choices=choices(SystemJob))
    request_id = models.UUIDField()
    address = models.GenericIPAddressField(null=True, help_text="Where the request came from.")
    subject_id = models.UUIDField(null=True)
    object_id = models.UUIDField(null=True)
    purpose_version_id = models.UUIDField(null=True)
    lawful_basis = models.CharField(max_length=24, null=True, choices=choices(LawfulBasis))
    n_items = models.PositiveIntegerField(default=0)
    item_digest = models.BinaryField(max_length=32, null=True)
    # Sorted (memory id, version) pairs of 16 and 4 bytes, of which `item_digest` is the SHA-256.
    items = models.BinaryField(null=True)
    # Random and kept with the event only: once the event is dropped, the hash of its leaf reveals nothing.
    salt = models.UUIDField(db_default=RandomUUID(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "at"], name="audit_by_time"),
            models.Index(fields=["tenant_id", "subject_id", "at"], name="audit_by_subject"),
            models.Index(fields=["tenant_id", "principal_id", "at"], name="audit_by_principal"),
            # Finds rare types of events among a million reads.
            models.Index(fields=["tenant_id", "type", "at"], name="audit_by_type"),
            models.Index(
                fields=["tenant_id", "at"],
                condition=~models.Q(reason=ReasonCode.ALLOWED.value),
                name="audit_refused",
            ),
        ]


class AuditQueued(models.Model):
    """Audit event that waits for its leaf.

    Written with the event, and deleted by the sealer in the transaction of the leaf.
    """

    event_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField(editable=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"queued:{self.event_id}"


class AuditLeaf(models.Model):
    """Leaf of the tenant's Merkle tree (RFC 6962, 2.1). `index` is the order of evidence, fixed by the sealer."""

    event_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField(editable=False)
    index = models.BigIntegerField()
    at = models.DateTimeField(help_text="Of the event: says which partition it is in.")
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "index"], name="leaf_once")]

    def __str__(self) -> str:
        return f"leaf:{self.index}"


class TreeHead(TenantRow):
    """Signed root over the first `size` leaves (RFC 6962, 3.5).

    `frontier` lets the sealer continue without reading those leaves again.
    """

    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    frontier = models.BinaryField(help_text="Roots of the full subtrees, largest first, 32 bytes each.")
    at = models.DateTimeField()
    key_id = models.UUIDField()
    signature = models.BinaryField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "size"], name="head_once")]


class AuditAnchor(TenantRow):
    """Record that a tree head was put to an anchor, and when.

    Verification reads the anchor itself, not this row.
    """

    size = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=choices(AnchorKind))
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "kind", "size"], name="anchored_once"),
            one_of("kind", AnchorKind, "anchor_of_a_known_kind"),
        ]


class AuditDrop(TenantRow):
    """Record that one month's events were dropped; their leaves stay.

    The event whose object this is has the digest of `runs`.
    """

    month = models.DateField()
    # All runs of leaves dropped so far, packed like an event's items: 16 bytes of first number, 4 of length.
    runs = models.BinaryField()
    n_events = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "month"], name="month_dropped_once")]


class AuditCheck(TenantRow):
    """Outcome of one verification of a tenant's trail."""

    at = models.DateTimeField(db_default=Now())
    problem = models.CharField(max_length=16, blank=True, choices=choices(Problem), help_text="Empty: intact.")
    size = models.BigIntegerField()
    anchored_size = models.BigIntegerField(null=True, help_text="Empty: unanchored.")
    unsealed = models.BigIntegerField()
    first_bad_index = models.BigIntegerField(null=True)
    seconds = models.FloatField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(problem__in=["", *(one.value for one in Problem)]),
                name="check_found_a_known_problem",
            )
        ]
        indexes = [models.Index(fields=["tenant_id", "-at"], name="check_by_time")]
