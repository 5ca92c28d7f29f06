"""Pages of the person's requests: ask, prove identity, follow, cancel; with a receipt also without a sitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from api.portal.page import GONE, act, page, public, show, words_of
from api.portal.request_receipt import open_once
from api.portal.words import OFFERED, WISHES
from api.web.client_address import public_address
from api.web.downloads import streamed
from api.web.throttling import spend_address
from governance.errors import AccessRefused, InvalidChange
from governance.guard.authorize import refuse
from governance.models import ENDED, RequestKind
from governance.rights.portal.own_requests import own_request, own_requests
from governance.rights.requests import MAX_WORDS, follow_request
from governance.vocabulary import Action, ReasonCode
from memstore.rights.copies.hand_out import hand_out_copy
from memstore.rights.fulfil import cancel_request
from memstore.rights.portal.own_requests import ask
from memstore.rights.portal.prove_identity import prove_identity

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from governance.rights.portal.sittings import Sitting

MAX_TEXT = 200


class WordsForm(forms.Form):
    words = forms.CharField(
        label=_("Anything you want to add"),
        required=False,
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class OneTimeCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Your code"),
        max_length=40,
        help_text=_("Eight letters and numbers, as in ABCD-2345."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )


class ReceiptForm(forms.Form):
    receipt = forms.CharField(
        label=_("Your receipt"),
        max_length=MAX_TEXT,
        help_text=_("The long line that you were given when you asked."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class DownloadForm(forms.Form):
    token = forms.CharField(
        label=_("Code for the download"),
        max_length=MAX_TEXT,
        help_text=_("The long line that you were given for your copy. It works once."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@page
def requests(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    found = own_requests(caller=sitting.caller)
    offered = [(kind, WISHES[kind]) for kind in OFFERED]
    return show(request, sitting, "portal/requests.html", {"found": found, "offered": offered})


@page
def new(request: HttpRequest, sitting: Sitting, kind: str) -> HttpResponse:
    if kind not in OFFERED:
        raise Http404
    form = WordsForm(request.POST or None)
    if request.method == "POST":
        if form.is_valid():
            said = form.cleaned_data["words"]
            try:
                return open_once(
                    request,
                    sitting,
                    lambda token: ask(caller=sitting.caller, kind=RequestKind(kind), form=token, words=said),
                )
            except InvalidChange as wrong:
                form.add_error(None, wrong.problem)
        else:
            refuse(sitting.caller, Action.OPEN_REQUEST, ReasonCode.INVALID, subject_id=sitting.caller.principal.id)
    context = {"form": form, "kind": kind, "wish": WISHES[kind]}
    return show(request, sitting, "portal/new.html", context, status=400 if form.errors else 200)


@page
def request_page(request: HttpRequest, sitting: Sitting, request_id: UUID) -> HttpResponse:
    return _request(request, sitting, request_id, OneTimeCodeForm())


@require_POST
@page
def code(request: HttpRequest, sitting: Sitting, request_id: UUID) -> HttpResponse:
    """Check the one-time code that came by letter, branch or telephone. A wrong one is said beside its field."""
    form, back = OneTimeCodeForm(request.POST), reverse("portal:request", args=[request_id])
    if form.is_valid():
        typed = form.cleaned_data["code"]
        try:
            prove_identity(caller=sitting.caller, request_id=request_id, code=typed)
        except AccessRefused as refused:
            if refused.reason in GONE:
                raise
            if refused.reason is ReasonCode.ALREADY_DECIDED:  # the same form twice
                return HttpResponseRedirect(f"{back}?done=already")
            form.add_error("code", words_of(refused))
        else:
            return HttpResponseRedirect(f"{back}?done=proved")
    else:
        refuse(sitting.caller, Action.PROVE_IDENTITY, ReasonCode.INVALID, subject_id=sitting.caller.principal.id)
    return _request(request, sitting, request_id, form)


@require_POST
@page
def cancel(request: HttpRequest, sitting: Sitting, request_id: UUID) -> HttpResponse:
    def do() -> object:
        return cancel_request(caller=sitting.caller, request_id=request_id)

    return act(request, sitting, do, back=reverse("portal:request", args=[request_id]), done="cancelled")


@public
def receipt(request: HttpRequest) -> HttpResponse:
    """Show the state of a request to the holder of its receipt, also when nothing else leads to it any more."""
    form, asked = ReceiptForm(request.POST or None), None
    if request.method == "POST":
        spend_address(request)
        if form.is_valid():
            try:
                asked = follow_request(receipt=form.cleaned_data["receipt"])
            except AccessRefused as refused:
                form.add_error("receipt", words_of(refused))
    context = {"form": form, "asked": asked}
    return show(request, None, "portal/receipt.html", context, status=400 if form.errors else 200)


@require_POST
@public
def receipt_file(request: HttpRequest) -> HttpResponse:
    """Send the receipt as a text file to its holder. Nothing of it is kept here."""
    spend_address(request)
    text = request.POST.get("receipt", "")[:MAX_TEXT].strip()
    asked = follow_request(receipt=text)
    address = public_address(request, reverse("portal:receipt"))
    content = render_to_string("portal/receipt.txt", {"asked": asked, "receipt": text, "address": address})
    return HttpResponse(
        content,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="receipt.txt"'},
    )


@public
def copy(request: HttpRequest) -> HttpResponse:
    """Send the copy, once, to the holder of its code: the one that an officer made with `link_copy`."""
    form = DownloadForm(request.POST or None)
    if request.method == "POST":
        spend_address(request)
        if form.is_valid():
            try:
                return streamed(hand_out_copy(token=form.cleaned_data["token"]))  # type: ignore[return-value]  # streams
            except AccessRefused as refused:
                form.add_error("token", words_of(refused))
    return show(request, None, "portal/copy.html", {"form": form}, status=400 if form.errors else 200)


def _request(request: HttpRequest, sitting: Sitting, request_id: UUID, form: OneTimeCodeForm) -> HttpResponse:
    asked = own_request(caller=sitting.caller, request_id=request_id)
    is_open = asked.state not in ENDED
    context = {
        "asked": asked,
        "form": form,
        "is_open": is_open,
        "waits": is_open and asked.verified_at is None,
    }
    return show(request, sitting, "portal/request.html", context, status=400 if form.errors else 200)
