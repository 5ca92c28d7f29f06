"""Single sign-on in the browser: to the organisation's identity provider and back (OpenID Connect Core 1.0)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from api.console import cookie
from api.console.page import alone, page, public, show
from api.console.sign_in import CodeForm
from api.web.client_address import public_address
from api.web.middleware import request_id
from api.web.pages import TokenCookie
from api.web.throttling import line_of, spend_address
from governance.access import oidc_provider, single_sign_on
from governance.access.oidc_provider import ProviderIdentity, Question
from governance.errors import AccessRefused, IdentityUnproved

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller

SECONDS, CODE_SECONDS = 600, 300
# With https under a name that no other host can set (`__Host-`), so that no other site plants a question of its own.
QUESTION = TokenCookie("memstore-question", max_chars=4_000)
IDENTITY = TokenCookie("memstore-identity", max_chars=4_000)


@dataclass(frozen=True, slots=True)
class SignOnQuestion:
    """The question that the browser keeps.

    `link`: the session whose account is to be linked to the one at the provider; None to sign in.
    """

    state: str
    nonce: str
    verifier: str
    link: str | None


@require_GET
@public
def begin(request: HttpRequest) -> HttpResponse:
    """Redirect to the provider, to sign in."""
    question = _question(request)
    return _refused(request) if question is None else _kept(HttpResponseRedirect(question.url), question, link=None)


@require_POST
@page
def link(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the page that leads to the provider, to link the account there to the caller's account here.

    It takes a form and a click: another site that sends the browser here, signed in there as another person, links
    none.
    """
    question = _question(request)
    if question is None:
        return _refused(request)
    shown = show(request, caller, "console/link_sign_on.html", {"url": question.url})
    return _kept(shown, question, link=str(caller.principal.session_id))


@require_GET
@public
def back(request: HttpRequest) -> HttpResponse:
    """Handle the provider's redirect. An answer to anything but our own question of this browser is refused."""
    spend_address(request)
    asked = _asked(request)
    state, code = request.GET.get("state", ""), request.GET.get("code", "")
    if asked is None or not code or not constant_time_compare(state, asked.state):
        return _refused(request)
    question = Question("", asked.state, asked.nonce, asked.verifier)
    response: HttpResponse
    try:
        identity = oidc_provider.answered(code=code, question=question, redirect_uri=_address(request))
        if asked.link is not None:
            caller = cookie.session_caller(request)
            if caller is None or str(caller.principal.session_id) != asked.link:
                return _refused(request)  # another session came in between: it did not ask
            single_sign_on.link_sign_on(caller=caller, identity=identity)
            response = HttpResponseRedirect(f"{reverse('console:home')}?done=saved")
        elif identity.second_factor:
            response = _signed_in(request, identity)
        elif not single_sign_on.is_linked(tenant=settings.MEMSTORE_OIDC_TENANT, identity=identity):
            return _refused(request)
        else:
            response = HttpResponseRedirect(reverse("console:single-sign-on-code"))
            kept = signing.dumps([identity.issuer, identity.sub], salt=IDENTITY.plain_name)
            IDENTITY.keep(response, kept, datetime.now(UTC) + timedelta(seconds=CODE_SECONDS))
    except (IdentityUnproved, AccessRefused):
        return _refused(request)
    QUESTION.drop(response)
    return response


@public
def code(request: HttpRequest) -> HttpResponse:
    """Ask for our one-time code after a sign-in at the provider without a second factor that counts."""
    try:
        issuer, sub = signing.loads(IDENTITY.read(request), salt=IDENTITY.plain_name, max_age=CODE_SECONDS)
    except signing.BadSignature:
        return _refused(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            spend_address(request)
            response = _signed_in(request, ProviderIdentity(issuer, sub), form.cleaned_data["code"])
        except AccessRefused:
            form.add_error("code", _("This did not work. Wait for the next code, and some minutes after several."))
        else:
            IDENTITY.drop(response)
            return response
    return alone(request, "console/sign_on_code.html", {"form": form}, status=400 if form.errors else 200)


def _signed_in(request: HttpRequest, identity: ProviderIdentity, code: str = "") -> HttpResponse:
    session = single_sign_on.sign_in_as(
        tenant=settings.MEMSTORE_OIDC_TENANT,
        identity=identity,
        code=code,
        address=line_of(request),
        request_id=request_id(request),
        idle=cookie.idle(),
    )
    response = HttpResponseRedirect(reverse("console:home"))
    cookie.SESSION.keep(response, session.token, session.expires_at)
    return response


def _question(request: HttpRequest) -> Question | None:
    """Return the question to the provider; None when it does not answer."""
    if not oidc_provider.is_configured():
        raise Http404
    spend_address(request)
    try:
        return oidc_provider.ask(_address(request))
    except IdentityUnproved:
        return None


def _kept(response: HttpResponse, question: Question, *, link: str | None) -> HttpResponse:
    """Store the question in the browser, signed, until the provider sends it back."""
    asked = SignOnQuestion(question.state, question.nonce, question.verifier, link)
    kept = signing.dumps(asdict(asked), salt=QUESTION.plain_name)
    QUESTION.keep(response, kept, datetime.now(UTC) + timedelta(seconds=SECONDS))
    return response


def _asked(request: HttpRequest) -> SignOnQuestion | None:
    try:
        return SignOnQuestion(**signing.loads(QUESTION.read(request), salt=QUESTION.plain_name, max_age=SECONDS))
    except signing.BadSignature:
        return None


def _address(request: HttpRequest) -> str:
    return public_address(request, reverse("console:single-sign-on-back"))


def _refused(request: HttpRequest) -> HttpResponse:
    response = alone(request, "console/sign_on_refused.html", status=403)
    QUESTION.drop(response)
    IDENTITY.drop(response)
    return response
