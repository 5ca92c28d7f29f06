"""Who issued links to a person's portal: whoever did may neither vouch for that person nor approve their erasure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.models import PortalLink, PortalSitting

if TYPE_CHECKING:
    from uuid import UUID

REMEMBERED = timedelta(days=30)  # for so long it is known


def drop_old_links(now: datetime) -> int:
    """Links that nobody has to be told apart by any more, with their sittings. Inside the tenant's context."""
    old = list(PortalLink.objects.filter(expires_at__lt=now - REMEMBERED).values_list("id", flat=True))
    PortalSitting.objects.filter(link_id__in=old).delete()
    return PortalLink.objects.filter(id__in=old).delete()[0]


def issuers_of_late(subject_id: UUID) -> tuple[UUID, ...]:
    """Who issued links to this person's portal, and so may have sat there. Inside the tenant's context."""
    links = PortalLink.objects.filter(subject_id=subject_id, issued_at__gt=datetime.now(UTC) - REMEMBERED)
    return tuple(links.values_list("issued_by", flat=True))
