"""Single sign-on against a real HTTP server that plays the organisation's identity provider."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.web import throttling
from governance.access import oidc_provider
from governance.access.sign_in_attempts import FREE_FAILURES
from governance.access.totp import STEP_SECONDS, code_at, new_secret
from governance.keyring.keys import staff_sealer
from governance.keyring.sealing import Field
from governance.models import AuditEvent, StaffSession, StaffUser
from governance.tenancy.tenant_context import tenant_context
from tests.support.browsing import browser
from tests.support.cast import DATABASES, organisation

if TYPE_CHECKING:
    from pytest_django import Settings
    from pytest_httpserver import HTTPServer
    from werkzeug import Request, Response

    from tests.support.cast import Organisation

pytestmark = pytest.mark.django_db(databases=DATABASES, transaction=True)
CLIENT = "memstore-console"


@dataclass
class Provider:
    """An identity provider that signs an identity; `lies` are claims that it gets wrong."""

    server: HTTPServer
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}, private=True))
    sub: str = "employee-17"
    nonce: str = ""
    lies: dict[str, object] = field(default_factory=dict)
    signer: RSAKey | None = None
    verifier: str = ""

    @property
    def issuer(self) -> str:
        return self.server.url_for("/")

    def listen(self) -> None:
        metadata = {
            "issuer": self.issuer,
            "authorization_endpoint": self.server.url_for("/authorize"),
            "token_endpoint": self.server.url_for("/token"),
            "jwks_uri": self.server.url_for("/keys"),
        }
        self.server.expect_request("/.well-known/openid-configuration").respond_with_json(metadata)
        self.server.expect_request("/keys").respond_with_json({"keys": [self.key.as_dict(private=False)]})
        self.server.expect_request("/token", method="POST").respond_with_handler(self.token)

    def token(self, request: Request) -> Response:
        from werkzeug import Response as Answer

        self.verifier = request.form["code_verifier"]
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": self.sub, "nonce": self.nonce, "iat": now, "exp": now + 60}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims | self.lies, self.signer or self.key)
        said = {"access_token": "opaque", "token_type": "Bearer", "id_token": signed}
        return Answer(json.dumps(said), content_type="application/json")


@pytest.fixture(autouse=True)
def _many_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the limit of attempts: all these tests come from one address."""
    monkeypatch.setattr(throttling, "UNKNOWN_PER_MINUTE", 10_000)


@pytest.fixture
def bank() -> Organisation:
    return organisation()


@pytest.fixture
def provider(httpserver: HTTPServer, settings: Settings, bank: Organisation) -> Provider:
    found = Provider(httpserver)
    found.listen()
    settings.MEMSTORE_OIDC_ISSUER, settings.MEMSTORE_OIDC_CLIENT_ID = found.issuer, CLIENT
    settings.MEMSTORE_OIDC_CLIENT_SECRET, settings.MEMSTORE_OIDC_TENANT = "not so secret", bank.tenant.slug
    oidc_provider._known.clear()
    with tenant_context(bank.tenant.id):
        StaffUser.objects.update(enrolled_at="2026-01-01T00:00:00Z")
    return found


def walk(client: Client, provider: Provider, start: str) -> tuple[int, str]:
    """Go to the provider and back, as a browser does. Returns (status, location)."""
    if start == "console:single-sign-on":
        away = client.get(reverse(start))
        assert away.status_code == 302
        address = away["Location"]
    else:
        away = client.post(reverse(start))
        assert away.status_code == 200
        address = unescape(away.content.decode().split('class="button main" href="')[1].split('"')[0])
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    provider.nonce = asked["nonce"][0]
    back = client.get(reverse("console:single-sign-on-back"), {"code": "a code", "state": asked["state"][0]})
    return back.status_code, back.get("Location", "")


