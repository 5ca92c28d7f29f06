"""Single sign-on in the browser: to the organisation's identity provider and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET, require_POST

from api.console import cookie
from api.console.page import alone, for_anybody, page, show
from api.middleware import request_id
from api.origin import public_address
from api.throttling import spend_address
from governance import identity_provider, single_sign_on
from governance.errors import AccessRefused, IdentityUnproved
from governance.identity_provider import Question

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.guard import Caller

QUESTION = "memstore_question"
SECONDS = 600


@dataclass(frozen=True, slots=True)
class Asked:
    """`link`: whoever is signed in wants the account at the provider to be theirs here."""

    question: Question
    link: bool


@require_GET
@for_anybody
def begin(request: HttpRequest) -> HttpResponse:
    """To the provider, to sign in."""
    question = _question(request)
    return _refused(request) if question is None else _kept(HttpResponseRedirect(question.url), question, link=False)


@require_POST
@page
def link(request: HttpRequest, caller: Caller) -> HttpResponse:
    """To the provider, so that the account there becomes the caller's here.

    By a form and a click: another site that sends the browser here, signed in there as somebody else, links nobody.
    """
    question = _question(request)
    if question is None:
        return _refused(request)
    return _kept(show(request, caller, "console/link_sign_on.html", {"url": question.url}), question, link=True)


@require_GET
@for_anybody
def back(request: HttpRequest) -> HttpResponse:
    """Where the provider sends the browser. What does not answer our own question of this browser is refused."""
    spend_address(request)
    asked = _asked(request)
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    if asked is None or not code or not constant_time_compare(state, asked.question.state):
        return _refused(request)
    try:
        identity = identity_provider.answered(code=code, question=asked.question, redirect_uri=_address(request))
        if asked.link:
            caller = cookie.session_caller(request)
            if caller is None:
                return _refused(request)
            single_sign_on.link_sign_on(caller=caller, identity=identity)
            response = HttpResponseRedirect(f"{reverse('console:home')}?done=saved")
        else:
            session = single_sign_on.sign_in_as(
                tenant=settings.MEMSTORE_OIDC_TENANT,
                identity=identity,
                request_id=request_id(request),
                idle=cookie.idle(),
            )
            response = HttpResponseRedirect(reverse("console:home"))
            cookie.SESSION.keep(response, session.token, session.expires_at)
    except (IdentityUnproved, AccessRefused):
        return _refused(request)
    response.delete_cookie(QUESTION)
    return response


def _question(request: HttpRequest) -> Question | None:
    """None when the provider does not answer."""
    if not identity_provider.is_configured():
        raise Http404
    spend_address(request)
    try:
        return identity_provider.ask(_address(request))
    except IdentityUnproved:
        return None


def _kept(response: HttpResponse, question: Question, *, link: bool) -> HttpResponse:
    """The browser keeps the question, signed, until the provider sends it back."""
    kept = signing.dumps({"question": asdict(question), "link": link}, salt=QUESTION)
    response.set_cookie(
        QUESTION, kept, max_age=SECONDS, secure=settings.SECURE_SSL_REDIRECT, httponly=True, samesite="Lax"
    )
    return response


def _asked(request: HttpRequest) -> Asked | None:
    try:
        kept = signing.loads(request.COOKIES.get(QUESTION, ""), salt=QUESTION, max_age=SECONDS)
    except signing.BadSignature:
        return None
    return Asked(Question(**kept["question"]), bool(kept["link"]))


def _address(request: HttpRequest) -> str:
    return public_address(request, reverse("console:single-sign-on-back"))


def _refused(request: HttpRequest) -> HttpResponse:
    response = alone(request, "console/sign_on_refused.html", status=403)
    response.delete_cookie(QUESTION)
    return response
