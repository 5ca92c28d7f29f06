"""The home page: what waits for this role today, and charts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from api.console.charts import Chart, table_of
from api.console.page import page, show
from api.console.requests import APPROVAL
from api.console.words import words_of
from governance.rights.requests import due_requests
from governance.vocabulary import Capability
from memstore.oversight.dashboard import overview
from memstore.oversight.inbox import inbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller
    from governance.rights.request_view import RequestView
    from memstore.oversight.dashboard import Count, Dashboard
    from memstore.oversight.inbox import Inbox

FIRST = 8
ALWAYS = 4
LATE_SECONDS = 120


def _n(one: str, many: str) -> Any:
    """Return words that go with a number, `% {"n": number}`."""
    return ngettext_lazy(one, many, "n")


# (the capability that sees it, the count of the inbox, the page, the tone, the words after the number)
WAITING = (
    (
        Capability.HANDLE_RIGHTS,
        "requests_due",
        "requests",
        "bad",
        _n("request due or overdue", "requests due or overdue"),
    ),
    (
        Capability.APPROVE_ERASURE,
        "erasures_to_approve",
        f"requests?which={APPROVAL}",
        "warn",
        _n("erasure that waits for your approval", "erasures that wait for your approval"),
    ),
    (Capability.HANDLE_RIGHTS, "requests_open", "requests", "plain", _n("open request", "open requests")),
    (
        Capability.REVIEW_MEMORIES,
        "quarantined",
        "quarantine",
        "warn",
        _n("memory in quarantine", "memories in quarantine"),
    ),
    (
        Capability.REVIEW_MEMORIES,
        "contradictions",
        "contradictions",
        "warn",
        _n("contradiction to decide", "contradictions to decide"),
    ),
    (
        Capability.REVIEW_REVEAL,
        "break_glass_to_review",
        "break-glass",
        "warn",
        _n("reveal to review", "reveals to review"),
    ),
    (
        Capability.HANDLE_RIGHTS,
        "open_objections",
        "objections",
        "warn",
        _n("objection to settle", "objections to settle"),
    ),
    (
        Capability.HANDLE_RIGHTS,
        "raised_statements",
        "objections",
        "warn",
        _n("objection said in a chat", "objections said in chats"),
    ),
    (
        Capability.APPROVE_HOLD,
        "holds_to_approve",
        "holds",
        "warn",
        _n("hold that waits for your approval", "holds that wait for your approval"),
    ),
    (
        Capability.APPROVE_RETENTION,
        "rules_to_approve",
        "retention",
        "warn",
        _n("retention rule to approve", "retention rules to approve"),
    ),
    (
        Capability.APPROVE_LOOSENING,
        "loosenings_to_approve",
        "loosenings",
        "warn",
        _n("change that loosens, to approve", "changes that loosen, to approve"),
    ),
    (Capability.APPROVE_KEY, "keys_to_approve", "api-keys", "warn", _n("API key to approve", "API keys to approve")),
    (Capability.APPROVE_MEMBER, "staff_to_approve", "staff", "warn", _n("account to approve", "accounts to approve")),
    (
        Capability.READ_CONFIGURATION,
        "overdue_memories",
        "health",
        "bad",
        _n("memory past its end", "memories past their end"),
    ),
    (
        Capability.READ_CONFIGURATION,
        "damaged_values",
        "health",
        "bad",
        _n("damaged value, found this week", "damaged values, found this week"),
    ),
)


@dataclass(frozen=True, slots=True)
class Tile:
    words: str
    number: int | str
    url: str
    tone: str


@page
def home(request: HttpRequest, caller: Caller) -> HttpResponse:
    waiting, seen = inbox(caller=caller), overview(caller=caller)
    held = caller.principal.capabilities
    due: tuple[RequestView, ...] = ()
    if Capability.HANDLE_RIGHTS in held:
        due = due_requests(caller=caller, limit=FIRST)
    context = {"tiles": [*_tiles(waiting, held), _seal(seen)], "due": due, "charts": _charts(seen, held)}
    return show(request, caller, "console/home.html", context)


def _tiles(waiting: Inbox, held: frozenset[Capability]) -> list[Tile]:
    """Return what waits for this role, each leading to its page.

    A row with the number 0 is shown only among the first four.
    """
    numbers = asdict(waiting)
    return [
        Tile(words % {"n": numbers[name]}, numbers[name], _address(place), tone if numbers[name] else "plain")
        for row, (needed, name, place, tone, words) in enumerate(WAITING)
        if needed in held and (numbers[name] or row < ALWAYS)
    ]


def _address(place: str) -> str:
    name, mark, query = place.partition("?")
    return reverse(f"console:{name}") + mark + query


def _seal(seen: Dashboard) -> Tile:
    """Return the tile that says how far the sealer is behind the trail."""
    if seen.unsealed_since is None:
        return Tile(_("The audit trail is sealed to the last event"), _("sealed"), "", "plain")
    late = int((datetime.now(UTC) - seen.unsealed_since).total_seconds())
    words = ngettext(
        "event not sealed yet, for %(late)s s", "events not sealed yet, the oldest for %(late)s s", seen.unsealed
    )
    return Tile(words % {"late": late}, seen.unsealed, "", "warn" if late > LATE_SECONDS else "plain")


def _charts(seen: Dashboard, held: frozenset[Capability]) -> list[Chart]:
    drawn = [
        _chart("kept", _("What is kept, by purpose and class"), seen.kept, _("Nothing is remembered yet.")),
        _chart("ending", _("What ends in the next twelve weeks"), seen.ending, _("Nothing ends in the next weeks.")),
        _chart("reads", _("Reads by purpose, last 30 days"), seen.reads, _("Nothing was read yet.")),
    ]
    if Capability.HANDLE_RIGHTS in held:
        title = _("Open requests by days left")
        drawn.insert(0, _chart("due", title, seen.requests, _("No request is open.")))
    return drawn


def _chart(name: str, title: str, counts: Sequence[Count], empty: str) -> Chart:
    labels, series = table_of((one.label, one.series, one.number) for one in counts)
    named = tuple((words_of(one) if one else _("without"), values) for one, values in series)
    shown = tuple(words_of(label) if label == "overdue" else label for label in labels)
    return Chart(id=f"chart-{name}", title=title, labels=shown, series=named, empty=empty)
