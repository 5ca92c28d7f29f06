"""Home: what needs this role today, and the pictures it looks at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from api.console.page import page, show
from governance.rights.requests import list_requests
from governance.vocabulary import Capability
from memstore.inbox import inbox

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.guard import Caller
    from governance.rights.views import RequestView
    from memstore.inbox import Inbox

FIRST = 8


@page
def home(request: HttpRequest, caller: Caller) -> HttpResponse:
    waiting = inbox(caller=caller)
    held = caller.principal.capabilities
    due: tuple[RequestView, ...] = ()
    if Capability.HANDLE_RIGHTS in held:
        due = list_requests(caller=caller, open_only=True, page_size=FIRST).requests
    tiles = [tile for tile in _tiles(waiting) if tile["needs"] is None or tile["needs"] in held]
    return show(request, caller, "console/home.html", {"tiles": tiles, "due": due})


def _tiles(waiting: Inbox) -> list[dict[str, object]]:
    """(words, number, where to, who it is for, tone when there is something)."""
    said = (
        (_("requests due or overdue"), waiting.requests_due, "requests", Capability.HANDLE_RIGHTS, "bad"),
        (_("erasures that wait for a second person"), waiting.erasures_to_approve, "requests",
         Capability.APPROVE_ERASURE, "warn"),
        (_("open requests"), waiting.requests_open, "requests", Capability.HANDLE_RIGHTS, "plain"),
        (_("memories in quarantine"), waiting.quarantined, "quarantine", Capability.REVIEW_MEMORIES, "warn"),
    )  # fmt: skip
    return [
        {"words": words, "number": number, "url": reverse(f"console:{name}"), "needs": needs,
         "tone": tone if number else "plain"}
        for words, number, name, needs, tone in said
    ]  # fmt: skip
