"""Pages of memories: the overview, the correction of one memory, who read it, and the person's choices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.portal.page import act, page, show
from api.portal.request_receipt import open_once
from api.web.pages import page_number
from governance.errors import InvalidChange
from governance.guard.authorize import refuse
from governance.models import RequestKind
from governance.rights.portal.own_choices import own_choices
from governance.rights.portal.own_readers import who_read
from governance.rights.requests import MAX_WORDS
from governance.vocabulary import Action, ReasonCode
from memstore.rights.portal.own_memories import overview, own_memory
from memstore.rights.portal.own_requests import ask, object_own, withdraw_own
from memstore.rights.portal.own_undo import undo_own

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.rights.portal.sittings import Sitting

CHOICES = {"withdraw": (withdraw_own, "withdrawn"), "object": (object_own, "objected")}


class CorrectionForm(forms.Form):
    correction = forms.CharField(
        label=_("What it should say"), max_length=MAX_WORDS, widget=forms.Textarea(attrs={"rows": 4})
    )
    words = forms.CharField(
        label=_("Why it is wrong, if you want to say so"),
        required=False,
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@page
def home(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    found = overview(caller=sitting.caller, page=page_number(request))
    return show(request, sitting, "portal/home.html", {"found": found})


@page
def correct(request: HttpRequest, sitting: Sitting, memory_id: UUID) -> HttpResponse:
    """Show the memory beside the form that corrects it, and open the rectification when the form is sent."""
    form = CorrectionForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid():
            said = form.cleaned_data
            kind = RequestKind.RECTIFICATION
            try:
                return open_once(
                    request,
                    sitting,
                    lambda token: ask(caller=sitting.caller, kind=kind, form=token, memory_id=memory_id, **said),
                )
            except InvalidChange as wrong:
                form.add_error(wrong.field if wrong.field in form.fields else None, wrong.problem)
        else:
            refuse(sitting.caller, Action.OPEN_REQUEST, ReasonCode.INVALID, subject_id=sitting.caller.principal.id)
    context = {"memory": own_memory(caller=sitting.caller, memory_id=memory_id), "form": form}
    return show(request, sitting, "portal/correct.html", context, status=400 if form.errors else 200)


@require_POST
@page
def undo(request: HttpRequest, sitting: Sitting, memory_id: UUID) -> HttpResponse:
    """Make a memory current again that something newer replaced by mistake."""
    back = reverse("portal:home")
    return act(
        request, sitting, lambda: undo_own(caller=sitting.caller, memory_id=memory_id), back=back, done="current"
    )


@page
def readers(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    return show(request, sitting, "portal/readers.html", {"readers": who_read(caller=sitting.caller)})


@page
def choices(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    return show(request, sitting, "portal/choices.html", {"choices": own_choices(caller=sitting.caller)})


@require_POST
@page
def choose(request: HttpRequest, sitting: Sitting, choice: str) -> HttpResponse:
    """Withdraw or object at once. The purpose is in the form, so that it is in no browser's history."""
    if choice not in CHOICES:
        raise Http404
    do, done = CHOICES[choice]
    purpose = request.POST.get("purpose", "").replace("\0", "")  # which no name holds, and SQL refuses
    back = reverse("portal:choices")
    return act(request, sitting, lambda: do(caller=sitting.caller, purpose=purpose), back=back, done=done)