def test_the_question_is_kept_under_a_name_that_only_this_host_can_set(
    bank: Organisation, provider: Provider, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    planted = Client().get(reverse("console:single-sign-on"), secure=True)
    kept = planted.cookies["__Host-memstore-question"]
    assert (kept["secure"], kept["httponly"], kept["samesite"], kept["path"], kept["domain"]) == (
        True,
        True,
        "Lax",
        "/",
        "",
    )
    victim = Client()
    victim.cookies["memstore-question"] = kept.value  # as another host of the domain could set it
    state = parse_qs(urlsplit(planted["Location"]).query)["state"][0]
    answer = victim.get(reverse("console:single-sign-on-back"), {"code": "a code", "state": state}, secure=True)
    assert answer.status_code == 403


def test_a_question_to_link_is_answered_in_the_session_that_asked(bank: Organisation, provider: Provider) -> None:
    """A question planted in another member's browser does not make its author's account theirs."""
    author, victim = browser(bank, "dov"), browser(bank, "dora")
    away = author.post(reverse("console:single-sign-on-link"))
    address = unescape(away.content.decode().split('class="button main" href="')[1].split('"')[0])
    asked = parse_qs(urlsplit(address).query)
    provider.nonce = asked["nonce"][0]
    victim.cookies["memstore-question"] = author.cookies["memstore-question"].value
    back = {"code": "a code", "state": asked["state"][0]}
    assert victim.get(reverse("console:single-sign-on-back"), back).status_code == 403
    with tenant_context(bank.tenant.id):
        assert StaffUser.objects.filter(sign_on_mac__isnull=False).count() == 0


def linked(bank: Organisation, provider: Provider) -> None:
    assert walk(browser(bank, "dora"), provider, "console:single-sign-on-link") == (302, "/console/?done=saved")


def with_authenticator(bank: Organisation, username: str = "dora") -> bytes:
    """Give a member of staff a second factor. Returns its secret."""
    secret = new_secret()
    with tenant_context(bank.tenant.id):
        row = StaffUser.objects.get(username=username)
    sealed = staff_sealer(bank.tenant.id, row.id).seal(Field.TOTP, row.id, 1, secret)
    with tenant_context(bank.tenant.id):
        StaffUser.objects.filter(id=row.id).update(totp_sealed=sealed)
    return secret


def sessions_of(bank: Organisation, username: str = "dora") -> list[StaffSession]:
    with tenant_context(bank.tenant.id):
        return list(StaffSession.objects.filter(user__username=username).order_by("created_at"))


@pytest.mark.parametrize("claims", [{}, {"amr": ["pwd"]}, {"amr": "mfa"}, {"acr": "2"}, {"acr": ["gold"]}])
def test_the_providers_word_alone_is_one_proof_and_the_code_is_the_other(
    bank: Organisation, provider: Provider, settings: Settings, claims: dict[str, object]
) -> None:
    settings.MEMSTORE_OIDC_AMR, settings.MEMSTORE_OIDC_ACR = ["mfa"], ["gold"]
    secret = with_authenticator(bank)
    linked(bank, provider)
    before = len(sessions_of(bank))
    provider.lies = claims
    client = Client()
    assert walk(client, provider, "console:single-sign-on") == (302, "/console/sign-on/code/")
    assert client.get(reverse("console:home")).status_code == 302
    page = reverse("console:single-sign-on-code")
    assert client.get(page).status_code == 200
    assert client.post(page, {"code": "000000"}).status_code == 400
    assert len(sessions_of(bank)) == before
    code = code_at(secret, int(time.time()) // STEP_SECONDS).decode()
    assert client.post(page, {"code": code})["Location"] == "/console/"
    assert client.get(reverse("console:home")).status_code == 200
    assert sessions_of(bank)[-1].stepped_up_until is not None
    assert client.get(page).status_code == 403  # the provider's word is used up


def test_nobody_gets_to_the_code_without_the_provider(bank: Organisation, provider: Provider) -> None:
    secret = with_authenticator(bank)
    linked(bank, provider)
    page, client = reverse("console:single-sign-on-code"), Client()
    code = code_at(secret, int(time.time()) // STEP_SECONDS).decode()
    assert client.post(page, {"code": code}).status_code == 403
    client.cookies["memstore-identity"] = signing.dumps([provider.issuer, provider.sub], salt="another")
    assert client.post(page, {"code": code}).status_code == 403


def test_guesses_at_the_code_are_counted_as_at_the_sign_in(bank: Organisation, provider: Provider) -> None:
    secret = with_authenticator(bank)
    linked(bank, provider)
    client, page = Client(), reverse("console:single-sign-on-code")
    walk(client, provider, "console:single-sign-on")
    for _ in range(FREE_FAILURES):
        assert client.post(page, {"code": "000000"}).status_code == 400
    code = code_at(secret, int(time.time()) // STEP_SECONDS).decode()
    assert client.post(page, {"code": code}).status_code == 400
    assert ("sign_in", "locked_out") in bank.refusals()


@pytest.mark.parametrize("claims", [{"amr": ["pwd", "mfa"]}, {"acr": "gold"}])
def test_a_second_factor_at_the_provider_counts_where_the_organisation_says_so_and_steps_nobody_up(
    bank: Organisation, provider: Provider, settings: Settings, claims: dict[str, object]
) -> None:
    settings.MEMSTORE_OIDC_AMR, settings.MEMSTORE_OIDC_ACR = ["mfa"], ["gold"]
    linked(bank, provider)
    provider.lies = claims
    client = Client()
    assert walk(client, provider, "console:single-sign-on") == (302, "/console/")
    assert client.get(reverse("console:home")).status_code == 200
    with tenant_context(bank.tenant.id):
        dora = StaffUser.objects.get(username="dora")
        session = StaffSession.objects.filter(user_id=dora.id).latest("created_at")
        assert session.stepped_up_until is None
        assert session.idle_until is not None
        assert AuditEvent.objects.filter(type="sign_in", principal_id=dora.id, reason="allowed").count() == 1


def test_nobody_is_found_by_name_or_without_a_link(bank: Organisation, provider: Provider) -> None:
    provider.sub = "dora"
    assert walk(Client(), provider, "console:single-sign-on")[0] == 403


def test_nothing_is_linked_without_a_form_of_ours(bank: Organisation, provider: Provider) -> None:
    """Another site sends the browser there, having signed it in at the provider as another person."""
    officer = browser(bank, "dora")
    assert officer.get(reverse("console:single-sign-on-link")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = officer.cookies
    assert strict.post(reverse("console:single-sign-on-link")).status_code == 403


def test_linking_needs_a_second_factor_of_this_moment(bank: Organisation, provider: Provider) -> None:
    client = browser(bank, "dora", stepped_up=False)
    assert walk(client, provider, "console:single-sign-on-link")[0] == 403
    assert ("link_sign_on", "step_up_needed") in bank.refusals()


def test_one_account_at_the_provider_is_one_person_here(bank: Organisation, provider: Provider) -> None:
    linked(bank, provider)
    assert walk(browser(bank, "dov"), provider, "console:single-sign-on-link")[0] == 403


@pytest.mark.parametrize(
    "lies", [{"aud": "another"}, {"iss": "https://elsewhere.example"}, {"exp": 1}, {"nonce": "another"}, {"sub": None}]
)
def test_what_is_not_for_us_signs_nobody_in(bank: Organisation, provider: Provider, lies: dict[str, object]) -> None:
    linked(bank, provider)
    provider.lies = lies
    assert walk(Client(), provider, "console:single-sign-on")[0] == 403


def test_another_key_signs_nobody_in(bank: Organisation, provider: Provider) -> None:
    linked(bank, provider)
    provider.signer = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    assert walk(Client(), provider, "console:single-sign-on")[0] == 403


def test_an_answer_to_another_browsers_question_is_refused(bank: Organisation, provider: Provider) -> None:
    linked(bank, provider)
    state = parse_qs(urlsplit(Client().get(reverse("console:single-sign-on"))["Location"]).query)["state"][0]
    answer = Client().get(reverse("console:single-sign-on-back"), {"code": "a code", "state": state})
    assert answer.status_code == 403


def test_a_suspended_person_does_not_get_in(bank: Organisation, provider: Provider) -> None:
    linked(bank, provider)
    with tenant_context(bank.tenant.id):
        StaffUser.objects.filter(username="dora").update(
            suspended_at="2026-01-02T00:00:00Z", suspended_by=StaffUser.objects.get(username="dov").id
        )
    assert walk(Client(), provider, "console:single-sign-on")[0] == 403


def test_without_a_provider_there_is_no_such_page(bank: Organisation) -> None:
    assert Client().get(reverse("console:single-sign-on")).status_code == 404
    assert b"Sign in with your organisation" not in Client().get(reverse("console:sign-in")).content
