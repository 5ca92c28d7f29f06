"""Pages of people's requests: the list by what is due, one request with its clock, its plan and its approval."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import Http404, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.console.confirmation import confirm
from api.console.form_actions import act, carry_out, submit
from api.console.page import page, show
from api.console.purpose_choices import purposes_of
from api.console.request_forms import KINDS, REFUSABLE, STEPS, NewRequestForm, StepForms
from api.console.similar_ids import unseen_twins
from api.web.downloads import streamed
from api.web.pages import page_number
from governance.evidence.certificates.read import read_certificates
from governance.models import UNDECIDED, RequestKind
from governance.rights.portal.codes import issue_code
from governance.rights.requests import list_requests, open_case
from governance.vocabulary import Action, SubjectKind
from memstore.rights.copies.hand_out import COPY_KINDS, link_copy, make_copy
from memstore.rights.request_page import read_request_page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller
    from governance.rights.portal.codes import IssuedCode
    from governance.rights.request_view import RequestView
    from governance.rights.requests import OpenedRequest
    from memstore.forget.erasure.decision import ErasureView
    from memstore.rights.copies.hand_out import Copy, Link

PAGE_SIZE = 25
OPEN, APPROVAL, ALL = "open", "approval", "all"
WHICH = (
    (OPEN, _("Open ones")),
    (APPROVAL, _("Erasures that wait for a second person")),
    (ALL, _("All, ended ones last")),
)


@page
def requests(request: HttpRequest, caller: Caller) -> HttpResponse:
    number, kind = page_number(request), request.GET.get("kind", "")
    wanted = RequestKind(kind) if kind in RequestKind.values else None
    which = request.GET.get("which", OPEN)
    which = which if which in dict(WHICH) else OPEN
    found = list_requests(
        caller=caller,
        open_only=which != ALL,
        awaiting_approval=which == APPROVAL,
        kind=wanted,
        page=number,
        page_size=PAGE_SIZE,
    )
    context = {
        "found": found.requests,
        "openers": found.openers,
        "total": found.total,
        "page": number,
        "page_size": PAGE_SIZE,
        "kinds": KINDS,
        "kind": wanted.value if wanted else "",
        "which": which,
        "offered": WHICH,
        "query": urlencode({"kind": wanted.value if wanted else "", "which": which}) + "&",
    }
    return show(request, caller, "console/requests.html", context)


@page
def new(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Open a request that a person made at the counter, by letter or by telephone."""
    form = NewRequestForm(request.POST or None)
    form.offer("purpose", purposes_of(caller, _("none, or all of them")))
    twins = unseen_twins(request, caller, form, form.ids()) if form.is_valid() else ()
    if twins:
        return show(request, caller, "console/request_new.html", {"form": form, "twins": twins})

    def ask(asker: Caller) -> tuple[OpenedRequest, ...]:
        return open_case(caller=asker, subject_kind=SubjectKind.USER, external_ids=form.ids(), asked=form.asked())

    def shown(opened: tuple[OpenedRequest, ...]) -> HttpResponse:
        return show(request, caller, "console/request_opened.html", {"opened": opened})

    sent = submit(form, request, caller, Action.OPEN_REQUEST, ask, back=reverse("console:requests"), then=shown)
    if sent is not None:
        return sent
    return show(request, caller, "console/request_new.html", {"form": form}, status=400 if form.errors else 200)


@page
def request_page(request: HttpRequest, caller: Caller, number: UUID) -> HttpResponse:
    found = read_request_page(caller=caller, request_id=number)
    asked, erasure = found.detail.request, found.erasure
    context = {
        "detail": found.detail,
        "asked": asked,
        "next": _next_step(asked, erasure),
        "erasure": erasure,
        "certificates": found.certificates,
        "outline": found.outline,
        "notices": found.notices,
        "staff": found.staff,
        "forms": StepForms.for_request(asked),
        "refusable": REFUSABLE,
        "own": erasure is not None and caller.principal.id == erasure.requested_by,
    }
    return show(request, caller, "console/request.html", context)


@require_POST
@page
def step(request: HttpRequest, caller: Caller, number: UUID, step: str) -> HttpResponse:
    """Take one step of the handling, by its name in `request_forms.STEPS`."""
    if step not in STEPS:
        raise Http404
    known, back = STEPS[step], reverse("console:request", args=[number])
    if known.press is not None:
        return confirm(request, caller, known.press(number, request.POST), back=back, done=known.done)
    do = known.do
    assert do is not None  # noqa: S101 - a step either asks twice or is done
    return act(request, caller, lambda asker: do(asker, number, request.POST), back=back, done=known.done)


@require_POST
@page
def copy(request: HttpRequest, caller: Caller, number: UUID) -> HttpResponse:
    """Send the copy of all that is kept about the person, as a ZIP that passes this browser and is stored nowhere."""
    back = reverse("console:request", args=[number])

    def sent(made: Copy) -> HttpResponse:
        return streamed(made)  # type: ignore[return-value]  # it streams, which Django types apart

    return carry_out(request, caller, lambda asker: make_copy(caller=asker, request_id=number), back=back, then=sent)


@require_POST
@page
def link(request: HttpRequest, caller: Caller, number: UUID) -> HttpResponse:
    """Show the one-time link to the copy, once: for the person, by a way that is known to be theirs."""
    back = reverse("console:request", args=[number])

    def shown(link: Link) -> HttpResponse:
        return show(request, caller, "console/copy_link.html", {"link": link, "number": number})

    return carry_out(request, caller, lambda asker: link_copy(caller=asker, request_id=number), back=back, then=shown)


@require_POST
@page
def code(request: HttpRequest, caller: Caller, number: UUID) -> HttpResponse:
    """Show a one-time code, once: with it the person proves in the portal who they are."""
    back = reverse("console:request", args=[number])

    def shown(code: IssuedCode) -> HttpResponse:
        return show(request, caller, "console/code.html", {"code": code, "number": number})

    return carry_out(request, caller, lambda asker: issue_code(caller=asker, request_id=number), back=back, then=shown)


@page
def certificate(request: HttpRequest, caller: Caller, number: UUID) -> HttpResponse:
    """Send the last certificate of the request, as the file that `verify_certificate.py` checks."""
    files = read_certificates(caller=caller, request_id=number)
    if not files:
        raise Http404
    last = files[-1]
    response = JsonResponse(
        {"certificate": last.certificate, "signature": last.signature, "public_key": last.public_key}
    )
    response["Content-Disposition"] = f'attachment; filename="certificate-{number}.json"'
    return response


def _next_step(asked: RequestView, erasure: ErasureView | None) -> str:
    """Return the part of the page that says what to do now: a word of `request.html`."""
    if asked.closed_at is not None:
        return "ended"
    if asked.verified_at is None:
        return "verify"
    if asked.kind == RequestKind.ERASURE.value:
        return "approve" if erasure is not None and erasure.state in UNDECIDED else "running"
    return "hand_over" if asked.kind in COPY_KINDS else "fulfil"
