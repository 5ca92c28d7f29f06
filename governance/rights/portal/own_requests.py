"""The person's own requests, whichever key or member of staff opened them.

Until the person's identity is proved, it shows what was asked for, when, and its progress. The purpose, and the reason
why something was refused, would tell what is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from governance.errors import AccessRefused, NoSuchObject
from governance.guard.authorize import authorize
from governance.rights.request_view import RequestView, view, views
from governance.rights.requests import visible
from governance.subjects.oneself import is_proved, oneself
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.models import RightsRequest

MOST = 100


@dataclass(frozen=True, slots=True)
class OwnRequest(RequestView):
    """One request. `takes_back`: it can be cancelled in this sitting."""

    takes_back: bool


def own_requests(*, caller: Caller) -> tuple[RequestView, ...]:
    """Return the newest 100 requests, newest first, without the person's words."""
    grant = authorize(caller=caller, action=Action.READ_REQUESTS, subject=oneself(caller))
    with grant.effect():
        rows = visible(caller).order_by("-received_at", "id")[:MOST]
        shown = tuple(_as_known(caller, one) for one in views(rows))
        grant.record_under_lock(n_items=len(shown))
    return shown


def own_request(*, caller: Caller, request_id: UUID) -> OwnRequest:
    """Return one request. Raises NoSuchObject, also for a request of another person."""
    grant = authorize(caller=caller, action=Action.READ_REQUESTS, subject=oneself(caller), object_id=request_id)
    with grant.effect():
        row = visible(caller).filter(id=request_id).first()
        if row is None:
            raise NoSuchObject("request")
        grant.record_under_lock(object_id=row.id, n_items=1)
        shown = _as_known(caller, view(row))
        return OwnRequest(
            **{part.name: getattr(shown, part.name) for part in fields(shown)}, takes_back=_takes_back(caller, row)
        )


def may_take_back(caller: Caller, row: RightsRequest) -> None:
    """Check that the caller may cancel a request: one of this sitting, or after proof any that they opened.

    A link does not prove who holds it, and cancelling what others asked for would keep an erasure from happening: so
    the requests that an officer or a key opened cannot be cancelled here. Raises AccessRefused: NOT_ASKED_HERE;
    IDENTITY_UNVERIFIED where the one-time code would allow it.
    """
    if row.opened_by != caller.principal.id:
        raise AccessRefused(ReasonCode.NOT_ASKED_HERE)
    if is_proved(caller):
        return
    if row.opened_in is None or row.opened_in != caller.principal.session_id:
        raise AccessRefused(ReasonCode.NOT_ASKED_HERE)
    if row.verified_at is not None:
        raise AccessRefused(ReasonCode.IDENTITY_UNVERIFIED)


def _takes_back(caller: Caller, row: RightsRequest) -> bool:
    try:
        may_take_back(caller, row)
    except AccessRefused:
        return False
    return row.closed_at is None


def _as_known(caller: Caller, found: RequestView) -> RequestView:
    return found if is_proved(caller) else replace(found, purpose=None, ground="", refused=())
