"""The audit trail, its proofs, certificates, and what was changed in the configuration."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import FileResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from api.console.act import ConsoleForm, page_number
from api.console.page import page, show
from api.console.words import words_of
from governance.certificates.listing import list_certificates
from governance.changes import list_changes
from governance.errors import NoSuchObject
from governance.evidence.access import audit_status, export_bundle, prove_inclusion
from governance.evidence.explore import Wanted, event_detail, explore
from governance.guard import refuse
from governance.vocabulary import Action, ReasonCode, Role

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.guard import Caller

PAGE_SIZE = 50
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
    since = forms.DateTimeField(
        label=_("From"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(
        label=_("Until"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class BundleForm(ConsoleForm):
    since = forms.DateTimeField(label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    until = forms.DateTimeField(
        label=_("Until"), help_text=_("UTC."), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
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
    wanted = Wanted(**form.cleaned_data) if form.is_valid() else Wanted()
    before = request.GET.get("before", "")[:CURSOR_CHARS]
    found = explore(caller=caller, wanted=wanted, before=before, page_size=PAGE_SIZE)
    kept = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context = {
        "form": form,
        "events": found.events,
        "next": urlencode({**kept, "before": found.before}) if found.before else "",
    }
    return show(request, caller, "console/audit.html", context)


@page
def trail(request: HttpRequest, caller: Caller) -> HttpResponse:
    """How far the trail is sealed, anchored and checked."""
    return show(request, caller, "console/trail.html", {"status": audit_status(caller=caller), "form": BundleForm()})


@page
def bundle(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The events of a period with their proof, as a ZIP that `proof.py` checks without us."""
    form = BundleForm(request.GET)
    if not form.is_valid():
        refuse(caller, Action.EXPORT_AUDIT, ReasonCode.INVALID)
    else:
        # On disk without a name, so that a long period costs no memory; it holds no content.
        with ExitStack() as unless_answered:
            file = unless_answered.enter_context(tempfile.TemporaryFile())
            try:
                made = export_bundle(caller=caller, file=file, **form.cleaned_data)
            except NoSuchObject:
                form.add_error(None, _("Nothing of this time is sealed."))
            else:
                file.seek(0)
                unless_answered.pop_all()  # the response closes it
                return FileResponse(  # type: ignore[return-value]  # it streams, which Django types apart
                    file,
                    as_attachment=True,
                    filename=f"audit-{made.first}-{made.last}.zip",
                    content_type="application/zip",
                )
    context = {"status": audit_status(caller=caller), "form": form}
    return show(request, caller, "console/trail.html", context, status=400)


@page
def event(request: HttpRequest, caller: Caller, event_id: UUID) -> HttpResponse:
    return show(request, caller, "console/event.html", {"event": event_detail(caller=caller, event_id=event_id)})


@page
def proof(request: HttpRequest, caller: Caller, event_id: UUID) -> HttpResponse:
    """That the event is in the trail: what `proof.py` checks without us."""
    found = prove_inclusion(caller=caller, event_id=event_id)
    response = JsonResponse({**asdict(found), "event_id": str(found.event_id)})
    response["Content-Disposition"] = f'attachment; filename="inclusion-{event_id}.json"'
    return response


@page
def certificates(request: HttpRequest, caller: Caller) -> HttpResponse:
    number = page_number(request)
    found = list_certificates(caller=caller, page=number, page_size=PAGE_SIZE)
    context = {"found": found.certificates, "total": found.total, "page": number, "page_size": PAGE_SIZE}
    return show(request, caller, "console/certificates.html", context)


@page
def changes(request: HttpRequest, caller: Caller) -> HttpResponse:
    try:
        before = UUID(request.GET.get("before", ""))
    except ValueError:
        before = None
    found = list_changes(caller=caller, before=before, limit=PAGE_SIZE)
    return show(request, caller, "console/changes.html", {"changes": found, "full": len(found) == PAGE_SIZE})
