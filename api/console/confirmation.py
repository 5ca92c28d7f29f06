"""Confirmed actions: what destroys, closes or settles first shows its consequence in numbers, then a button.

The first POST of a form shows the page, the second carries its mark. What is done is what was shown: where anything of
it has changed meanwhile, the page is shown again. Works without a script.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from api.console.form_actions import said, stepped_up
from api.console.page import show
from api.console.refusals import words_of_reason
from api.web.form_once import AlreadySent, form_token, once
from governance.access.form_tokens import came_before
from governance.access.sessions import has_stepped_up
from governance.errors import AccessRefused, InvalidChange
from governance.guard.authorize import authorize, refuse
from governance.policy.roles import STEP_UP
from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller
    from governance.vocabulary import Action
    from memstore.forget.erasure.plan import PurposePlan

_SALT = "memstore.console.confirm"
# Refusals after which the page is shown once more: a code was missing or wrong, or the consequence has changed.
_AGAIN = frozenset({ReasonCode.STEP_UP_NEEDED, ReasonCode.SIGN_IN_FAILED, ReasonCode.PLAN_CHANGED})


@dataclass(frozen=True, slots=True)
class Consequence:
    """The consequence of a confirmed action. `lines`: in numbers, each a whole sentence. `button` names it once more.

    `parts`: the plan by purpose, where there is one. `digest` stands for the rows behind the numbers. `code`: a
    one-time code is needed, whatever the action asks for by itself. `destroys`: it cannot be undone.
    """

    title: str
    lines: tuple[str, ...]
    button: str
    parts: tuple[PurposePlan, ...] = ()
    digest: str = ""
    code: bool = False
    destroys: bool = False


# The consequence of a form that only sometimes destroys: this time it does not, and is done at once.
NOTHING_LOST = Consequence("", (), "")


def only_a_code() -> Consequence:
    """Return the consequence of an action by which nothing is lost and that needs a one-time code all the same."""
    return Consequence(_("Confirm with a code"), (_("Nothing is destroyed by this."),), _("Do it"), code=True)


@dataclass(frozen=True, slots=True)
class Press:
    """An action that is confirmed. `fields` are carried from the first form to the second.

    `foresee` reads and changes nothing; `do` gets what was foreseen, and does it.
    """

    action: Action
    foresee: Callable[[Caller], Consequence]
    do: Callable[[Caller, Consequence], object]
    fields: tuple[str, ...] = ()


def confirm(request: HttpRequest, caller: Caller, press: Press, *, back: str, done: str) -> HttpResponse:
    """Show the consequence; or, sent with the mark of that page, do it and go `back`, where `done` is said."""
    try:
        page = _shown_or_done(request, caller, press, back)
    except AlreadySent:
        return said(back, done="already")
    except AccessRefused as refused:
        return said(back, problem=refused.reason.value)
    return page or said(back, done=done)


def _shown_or_done(request: HttpRequest, caller: Caller, press: Press, back: str) -> HttpResponse | None:
    """Return the page to show, or None once it is done. Raises AlreadySent, AccessRefused."""
    sent = request.POST.get("confirmed", "")
    if sent and came_before(caller, form_token(request)):
        raise AlreadySent
    seen = _foreseen(caller, press)
    carried = {name: request.POST[name] for name in press.fields if name in request.POST}
    if seen is not NOTHING_LOST and not constant_time_compare(sent, _mark(request, caller, carried, seen)):
        return _page(request, caller, press, carried, seen, back=back, changed=bool(sent))
    try:
        once(request, caller, lambda: _do(stepped_up(request, caller), press, seen))
    except AccessRefused as refused:
        if refused.reason not in _AGAIN or seen is NOTHING_LOST:
            raise
        now, changed = _foreseen(caller, press), refused.reason is ReasonCode.PLAN_CHANGED
        refusal = "" if changed else words_of_reason(refused.reason.value)
        return _page(request, caller, press, carried, now, back=back, changed=changed, refusal=refusal)
    return None


def _foreseen(caller: Caller, press: Press) -> Consequence:
    """Return the consequence. Raises AccessRefused, which is in the trail, also for a form that is not complete."""
    soon = datetime.now(UTC) + timedelta(minutes=1)  # the code comes with the second form, so none is missed here
    asker = replace(caller, principal=replace(caller.principal, stepped_up_until=soon))
    authorize(caller=asker, action=press.action)
    try:
        seen = press.foresee(asker)
    except InvalidChange:
        refuse(caller, press.action, ReasonCode.INVALID)
        raise
    if seen is NOTHING_LOST and needs_code(press, seen) and not has_stepped_up(caller.principal):
        return only_a_code()
    return seen


def _do(caller: Caller, press: Press, seen: Consequence) -> object:
    if needs_code(press, seen) and not has_stepped_up(caller.principal):
        refuse(caller, press.action, ReasonCode.STEP_UP_NEEDED)
        raise AccessRefused(ReasonCode.STEP_UP_NEEDED)
    return press.do(caller, seen)


def needs_code(press: Press, seen: Consequence) -> bool:
    """Return whether the second form takes a one-time code, unless one was given just now."""
    return seen.code or press.action in STEP_UP


def _page(
    request: HttpRequest,
    caller: Caller,
    press: Press,
    carried: dict[str, str],
    seen: Consequence,
    *,
    back: str,
    changed: bool,
    refusal: str = "",
) -> HttpResponse:
    context = {
        "seen": seen,
        "carried": carried,
        "mark": _mark(request, caller, carried, seen),
        "back": back,
        "needs_code": needs_code(press, seen),
        "changed": changed,
        "here": request.path,
    }
    return show(request, caller, "console/confirm.html", context | ({"refusal": refusal} if refusal else {}))


def _mark(request: HttpRequest, caller: Caller, carried: dict[str, str], seen: Consequence) -> str:
    """Return an HMAC over what was shown, to whom and of which form: only that is done with it."""
    shown = [request.path, str(caller.principal.id), carried, seen.title, seen.lines, seen.button, seen.digest]
    return salted_hmac(_SALT, json.dumps(shown, sort_keys=True, default=str), algorithm="sha256").hexdigest()
