"""Pages of consent notices: the words that people consent to, each version as it was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from api.console.form_actions import ConsoleForm, submit
from api.console.page import page, show
from governance.processing.consents import MAX_NOTICE_CHARS, list_notices, register_notice
from governance.processing.purposes import list_purposes
from governance.vocabulary import Action, Capability, LawfulBasis

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller


class NoticeForm(ConsoleForm):
    purpose = forms.ChoiceField(label=_("Purpose"))
    language = forms.CharField(label=_("Language"), max_length=40, initial="en", help_text=_("As en, de or pt-BR."))
    text = forms.CharField(
        label=_("The notice"),
        max_length=MAX_NOTICE_CHARS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Word for word as the person sees it. It cannot be changed later: a new wording is a new version."),
    )


@page
def notices(request: HttpRequest, caller: Caller) -> HttpResponse:
    by_consent = [one.name for one in list_purposes(caller=caller) if one.terms.lawful_basis is LawfulBasis.CONSENT]
    form = NoticeForm(request.POST or None)
    form.offer("purpose", [(name, name) for name in by_consent])
    back = reverse("console:notices")
    sent = submit(
        form,
        request,
        caller,
        Action.REGISTER_NOTICE,
        lambda asker: register_notice(caller=asker, **form.cleaned_data),
        back=back,
    )
    if sent is not None:
        return sent
    context = {
        "notices": list_notices(caller=caller),
        "form": form,
        "may_write": Capability.WRITE_NOTICES in caller.principal.capabilities and bool(by_consent),
    }
    return show(request, caller, "console/notices.html", context, status=400 if form.errors else 200)
