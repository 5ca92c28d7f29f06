"""Pages of breaches and their clocks (Art. 33)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.form_actions import ConsoleForm, moment_field, reason_field, submit
from api.console.page import page, show
from api.console.pager import PAGE_SIZE, pager_of
from api.console.words import words_of
from api.web.pages import page_number
from governance.accountability.breach_report import breach_report
from governance.accountability.breaches import BreachStep, open_breach, page_breaches
from governance.models import BreachKind
from governance.vocabulary import Action, Capability

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller

STEPS = [(one.value, words_of(one.value)) for one in BreachStep]


class BreachForm(ConsoleForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=[(one.value, words_of(one.value)) for one in BreachKind])
    case_reference = reason_field()
    aware_at = moment_field(_("When we became aware"), help_text=_("UTC."))
    since = moment_field(_("It began"), help_text=_("UTC."))
    until = moment_field(_("It ended"), help_text=_("UTC."), is_end=True)


@page
def breaches(request: HttpRequest, caller: Caller) -> HttpResponse:
    form, back = BreachForm(request.POST or None), reverse("console:breaches")
    sent = submit(form, request, caller, Action.OPEN_BREACH, lambda asker: _open(asker, form), back=back)
    if sent is not None:
        return sent
    number = page_number(request)
    found = page_breaches(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {
        "breaches": found.rows,
        **pager_of(found, number),
        "form": form,
        "steps": STEPS,
        "may_handle": Capability.HANDLE_BREACHES in caller.principal.capabilities,
    }
    return show(request, caller, "console/breaches.html", context, status=400 if form.errors else 200)


@page
def breach(request: HttpRequest, caller: Caller, breach_id: UUID) -> HttpResponse:
    """Show one case: its clocks, and what the trail counts in its window (Art. 33(3)(a))."""
    context = {
        "report": breach_report(caller=caller, breach_id=breach_id),
        "steps": STEPS,
        "may_handle": Capability.HANDLE_BREACHES in caller.principal.capabilities,
    }
    return show(request, caller, "console/breach.html", context)


@require_POST
@page
def breach_step(request: HttpRequest, caller: Caller, breach_id: UUID) -> HttpResponse:
    press = confirmed_actions.breach_step(breach_id, request.POST)
    return confirm(request, caller, press, back=reverse("console:breach", args=[breach_id]), done="saved")


def _open(caller: Caller, form: BreachForm) -> object:
    said = form.cleaned_data
    return open_breach(
        caller=caller,
        kind=BreachKind(said["kind"]),
        reference=said["case_reference"],
        aware_at=said["aware_at"],
        since=said["since"],
        until=said["until"],
    )
