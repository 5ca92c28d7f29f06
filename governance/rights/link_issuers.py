"""Issuers of portal links: they may neither vouch for the person nor approve the person's erasure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.models import PortalLink, PortalSitting

if TYPE_CHECKING:
    from uuid import UUID

REMEMBERED = timedelta(days=30)


def drop_old_links(now: datetime) -> int:
    """Delete links that expired more than 30 days ago, with their sittings. Return the number of links.

    Call it inside the tenant's context.
    """
    old = list(PortalLink.objects.filter(expires_at__lt=now - REMEMBERED).values_list("id", flat=True))
    PortalSitting.objects.filter(link_id__in=old).delete()
    return PortalLink.objects.filter(id__in=old).delete()[0]


def issuers_of_late(subject_id: UUID) -> tuple[UUID, ...]:
    """Return the issuers of this person's portal links in the last 30 days, who may have opened the portal themselves.

    Call it inside the tenant's context.
    """
    links = PortalLink.objects.filter(subject_id=subject_id, issued_at__gt=datetime.now(UTC) - REMEMBERED)
    return tuple(links.values_list("issued_by", flat=True))
