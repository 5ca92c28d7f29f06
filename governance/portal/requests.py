"""The person's own requests, whoever opened them.

Before it is known that it is the person: what was asked for, when, and how far it is. For what purpose, and why
something was not done, tells what is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from governance.errors import NoSuchObject
from governance.guard import authorize, effect
from governance.portal.oneself import is_proved, oneself
from governance.rights.requests import visible
from governance.rights.views import RequestView, view, views
from governance.vocabulary import Action

if TYPE_CHECKING:
    from uuid import UUID

    from governance.guard import Caller

MOST = 100  # a page ends somewhere


def own_requests(*, caller: Caller) -> tuple[RequestView, ...]:
    """The newest first. They hold no words."""
    grant = authorize(caller=caller, action=Action.READ_REQUESTS, subject=oneself(caller))
    with effect(caller, Action.READ_REQUESTS):
        rows = visible(caller).order_by("-received_at", "id")[:MOST]
        shown = tuple(_as_known(caller, one) for one in views(rows))
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
        return _as_known(caller, view(row))


def _as_known(caller: Caller, found: RequestView) -> RequestView:
    return found if is_proved(caller) else replace(found, purpose=None, ground="", refused=())
