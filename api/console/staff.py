"""Pages of staff: requested by one person, approved by another, who is shown the claim code once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.form_actions import ConsoleForm, carry_out, submit
from api.console.page import page, show
from api.console.words import REASONS, words_of
from governance.access import staff as use
from governance.vocabulary import STAFF, Action, Capability

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller


class MemberForm(ConsoleForm):
    username = forms.CharField(label=_("Name to sign in with"), max_length=use.MAX_USERNAME_CHARS)
    name = forms.CharField(label=_("Full name"), required=False, max_length=200)
    role = forms.ChoiceField(label=_("Role"), choices=sorted((one.value, words_of(one.value)) for one in STAFF))
    personnel_number = forms.CharField(
        label=_("Personnel number"),
        max_length=100,
        help_text=_("Kept as a keyed hash only: it makes sure that nobody is two people here."),
    )


@page
def staff(request: HttpRequest, caller: Caller) -> HttpResponse:
    form = MemberForm(request.POST or None)
    back = reverse("console:staff")
    sent = submit(
        form,
        request,
        caller,
        Action.REQUEST_MEMBER,
        lambda asker: use.request_member(caller=asker, **form.cleaned_data),
        back=back,
        done="asked",
    )
    if sent is not None:
        return sent
    held, found = caller.principal.capabilities, use.list_staff(caller=caller)
    context = {
        "staff": found,
        "names": {one.id: one.display_name or one.username for one in found},
        "form": form,
        "may_ask": Capability.REQUEST_MEMBER in held,
        "may_approve": Capability.APPROVE_MEMBER in held,
        "own": caller.principal.id,
        "reasons": REASONS,
    }
    return show(request, caller, "console/staff.html", context, status=400 if form.errors else 200)


@require_POST
@page
def approve(request: HttpRequest, caller: Caller, user_id: UUID) -> HttpResponse:
    back = reverse("console:staff")

    def shown(code: str) -> HttpResponse:
        return show(request, caller, "console/claim_code.html", {"code": code, "for_key": False})

    return carry_out(
        request, caller, lambda asker: use.approve_member(caller=asker, user_id=user_id), back=back, then=shown
    )


@require_POST
@page
def suspend(request: HttpRequest, caller: Caller, user_id: UUID) -> HttpResponse:
    return confirm(
        request, caller, confirmed_actions.suspend_member(user_id), back=reverse("console:staff"), done="suspended"
    )
