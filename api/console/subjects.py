"""Pages of subjects: found by the id that the assistant uses, and one person's profile, masked as the role sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.confirmation import confirm
from api.console.form_actions import ConsoleForm, act, reason_field, submit
from api.console.page import page, show
from api.console.words import words_of
from api.web.pages import page_number
from governance.accountability.subject_access import subject_access
from governance.errors import NoSuchObject
from governance.guard.authorize import refuse
from governance.models import ConsentAction, RevealReason
from governance.processing import restrictions
from governance.processing.consents import consent_history
from governance.rights.requests import requests_of
from governance.vocabulary import Action, Capability, ReasonCode, SubjectState
from memstore.errors import InvalidInput
from memstore.oversight.inspection import inspect, look_up, open_glass, profile, subject_by_id
from memstore.oversight.subject_list import list_subjects
from memstore.records.scope_ids import ScopeIds

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller

PAGE_SIZE = 25
DEFAULT_MINUTES = 10


class RevealForm(ConsoleForm):
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose one")), *((one.value, words_of(one.value)) for one in RevealReason)],
        help_text=_("It is on the record, and another person reviews it."),
    )
    case_reference = reason_field()
    minutes = forms.IntegerField(label=_("For how many minutes"), min_value=1, max_value=240, initial=DEFAULT_MINUTES)


@page
def people(request: HttpRequest, caller: Caller) -> HttpResponse:
    """List all subjects under random ids. A person is found by the id that the assistant uses, not by paging."""
    asked = request.GET.get("state", "")
    state = SubjectState(asked) if asked in set(SubjectState) else None
    try:
        after = UUID(request.GET.get("after", ""))
    except ValueError:
        after = None
    found = list_subjects(caller=caller, state=state, after=after, page_size=PAGE_SIZE)
    context = {
        "found": request.GET.get("found", ""),
        "people": found.subjects,
        "after": found.after,
        "state": state.value if state else "",
        "states": [(one.value, words_of(one.value)) for one in SubjectState],
    }
    return show(request, caller, "console/people.html", context)


@require_POST
@page
def find(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Look a person up by POST, so that no id is ever in an address, and by HMAC: the id is nowhere in clear."""
    user_id = request.POST.get("user_id", "").strip()
    if user_id:
        try:
            found = look_up(caller=caller, scope=ScopeIds(user_id=user_id))
        except InvalidInput:
            refuse(caller, Action.LOOK_UP_SUBJECT, ReasonCode.INVALID)
            return HttpResponseRedirect(f"{reverse('console:people')}?found=invalid")
        except NoSuchObject:
            return HttpResponseRedirect(f"{reverse('console:people')}?found=none")
        return HttpResponseRedirect(reverse("console:person", args=[found.id]))
    return HttpResponseRedirect(reverse("console:people"))


@page
def person(request: HttpRequest, caller: Caller, subject_id: UUID) -> HttpResponse:
    number = page_number(request)
    found = profile(caller=caller, subject_id=subject_id)
    memories, total = inspect(caller=caller, subject_id=subject_id, page=number, page_size=PAGE_SIZE)
    subject = subject_by_id(caller, Action.READ_CONSENT, subject_id)
    held = caller.principal.capabilities
    consents, events = consent_history(caller=caller, subject=subject)
    last = {event.purpose: event.action for event in events}  # the oldest comes first
    context = {
        "person": found,
        "memories": memories,
        "total": total,
        "page": number,
        "page_size": PAGE_SIZE,
        "revealed": any(one.view == "clear" for one in memories),
        "consents": consents,
        "consent_events": events,
        "withdrawn": [purpose for purpose, action in last.items() if action == ConsentAction.WITHDRAW],
        "ended": list(last),
        "access": subject_access(caller=caller, subject=subject_id) if Capability.READ_AUDIT in held else None,
        "asked": requests_of(caller=caller, subject_id=subject_id) if Capability.HANDLE_RIGHTS in held else (),
        "may_restrict": Capability.HANDLE_RIGHTS in held,
    }
    return show(request, caller, "console/person.html", context)


@page
def reveal(request: HttpRequest, caller: Caller, subject_id: UUID) -> HttpResponse:
    """Open a break-glass: clear sight of one person for some minutes, for a reason that is in the trail."""
    profile(caller=caller, subject_id=subject_id)
    form = RevealForm(request.POST or None)
    back = reverse("console:person", args=[subject_id])
    sent = submit(
        form,
        request,
        caller,
        Action.BREAK_GLASS,
        lambda asker: _open(asker, subject_id, form),
        back=back,
        done="revealed",
    )
    if sent is not None:
        return sent
    context = {"form": form, "subject_id": subject_id}
    return show(request, caller, "console/reveal.html", context, status=400 if form.errors else 200)


@require_POST
@page
def restrict(request: HttpRequest, caller: Caller, subject_id: UUID) -> HttpResponse:
    def do(asker: Caller) -> None:
        restrictions.restrict(caller=asker, subject=subject_by_id(asker, Action.RESTRICT, subject_id))

    return act(request, caller, do, back=reverse("console:person", args=[subject_id]), done="restricted")


@require_POST
@page
def lift(request: HttpRequest, caller: Caller, subject_id: UUID) -> HttpResponse:
    press = confirmed_actions.lift_restriction(subject_id)
    return confirm(request, caller, press, back=reverse("console:person", args=[subject_id]), done="lifted")


@require_POST
@page
def undo(request: HttpRequest, caller: Caller, subject_id: UUID, memory_id: UUID) -> HttpResponse:
    press = confirmed_actions.undo_replacement(subject_id, memory_id)
    return confirm(request, caller, press, back=reverse("console:person", args=[subject_id]), done="current")


def _open(caller: Caller, subject_id: UUID, form: RevealForm) -> object:
    said = form.cleaned_data
    return open_glass(
        caller=caller,
        subject_id=subject_id,
        reason=RevealReason(said["reason"]),
        reference=said["case_reference"],
        minutes=said["minutes"],
    )
