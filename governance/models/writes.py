"""Idempotency keys of the governance API, and deletions counted per API key."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from governance.models.base import TenantRow


class KeyedWrite(TenantRow):
    """One Idempotency-Key of one principal: whether its request was done, and the object that it is about.

    Key and request are kept as keyed fingerprints. Of the answer only its status and one id are kept.
    """

    principal_id = models.UUIDField(editable=False)
    key_mac = models.BinaryField(max_length=32)
    request_mac = models.BinaryField(max_length=32)
    begun_at = models.DateTimeField(db_default=Now())
    # Set in the transaction of the effect; null means that nothing was done.
    done_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    object_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "principal_id", "key_mac"], name="keyed_write_once")
        ]
        indexes = [models.Index(fields=["tenant_id", "begun_at"], name="keyed_write_by_age")]


class KeyDeletion(TenantRow):
    """Record that a key deleted all memories of a person.

    Counted for the deletion limit, so that no key deletes every person at once.
    """

    principal_id = models.UUIDField(editable=False)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "principal_id", "at"], name="key_deletion_by_time")]
