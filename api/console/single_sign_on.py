"""Single sign-on in the browser: to the organisation's identity provider and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET

from api.console import cookie
from api.middleware import request_id
from api.pages import hardened
from governance import identity_provider, single_sign_on
from governance.errors import AccessRefused, IdentityUnproved
from governance.identity_provider import Question

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

QUESTION = "memstore_question"
SECONDS = 600


@dataclass(frozen=True, slots=True)
class Asked:
    """`link`: whoever is signed in wants the account at the provider to be theirs here."""

    question: Question
    link: bool


@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    return _ask(request, link=False)


@require_GET
def link(request: HttpRequest) -> HttpResponse:
    return _ask(request, link=True)


@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Where the provider sends the browser. What does not answer our own question of this browser is refused."""
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
            cookie.keep(response, session)
    except (IdentityUnproved, AccessRefused):
        return _refused(request)
    response.delete_cookie(QUESTION)
    return hardened(response)


def _ask(request: HttpRequest, *, link: bool) -> HttpResponse:
    if not identity_provider.is_configured():
        raise Http404
    try:
        question = identity_provider.ask(_address(request))
    except IdentityUnproved:
        return _refused(request)
    response = HttpResponseRedirect(question.url)
    kept = signing.dumps({"question": asdict(question), "link": link}, salt=QUESTION)
    response.set_cookie(
        QUESTION, kept, max_age=SECONDS, secure=settings.CSRF_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    return hardened(response)


def _asked(request: HttpRequest) -> Asked | None:
    try:
        kept = signing.loads(request.COOKIES.get(QUESTION, ""), salt=QUESTION, max_age=SECONDS)
    except signing.BadSignature:
        return None
    return Asked(Question(**kept["question"]), bool(kept["link"]))


def _address(request: HttpRequest) -> str:
    base = settings.MEMSTORE_PUBLIC_URL.rstrip("/") or f"{request.scheme}://{request.get_host()}"
    return base + reverse("console:single-sign-on-back")


def _refused(request: HttpRequest) -> HttpResponse:
    response = hardened(render(request, "console/sign_on_refused.html", status=403))
    response.delete_cookie(QUESTION)
    return response
