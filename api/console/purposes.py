"""Pages of purposes: the lawful basis of each, its periods, and how each detected class is handled."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from django import forms
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.form_actions import ConsoleForm, submit
from api.console.page import page, show
from api.console.words import words_of
from governance.access.staff import names_of_staff
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.loosening_proposal import LooseningView
from governance.processing.purposes import (
    create_purpose,
    list_compatibilities,
    list_purposes,
    purpose_versions,
    record_compatibility,
    revise_purpose,
)
from governance.vocabulary import Action, Article9Condition, Capability, Handling, LawfulBasis

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise as Words

    from governance.context import Caller
    from governance.processing.purposes import PurposeView

HANDLINGS = [(one.value, words_of(one.value)) for one in Handling]


def handling(label: Words) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=HANDLINGS)


class PurposeForm(ConsoleForm):
    """The form of one purpose version. Its first values are the strict ones (Art. 25(2))."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Short, as in X-Purpose. It stays."))
    lawful_basis = forms.ChoiceField(
        label=_("Lawful basis"), choices=[(one.value, words_of(one.value)) for one in LawfulBasis]
    )
    personal = forms.BooleanField(
        label=_("About persons"), required=False, initial=True, help_text=_("Off: what agents and apps know of nobody.")
    )
    ceiling_days = forms.IntegerField(label=_("Memories are kept for days"), min_value=1, initial=365)
    source_days = forms.IntegerField(label=_("Conversations are kept for days"), min_value=1, initial=30)
    identifiers = handling(_("Identifiers (e-mail, phone, IBAN) are"))
    secrets = handling(_("Secrets are"))
    special = handling(_("Special categories (Art. 9) are"))
    article9_condition = forms.ChoiceField(
        label=_("Condition for them"),
        required=False,
        choices=[("", _("none"))] + [(one.value, f"Art. {one.value}") for one in Article9Condition],
    )
    criminal = handling(_("Criminal matters (Art. 10) are"))
    criminal_authority = forms.CharField(label=_("Law that allows them"), required=False, max_length=200)
    unknown = handling(_("What no detector can read is"))
    review_first = forms.BooleanField(label=_("A person releases each new memory"), required=False)
    direct_marketing = forms.BooleanField(label=_("Direct marketing"), required=False)
    usable_for_decision = forms.BooleanField(label=_("May serve decisions about people (Art. 22)"), required=False)
    dpia_reference = forms.CharField(label=_("Impact assessment"), required=False, max_length=200)

    def terms(self) -> PurposeTerms:
        said = self.cleaned_data
        condition = said["article9_condition"]
        return PurposeTerms(
            lawful_basis=LawfulBasis(said["lawful_basis"]),
            ceiling_days=said["ceiling_days"],
            source_days=said["source_days"],
            personal=said["personal"],
            article9_condition=Article9Condition(condition) if condition else None,
            identifiers=Handling(said["identifiers"]),
            secrets=Handling(said["secrets"]),
            special=Handling(said["special"]),
            criminal=Handling(said["criminal"]),
            unknown=Handling(said["unknown"]),
            criminal_authority=said["criminal_authority"],
            review_first=said["review_first"],
            direct_marketing=said["direct_marketing"],
            usable_for_decision=said["usable_for_decision"],
            dpia_reference=said["dpia_reference"],
        )


class CompatibilityForm(ConsoleForm):
    source = forms.ChoiceField(label=_("Memories of"))
    target = forms.ChoiceField(label=_("May also be read for"))
    reason = forms.CharField(
        label=_("Why the two are compatible"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The assessment of Art. 6(4), or where it is. What rests on consent serves no other purpose."),
    )


@page
def purposes(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the purposes, and which may be read for which; the form records another compatibility."""
    found = list_purposes(caller=caller)
    form = CompatibilityForm(request.POST or None)
    form.offer("source", [(one.name, one.name) for one in found if not _rests_on_consent(one)])
    form.offer("target", [(one.name, one.name) for one in found])
    sent = submit(
        form,
        request,
        caller,
        Action.RECORD_COMPATIBILITY,
        lambda asker: record_compatibility(caller=asker, **form.cleaned_data),
        back=reverse("console:loosenings"),
        done="asked",
    )
    if sent is not None:
        return sent
    held = caller.principal.capabilities
    context = {
        "purposes": found,
        "compatibilities": list_compatibilities(caller=caller),
        "staff": names_of_staff(caller=caller),
        "form": form,
        "may_write": Capability.WRITE_PURPOSES in held,
        "may_link": Capability.WRITE_COMPATIBILITY in held and len(found) > 1,
    }
    return show(request, caller, "console/purposes.html", context, status=400 if form.errors else 200)


@require_POST
@page
def end(request: HttpRequest, caller: Caller, compatibility_id: UUID) -> HttpResponse:
    press = confirmed_actions.end_link(compatibility_id)
    return confirm(request, caller, press, back=reverse("console:purposes"), done="ended")


@page
def new(request: HttpRequest, caller: Caller) -> HttpResponse:
    strict = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=365)
    form = PurposeForm(request.POST or None, initial=_initial(strict))
    return _saved(request, caller, form, Action.CREATE_PURPOSE)


@page
def purpose(request: HttpRequest, caller: Caller, purpose_id: UUID) -> HttpResponse:
    """Show one purpose with all its versions; a role that may write purposes gets the form of the next one."""
    versions = purpose_versions(caller=caller, purpose_id=purpose_id)
    latest = versions[0]
    form = PurposeForm(request.POST or None, initial={"name": latest.name, **_initial(latest.terms)})
    form.fields["name"].disabled = True
    return _saved(request, caller, form, Action.REVISE_PURPOSE, versions)


def _saved(
    request: HttpRequest, caller: Caller, form: PurposeForm, action: Action, versions: Sequence[PurposeView] = ()
) -> HttpResponse:
    use = create_purpose if action is Action.CREATE_PURPOSE else revise_purpose
    back = reverse("console:purpose", args=[versions[0].id]) if versions else reverse("console:purposes")
    sent = submit(
        form,
        request,
        caller,
        action,
        lambda asker: use(caller=asker, name=form.cleaned_data["name"], terms=form.terms()),
        back=back,
        then=lambda made: _told(made, back),
    )
    if sent is not None:
        return sent
    context = {
        "form": form,
        "versions": versions,
        "latest": versions[0] if versions else None,
        "may_write": Capability.WRITE_PURPOSES in caller.principal.capabilities,
    }
    return show(request, caller, "console/purpose.html", context, status=400 if form.errors else 200)


def _told(made: PurposeView | LooseningView, back: str) -> HttpResponse:
    """Redirect to the purpose if the change is in effect, or to the loosenings if it waits for a second person."""
    if isinstance(made, LooseningView):
        return HttpResponseRedirect(f"{reverse('console:loosenings')}?done=asked")
    return HttpResponseRedirect(f"{back}?done=saved")


def _initial(terms: PurposeTerms) -> dict[str, object]:
    return {one.name: getattr(terms, one.name) or "" for one in fields(terms)} | {"personal": terms.personal}


def _rests_on_consent(purpose: PurposeView) -> bool:
    return purpose.terms.lawful_basis is LawfulBasis.CONSENT
