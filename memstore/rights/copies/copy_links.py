"""Links to copies: for which request they were made, until when they work, and whether they were used.

Never the link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.guard.authorize import authorize
from governance.models import CopyLink
from governance.paging import Page, taken
from governance.vocabulary import Action

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.context import Caller


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link, without its token."""

    id: UUID
    request_id: UUID
    issued_by: UUID
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None


def list_links(*, caller: Caller, page: int = 1, page_size: int = 50) -> Page[LinkView]:
    """Return one page, newest first, for staff who handle requests."""
    grant = authorize(caller=caller, action=Action.LIST_LINKS)
    with grant.effect():
        rows, total = taken(CopyLink.objects.order_by("-issued_at", "-id"), page, page_size)
        grant.record(n_items=len(rows))
    views = (
        LinkView(row.id, row.request_id, row.issued_by, row.issued_at, row.expires_at, row.used_at) for row in rows
    )
    return Page(tuple(views), total)
