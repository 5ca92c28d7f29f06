"""Portal: the link that opens it once, the sitting that the link opens, and the one-time code.

Only digests of secrets are kept. The text that the person holds names the tenant and the row, so that they are found
under row-level security like every other row.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from governance.models.base import TenantRow
from governance.models.requests import RightsRequest
from governance.models.subjects import Subject

LONGEST_LINK = timedelta(hours=24)


class PortalLink(TenantRow):
    """Link that opens the portal of one person, once. `issued_by`: a key or a member of staff."""

    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    secret_sha256 = models.BinaryField(max_length=32)
    issued_by = models.UUIDField(editable=False)
    issued_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "id"], name="portal_link_in_tenant"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("issued_at"))
                & models.Q(expires_at__lte=models.F("issued_at") + LONGEST_LINK),
                name="portal_link_lives_a_day_at_most",
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "subject"], name="portal_link_by_subject")]


class PortalSitting(TenantRow):
    """Sitting of the portal, from the opening of a link to its end.

    `proved_at`: when a one-time code showed that it is the person; null before.
    """

    link = models.ForeignKey(PortalLink, models.DO_NOTHING, db_constraint=False)
    subject = models.ForeignKey(Subject, models.DO_NOTHING, db_constraint=False)
    secret_sha256 = models.BinaryField(max_length=32)
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    idle_until = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        # Opened several times at once, a link opens one sitting.
        constraints = [models.UniqueConstraint(fields=["tenant_id", "link"], name="portal_link_opens_once")]
        indexes = [models.Index(fields=["tenant_id", "subject"], name="portal_sitting_by_subject")]


class PortalCode(TenantRow):
    """One-time code for one request, as an HMAC under the tenant's own key.

    The code is short, so a plain digest would reveal it.
    """

    request = models.ForeignKey(RightsRequest, models.DO_NOTHING, db_constraint=False)
    code_mac = models.BinaryField(max_length=32)
    issued_by = models.UUIDField(editable=False)
    issued_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "request"], name="one_code_per_request")]
