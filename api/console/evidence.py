"""Pages of the audit trail, its proofs, certificates, and changes of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.console.form_actions import ConsoleForm, moment_field, submit
from api.console.page import page, show
from api.console.pager import PAGE_SIZE, pager_of
from api.console.words import words_of
from api.web.downloads import bundle_file
from api.web.json_values import plain
from api.web.pages import page_number
from governance.accountability.configuration_changes import list_changes
from governance.accountability.trail_explorer import Wanted, event_detail, explore
from governance.errors import InvalidChange, NoSuchObject
from governance.evidence.auditor import audit_status, prove_inclusion
from governance.evidence.certificates.listing import list_certificates
from governance.guard.authorize import refuse
from governance.vocabulary import Action, ReasonCode, Role

if TYPE_CHECKING:
    from django.http import FileResponse, HttpRequest, HttpResponse

    from governance.context import Caller

CURSOR_CHARS = 120


class FilterForm(ConsoleForm):
    type = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[("", _("everything")), *sorted((one.value, words_of(one.value)) for one in Action)],
    )
    reason = forms.ChoiceField(
        label=_("What came of it"),
        required=False,
        choices=[
            ("", _("anything")),
            ("refused", _("Refused, for any reason")),
            *((one.value, words_of(one.value)) for one in ReasonCode),
        ],
    )
    role = forms.ChoiceField(
        label=_("By (role)"),
        required=False,
        choices=[("", _("anybody")), *((one.value, words_of(one.value)) for one in Role)],
    )
    principal_id = forms.UUIDField(label=_("By (id)"), required=False)
    subject_id = forms.UUIDField(label=_("About (id of the person)"), required=False)
    since = moment_field(_("From"), required=False)
    until = moment_field(_("Until"), required=False, is_end=True)


class BundleForm(ConsoleForm):
    since = moment_field(_("From"))
    until = moment_field(_("Until"), help_text=_("UTC."), is_end=True)
    consistent_from = forms.IntegerField(
        label=_("Events under a head that you hold"),
        required=False,
        min_value=1,
        max_value=2**62,
        help_text=_("The bundle proves that the trail grew out of it. Empty: out of the one anchored last."),
    )


@page
def audit(request: HttpRequest, caller: Caller) -> HttpResponse:
    form = FilterForm(request.GET)
    if not form.is_valid():  # everything instead of what was asked for would be taken for the answer
        refuse(caller, Action.READ_AUDIT, ReasonCode.INVALID)
        return show(request, caller, "console/audit.html", {"form": form}, status=400)
    before = request.GET.get("before", "")[:CURSOR_CHARS]
    found = explore(caller=caller, wanted=Wanted(**form.cleaned_data), before=before, page_size=PAGE_SIZE)
    kept = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context = {
        "form": form,
        "events": found.events,
        "next": urlencode({**kept, "before": found.before}) if found.before else "",
    }
    return show(request, caller, "console/audit.html", context)


@page
def trail(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show how far the trail is sealed, anchored and checked."""
    return show(request, caller, "console/trail.html", {"status": audit_status(caller=caller), "form": BundleForm()})


@require_POST
@page
def bundle(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Send the events of a period with their proof, as a ZIP that `proof.py` checks without memstore."""
    form = BundleForm(request.POST)

    def made(asker: Caller) -> FileResponse:
        try:
            return bundle_file(asker, **form.cleaned_data)
        except NoSuchObject:
            raise InvalidChange("", str(_("Nothing of this time is sealed."))) from None

    def sent(file: FileResponse) -> HttpResponse:
        return file  # type: ignore[return-value]  # it streams, typed apart

    answer = submit(form, request, caller, Action.EXPORT_AUDIT, made, back=reverse("console:trail"), then=sent)
    if answer is not None:
        return answer
    context = {"status": audit_status(caller=caller), "form": form}
    return show(request, caller, "console/trail.html", context, status=400)


@page
def event(request: HttpRequest, caller: Caller, event_id: UUID) -> HttpResponse:
    return show(request, caller, "console/event.html", {"event": event_detail(caller=caller, event_id=event_id)})


@page
def proof(request: HttpRequest, caller: Caller, event_id: UUID) -> HttpResponse:
    """Send the inclusion proof of an event, which `proof.py` checks without memstore."""
    response = JsonResponse(plain(prove_inclusion(caller=caller, event_id=event_id)))
    response["Content-Disposition"] = f'attachment; filename="inclusion-{event_id}.json"'
    return response


@page
def certificates(request: HttpRequest, caller: Caller) -> HttpResponse:
    number = page_number(request)
    found = list_certificates(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {"found": found.rows, **pager_of(found, number)}
    return show(request, caller, "console/certificates.html", context)


@page
def changes(request: HttpRequest, caller: Caller) -> HttpResponse:
    try:
        before = UUID(request.GET.get("before", ""))
    except ValueError:
        before = None
    found = list_changes(caller=caller, before=before, limit=PAGE_SIZE)
    return show(request, caller, "console/changes.html", {"changes": found, "full": len(found) == PAGE_SIZE})
