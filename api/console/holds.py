"""Pages of legal holds: requested by one person, placed by another, and released by two in the same way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.external_id_field import IdFormField
from api.console.form_actions import ConsoleForm, act, last_day_field, reason_field, submit
from api.console.page import page, show
from api.console.pager import PAGE_SIZE, pager_of
from api.console.purpose_choices import purposes_of
from api.console.similar_ids import ids_of, unseen_twins
from api.console.words import REASONS
from api.web.pages import page_number
from governance.access.staff import names_of_staff
from governance.processing import holds as use
from governance.vocabulary import Action, Capability, SubjectKind

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller


class HoldForm(ConsoleForm):
    user_id = IdFormField(label=_("User id"), help_text=_("As the assistant knows the person."))
    case_reference = reason_field()
    purpose = forms.ChoiceField(label=_("Purpose"), required=False)
    until_at = last_day_field(_("Last day"), required=False)
    disclosable = forms.BooleanField(label=_("The person may be told of the hold"), required=False, initial=True)
    expected = forms.BooleanField(
        label=_("Also if nobody is known by this id yet"),
        required=False,
        help_text=_("The hold then waits for what will be remembered."),
    )


@page
def holds(request: HttpRequest, caller: Caller) -> HttpResponse:
    form = HoldForm(request.POST or None)
    form.offer("purpose", purposes_of(caller, _("everything about the person")))
    back = reverse("console:holds")
    twins = unseen_twins(request, caller, form, ids_of(form)) if form.is_valid() else ()
    if not twins:
        ask = partial(_ask, form)
        sent = submit(form, request, caller, Action.REQUEST_HOLD, ask, back=back, done="asked")
        if sent is not None:
            return sent
    number = page_number(request)
    found = use.page_holds(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {
        "holds": found.rows,
        **pager_of(found, number),
        "staff": names_of_staff(caller=caller),
        "form": form,
        "twins": twins,
        "may_approve": Capability.APPROVE_HOLD in caller.principal.capabilities,
        "own": caller.principal.id,
        "reasons": REASONS,
    }
    return show(request, caller, "console/holds.html", context, status=400 if form.errors else 200)


@require_POST
@page
def approve(request: HttpRequest, caller: Caller, hold_id: UUID) -> HttpResponse:
    back = reverse("console:holds")
    return act(request, caller, lambda who: use.approve_hold(caller=who, hold_id=hold_id), back=back, done="approved")


@require_POST
@page
def release(request: HttpRequest, caller: Caller, hold_id: UUID) -> HttpResponse:
    back = reverse("console:holds")
    return act(request, caller, lambda who: use.request_release(caller=who, hold_id=hold_id), back=back, done="asked")


@require_POST
@page
def release_approve(request: HttpRequest, caller: Caller, hold_id: UUID) -> HttpResponse:
    return confirm(
        request, caller, confirmed_actions.release_hold(hold_id), back=reverse("console:holds"), done="ended"
    )


def _ask(form: HoldForm, caller: Caller) -> object:
    """Request one hold for each id of the person."""
    said = form.cleaned_data
    return [
        use.request_hold(
            caller=caller,
            kind=SubjectKind.USER,
            external_id=external_id,
            reference=said["case_reference"],
            purpose=said["purpose"].strip() or None,
            disclosable=said["disclosable"],
            expected=said["expected"],
            until_at=said["until_at"],
        )
        for external_id in ids_of(form)
    ]
