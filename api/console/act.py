"""A form that was sent: its token counts once, a one-time code steps up, and what was done or refused is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.errors import AccessRefused, InvalidChange
from governance.guard import refuse
from governance.sessions import step_up
from governance.submitted import first_time, not_done
from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from governance.guard import Caller
    from governance.vocabulary import Action

T = TypeVar("T")
CODE_DIGITS = 6


class ConsoleForm(forms.Form):
    """Every form of the console. `once` and `code` are no fields of its own: `console/form_end.html` has them."""

    required_css_class = "required"
    error_css_class = "wrong"
    use_required_attribute = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came


class AlreadySent(Exception):
    """The same form came before, and what it asked for was done or is being done."""


def act(request: HttpRequest, caller: Caller, do: Callable[[Caller], object], *, back: str, done: str) -> HttpResponse:
    """A button: do it and go `back`, where `done` (a word of `words.DONE`) or the refusal is said."""
    try:
        once(request, caller, do)
    except AlreadySent:
        return HttpResponseRedirect(f"{back}?{urlencode({'done': 'already'})}")
    except InvalidChange:
        return HttpResponseRedirect(f"{back}?{urlencode({'problem': ReasonCode.INVALID.value})}")
    except AccessRefused as refused:
        return HttpResponseRedirect(f"{back}?{urlencode({'problem': refused.reason.value})}")
    return HttpResponseRedirect(f"{back}?{urlencode({'done': done})}")


def submit(
    form: forms.Form, request: HttpRequest, caller: Caller, action: Action, do: Callable[[Caller], T]
) -> T | None:
    """A form with fields: what came of it, or None when the form now says what is wrong.

    An invalid form is a refusal on the record, as it is in the API. Raises AlreadySent.
    """
    if not form.is_valid():
        refuse(caller, action, ReasonCode.INVALID)
        return None
    try:
        return once(request, caller, do)
    except InvalidChange as wrong:
        form.add_error(wrong.field if wrong.field in form.fields else None, wrong.problem)
    except AccessRefused as refused:
        from api.console.page import problem_of

        form.add_error(None, problem_of(refused)[1])
    return None


def once(request: HttpRequest, caller: Caller, do: Callable[[Caller], T]) -> T:
    """Raises AlreadySent, InvalidChange (no token), and what `do` raises."""
    try:
        token = UUID(request.POST.get("once", ""))
    except ValueError:
        raise InvalidChange("once", "the form is not complete") from None
    if not first_time(caller, token):
        raise AlreadySent
    try:
        return do(stepped_up(request, caller))
    except BaseException:
        not_done(caller, token)
        raise


def stepped_up(request: HttpRequest, caller: Caller) -> Caller:
    """The caller, with a second factor of this moment when the form came with a code. Raises AccessRefused."""
    code = request.POST.get("code", "").strip().replace(" ", "")
    if not code:
        return caller
    if len(code) != CODE_DIGITS or not code.isdecimal():
        raise AccessRefused(ReasonCode.SIGN_IN_FAILED)
    until = step_up(caller=caller, code=code)
    return replace(caller, principal=replace(caller.principal, stepped_up_until=until))


def page_number(request: HttpRequest, *, last: int = 10_000) -> int:
    """`?page=`, the first one for what cannot be read."""
    try:
        return min(max(int(request.GET.get("page", "1")), 1), last)
    except ValueError:
        return 1


def reason_field(label: str | None = None) -> forms.CharField:
    """A reference to a case or ticket: codes, not stories."""
    return forms.CharField(
        label=label or _("Case reference"),
        max_length=120,
        help_text=gettext_lazy("The number of the case or ticket. No names, nothing about the person."),
    )


def now() -> datetime:
    return datetime.now(UTC)
