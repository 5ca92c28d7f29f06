"""The person's own requests, whoever opened them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import NoSuchObject
from governance.guard import authorize, effect
from governance.portal.oneself import oneself
from governance.rights.requests import visible
from governance.rights.views import RequestView, view, views
from governance.vocabulary import Action

if TYPE_CHECKING:
    from uuid import UUID

    from governance.guard import Caller

MOST = 100  # nobody has more, and a page ends somewhere


def own_requests(*, caller: Caller) -> tuple[RequestView, ...]:
    """The newest first. They hold no words."""
    grant = authorize(caller=caller, action=Action.READ_REQUESTS, subject=oneself(caller))
    with effect(caller, Action.READ_REQUESTS):
        shown = views(visible(caller).order_by("-received_at", "id")[:MOST])
        grant.record_held(n_items=len(shown))
    return shown


def own_request(*, caller: Caller, request_id: UUID) -> RequestView:
    """Raises NoSuchObject, also for a request of somebody else."""
    grant = authorize(caller=caller, action=Action.READ_REQUESTS, subject=oneself(caller), object_id=request_id)
    with effect(caller, Action.READ_REQUESTS):
        row = visible(caller).filter(id=request_id).first()
        if row is None:
            raise NoSuchObject("request")
        grant.record_held(object_id=row.id, n_items=1)
        return view(row)
