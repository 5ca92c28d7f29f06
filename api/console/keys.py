"""Pages of API keys: requested by one person, approved by another, claimed by the developer alone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.external_id_field import IdFormField
from api.console.form_actions import ConsoleForm, carry_out, last_day_field, submit
from api.console.page import page, show
from api.console.pager import PAGE_SIZE, pager_of
from api.console.purpose_choices import purposes_of
from api.console.words import CAPABILITIES, REASONS
from api.web.pages import page_number
from governance.access import api_keys as use
from governance.access.recipients import list_recipients
from governance.access.staff import names_of_staff
from governance.vocabulary import MACHINE_CAPABILITIES, Action, Capability

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise as Words

    from governance.context import Caller


def _labelled(capability: Capability) -> Words:
    """Return the code as programs know it, and what it means."""
    return format_lazy("{}: {}", capability.value, CAPABILITIES[capability])


class KeyForm(ConsoleForm):
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("Which assistant uses it, and where."))
    capabilities = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(one.value, _labelled(one)) for one in MACHINE_CAPABILITIES],
        widget=forms.CheckboxSelectMultiple,
    )
    purposes = forms.MultipleChoiceField(label=_("For which purposes"), widget=forms.CheckboxSelectMultiple)
    default_purpose = forms.ChoiceField(
        label=_("Default purpose"), required=False, help_text=_("Without one, each call names its own.")
    )
    expires_at = last_day_field(_("Last day"), required=False)
    recipient_id = forms.TypedChoiceField(
        label=_("Held outside by"),
        required=False,
        coerce=UUID,
        empty_value=None,
        help_text=_("What a recipient's key reads is a disclosure to them."),
    )
    pinned_subject = forms.UUIDField(
        label=_("Only for one person"), required=False, help_text=_("The random id on the person's page. Empty: all.")
    )
    agent_id = IdFormField(
        label=_("Only through one agent"),
        required=False,
        help_text=_("The agent_id that each call then has to name. Empty: all."),
    )


@page
def keys(request: HttpRequest, caller: Caller) -> HttpResponse:
    form = KeyForm(request.POST or None)
    offered = purposes_of(caller, _("none"))
    form.offer("purposes", offered[1:])
    form.offer("default_purpose", offered)
    recipients = list_recipients(caller=caller)
    outside = [(str(one.id), one.name) for one in recipients if one.ended_at is None]
    form.offer("recipient_id", [("", str(_("Nobody"))), *outside])
    back = reverse("console:api-keys")
    sent = submit(
        form,
        request,
        caller,
        Action.REQUEST_KEY,
        lambda asker: use.request_key(caller=asker, **form.cleaned_data),
        back=back,
        done="asked",
    )
    if sent is not None:
        return sent
    held = caller.principal.capabilities
    number = page_number(request)
    found = use.page_keys(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {
        "keys": found.rows,
        "staff": names_of_staff(caller=caller),
        "recipients": {one.id: one.name for one in recipients},
        **pager_of(found, number),
        "form": form,
        "may_ask": Capability.REQUEST_KEY in held,
        "may_approve": Capability.APPROVE_KEY in held,
        "own": caller.principal.id,
        "reasons": REASONS,
    }
    return show(request, caller, "console/keys.html", context, status=400 if form.errors else 200)


@require_POST
@page
def approve(request: HttpRequest, caller: Caller, key_id: UUID) -> HttpResponse:
    back = reverse("console:api-keys")

    def shown(code: str) -> HttpResponse:
        return show(request, caller, "console/claim_code.html", {"code": code, "for_key": True})

    return carry_out(request, caller, lambda asker: use.approve_key(caller=asker, key_id=key_id), back=back, then=shown)


@require_POST
@page
def revoke(request: HttpRequest, caller: Caller, key_id: UUID) -> HttpResponse:
    return confirm(
        request, caller, confirmed_actions.revoke_key(key_id), back=reverse("console:api-keys"), done="revoked"
    )
