"""Handling of a form that was sent: its token counts once, a one-time code steps up, and the outcome is said."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from api.console.refusals import words_of_refusal
from api.web.form_once import AlreadySent, once
from governance.access.sessions import step_up
from governance.errors import AccessRefused, InvalidChange
from governance.guard.authorize import refuse
from governance.tenancy.days import moment_of, zone
from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse, QueryDict
    from django.utils.functional import _StrPromise as Words

    from governance.context import Caller
    from governance.vocabulary import Action

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
CODE_DIGITS = 6
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ConsoleForm(forms.Form):
    """The base of all forms of the console.

    `console/form_end.html` adds `once` and `code`, which are no fields of it.
    """

    required_css_class = "required"
    error_css_class = "wrong"
    use_required_attribute = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    def offer(self, field: str, choices: list[tuple[str, str]]) -> None:
        """Set the choices of a field, which depend on the tenant."""
        chosen_from = self.fields[field]
        assert isinstance(chosen_from, forms.ChoiceField)  # noqa: S101 - a form of ours, wrongly written
        chosen_from.choices = choices


def act(request: HttpRequest, caller: Caller, do: Callable[[Caller], object], *, back: str, done: str) -> HttpResponse:
    """Do what a button asks for and go `back`, where `done` (a word of `words.DONE`) or the refusal is said."""
    return carry_out(request, caller, do, back=back, then=lambda _made: said(back, done=done))


def carry_out(
    request: HttpRequest, caller: Caller, do: Callable[[Caller], T], *, back: str, then: Callable[[T], HttpResponse]
) -> HttpResponse:
    """Do what a button asks for, and answer with `then`, which makes a page or a file of the result."""
    try:
        made = once(request, caller, lambda: do(stepped_up(request, caller)))
    except AlreadySent:
        return said(back, done="already")
    except InvalidChange:
        return said(back, problem=ReasonCode.INVALID.value)
    except AccessRefused as refused:
        return said(back, problem=refused.reason.value)
    return then(made)


def submit(
    form: forms.Form,
    request: HttpRequest,
    caller: Caller,
    action: Action,
    do: Callable[[Caller], T],
    *,
    back: str,
    done: str = "saved",
    then: Callable[[T], HttpResponse] | None = None,
) -> HttpResponse | None:
    """Do what a form with fields asks for, if it was sent, and go `back`, where `done` is said, or answer with `then`.

    Returns None while there is something to fill in: nothing was sent, or the form now says what is wrong with it. An
    invalid form is a refusal in the trail, as it is in the API.
    """
    if request.method != "POST":
        return None
    if not form.is_valid():
        refuse(caller, action, ReasonCode.INVALID)
        return None
    try:
        made = once(request, caller, lambda: do(stepped_up(request, caller)))
    except AlreadySent:
        return said(back, done="already")
    except InvalidChange as wrong:
        form.add_error(wrong.field if wrong.field in form.fields else None, wrong.problem)
    except AccessRefused as refused:
        form.add_error(None, words_of_refusal(refused))
    else:
        return then(made) if then is not None else said(back, done=done)
    return None


def chosen(kind: type[E], fields: QueryDict, name: str) -> E:
    """Return the member of `kind` that was picked from a list. Raises InvalidChange."""
    try:
        return kind(fields.get(name, ""))
    except ValueError:
        raise InvalidChange(name, "choose one of the list") from None


def stepped_up(request: HttpRequest, caller: Caller) -> Caller:
    """Return the caller, stepped up if the form came with a one-time code. Raises AccessRefused for a wrong code."""
    code = request.POST.get("code", "").strip().replace(" ", "")
    if not code:
        return caller
    if len(code) != CODE_DIGITS or not code.isdecimal():
        raise AccessRefused(ReasonCode.SIGN_IN_FAILED)
    until = step_up(caller=caller, code=code)
    return replace(caller, principal=replace(caller.principal, stepped_up_until=until))


def reason_field() -> forms.CharField:
    """Return the field for a reference to a case or ticket, without free text."""
    return forms.CharField(
        label=_("Case reference"),
        max_length=120,
        help_text=_("The number of the case or ticket. No names, nothing about the person."),
    )


class DayOrMomentField(forms.DateTimeField):
    """A field for a day and a time in UTC; a day alone is all of it, in the tenant's time zone."""

    def __init__(self, *, is_end: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._is_end = is_end

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, str) and _DAY.fullmatch(value.strip()):
            try:
                return moment_of(value.strip(), zone(), is_end=self._is_end)
            except (ValueError, OverflowError):
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return super().to_python(value)


def moment_field(
    label: Words, *, help_text: Words | str = "", required: bool = True, is_end: bool = False
) -> forms.DateTimeField:
    """Return a field for a day and a time in UTC."""
    picked = forms.DateTimeInput(attrs={"type": "datetime-local"})
    return DayOrMomentField(label=label, help_text=help_text, required=required, widget=picked, is_end=is_end)


def last_day_field(label: Words, *, required: bool = True) -> forms.DateTimeField:
    """Return a field for the last day on which something is valid."""
    picked = forms.DateInput(attrs={"type": "date"})
    words = _("Until the end of that day, in your organisation's time zone. Empty: without an end.")
    return DayOrMomentField(label=label, help_text=words, required=required, widget=picked, is_end=True)


def said(back: str, **words: str) -> HttpResponse:
    """Redirect to a page that says `done`, or the `problem`: words of a list, since they are part of an address."""
    return HttpResponseRedirect(f"{back}?{urlencode(words)}")
