"""Pages of recipients, to whom something may be disclosed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.form_actions import ConsoleForm, submit
from api.console.page import page, show
from api.console.pager import PAGE_SIZE, pager_of
from api.console.words import words_of
from api.web.pages import page_number
from governance.access import recipients as use
from governance.models import RecipientKind
from governance.vocabulary import Action, Capability

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller


class RecipientForm(ConsoleForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=[(one.value, words_of(one.value)) for one in RecipientKind])
    address = forms.CharField(label=_("Address"), required=False, max_length=300)
    exempt = forms.BooleanField(
        label=_("Disclosures to it are not accounted for (45 CFR 164.528(a)(1))"), required=False
    )


@page
def recipients(request: HttpRequest, caller: Caller) -> HttpResponse:
    form, back = RecipientForm(request.POST or None), reverse("console:recipients")
    sent = submit(form, request, caller, Action.REGISTER_RECIPIENT, lambda asker: _register(asker, form), back=back)
    if sent is not None:
        return sent
    number = page_number(request)
    found = use.page_recipients(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {
        "recipients": found.rows,
        **pager_of(found, number),
        "form": form,
        "may_write": Capability.WRITE_RECIPIENTS in caller.principal.capabilities,
    }
    return show(request, caller, "console/recipients.html", context, status=400 if form.errors else 200)


@require_POST
@page
def end_recipient(request: HttpRequest, caller: Caller, recipient_id: UUID) -> HttpResponse:
    press = confirmed_actions.end_recipient(recipient_id)
    return confirm(request, caller, press, back=reverse("console:recipients"), done="ended")


def _register(caller: Caller, form: RecipientForm) -> object:
    said = form.cleaned_data
    return use.register_recipient(
        caller=caller,
        name=said["name"],
        kind=RecipientKind(said["kind"]),
        address=said["address"],
        exempt=said["exempt"],
    )
