"""The sitting of the browser: its cookie holds the token that `governance.rights.portal.sittings.open_portal` gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.web.middleware import request_id
from api.web.pages import TokenCookie
from governance.rights.portal.sittings import find_sitting

if TYPE_CHECKING:
    from django.http import HttpRequest

    from governance.rights.portal.sittings import Sitting

SITTING = TokenCookie("memstore-portal", max_chars=200)


def sitting_of(request: HttpRequest) -> Sitting | None:
    """Return the sitting of this browser, or None without one or after its end."""
    token = SITTING.read(request)
    return find_sitting(presented=token, request_id=request_id(request)) if token else None
