"""Entering and leaving the portal: the link, the button, the cookie, and one page for all who may not enter."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.test import Client

from governance.access.api_keys import revoke_key
from governance.models import ApiKey, PortalLink, PortalSitting
from governance.tenancy.tenant_context import tenant_context
from tests.api.portal.visiting import COOKIE, seen, text_of, visitor
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, say
from tests.support.erasing import erased, four_eyes
from tests.support.signed_in import signed_in
from tests.support.sitting import link_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
PAGES = [
    "",
    "readers/",
    "choices/",
    "requests/",
    "requests/new/erasure/",
    f"memories/{uuid4()}/",
    f"requests/{uuid4()}/",
]
LINKS = "/governance/v1/portal/links/"


def enter(text: str, client: Client | None = None) -> HttpResponse:
    return (client or Client()).post(f"/portal/enter/{text}/")  # type: ignore[return-value]


def path_in(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_a_key_gets_an_address_that_opens_the_persons_page(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    answer = ask(bank, "POST", LINKS, {"user_id": "alice"})
    assert answer.status_code == 201
    url, expires_at = answer.json()["url"], datetime.fromisoformat(answer.json()["expires_at"])
    assert "alice" not in url
    assert expires_at - datetime.now(UTC) <= timedelta(minutes=15)
    client = Client()
    entered = client.post(path_in(url))
    assert (entered.status_code, entered["Location"]) == (302, "/portal/")
    assert "I like tea" in seen(client.get("/portal/"))


def test_the_address_is_the_one_that_people_know(bank: Organisation, settings: Settings) -> None:
    settings.MEMSTORE_PUBLIC_URL = "https://memory.bank.example/"
    url = ask(bank, "POST", LINKS, {"user_id": "alice"}).json()["url"]
    assert url.startswith("https://memory.bank.example/portal/enter/")


@pytest.mark.parametrize("body", [{}, {"user_id": "alice", "minutes": 1441}, {"user_id": "alice", "minutes": "soon"}])
def test_a_body_that_cannot_be_is_a_400(bank: Organisation, body: dict[str, object]) -> None:
    assert ask(bank, "POST", LINKS, body).status_code == 400


def test_of_staff_the_dpo_issues_links_and_codes_and_nobody_else(bank: Organisation) -> None:
    for who in ("rita", "aud", "ada", "kay"):
        assert ask(signed_in(bank, who), "POST", LINKS, {"user_id": "alice"}).status_code == 403
    assert ask(signed_in(bank, "dora"), "POST", LINKS, {"user_id": "alice", "expected": True}).status_code == 201


def test_looking_at_a_link_uses_nothing_up(bank: Organisation) -> None:
    """A mail scanner follows it, and a preview; then the person presses the button."""
    text = link_text(bank)
    for _ in range(3):
        looked = Client().get(f"/portal/enter/{text}/")
        assert looked.status_code == 200
    assert enter(text).status_code == 302


def test_the_page_with_the_button_is_the_same_for_every_link_and_never_tells_its_address(bank: Organisation) -> None:
    def shown(text: str) -> str:
        answer = Client().get(f"/portal/enter/{text}/")
        assert answer["Referrer-Policy"] == "strict-origin"
        return re.sub(r'value="[^"]+"', "", text_of(answer))

    assert shown(link_text(bank)) == shown("nonsense") == shown(f"{uuid4()}.{uuid4()}.abc")


def test_the_form_of_the_button_is_protected_and_passes_with_what_browsers_send(bank: Organisation) -> None:
    browser = Client(enforce_csrf_checks=True)
    address = f"/portal/enter/{link_text(bank)}/"
    assert browser.post(address).status_code == 403
    found = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', text_of(browser.get(address)))
    assert found is not None
    sent = browser.post(address, {"csrfmiddlewaretoken": found.group(1)}, headers={"Origin": "http://testserver"})
    assert sent.status_code == 302


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(bank: Organisation, settings: Settings) -> None:
    entered = enter(link_text(bank))
    cookie = entered.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
    settings.SECURE_SSL_REDIRECT = True
    entered = Client().post(f"/portal/enter/{link_text(bank)}/", secure=True)  # type: ignore[assignment]
    cookie = entered.cookies["__Host-memstore-portal"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


def forged(_bank: Organisation) -> str:
    return f"{uuid4()}.{uuid4()}.abcdefgh"


def unreadable(_bank: Organisation) -> str:
    return "nonsense"


def used(bank: Organisation) -> str:
    text = link_text(bank)
    assert enter(text).status_code == 302
    return text


def expired(bank: Organisation) -> str:
    text = link_text(bank)
    past = datetime.now(UTC) - timedelta(hours=1)
    with tenant_context(bank.tenant.id):
        PortalLink.objects.update(issued_at=past, expires_at=past + timedelta(minutes=1))
    return text


def with_the_secret_of_somebody_else(bank: Organisation) -> str:
    return f"{link_text(bank).rsplit('.', 1)[0]}.{link_text(bank, 'bob').rsplit('.', 1)[1]}"


def of_a_revoked_key(bank: Organisation) -> str:
    text = link_text(bank, by=bank.caller(key_text=bank.another_key()))
    with tenant_context(bank.tenant.id):
        key = ApiKey.objects.get(name="another")
    revoke_key(caller=bank.staff("ada"), key_id=key.id)
    return text


def of_an_erased_person(bank: Organisation) -> str:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    text = link_text(bank)
    erased(bank)
    return text


@pytest.mark.parametrize(
    "made",
    [unreadable, used, expired, with_the_secret_of_somebody_else, of_a_revoked_key, of_an_erased_person],
)
def test_whatever_does_not_open_shows_exactly_the_same_page(
    bank: Organisation, settings: Settings, made: Callable[[Organisation], str]
) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0
    expected, answer = enter(forged(bank)), enter(made(bank))
    assert answer.status_code == expected.status_code == 404
    assert answer.content == expected.content

    def told(response: HttpResponse) -> dict[str, str]:
        return {name: value for name, value in response.headers.items() if name != "X-Request-ID"}

    assert told(answer) == told(expected)
    assert not answer.cookies
    assert answer["Referrer-Policy"] == "strict-origin"


def test_whoever_has_no_sitting_finds_every_page_closed_like_a_forged_link(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    expected = enter(forged(bank)).content
    ended = visitor(bank)
    with tenant_context(bank.tenant.id):
        PortalSitting.objects.update(ended_at=datetime.now(UTC))
    stranger = Client()
    stranger.cookies[COOKIE] = f"{bank.tenant.id}.{uuid4()}.abc"
    staff = Client()
    staff.cookies["memstore"] = signed_in(bank, "dora")
    for client in (Client(), ended, stranger, staff):
        for page in PAGES:
            answer = client.get(f"/portal/{page}")
            assert (answer.status_code, answer.content) == (404, expected), page


def test_a_token_of_the_console_opens_no_portal_and_the_other_way_round(bank: Organisation) -> None:
    crossed = Client()
    crossed.cookies[COOKIE] = signed_in(bank, "dora")
    assert crossed.get("/portal/").status_code == 404
    token = visitor(bank).cookies[COOKIE].value
    crossed.cookies["memstore"] = token
    assert crossed.get("/console/people/").status_code == 302  # to sign in
    assert ask(token, "GET", "/governance/v1/session/").status_code == 401


def test_a_reused_link_leaves_the_sitting_of_whoever_opened_it_alone(bank: Organisation) -> None:
    text, client = link_text(bank), Client()
    enter(text, client)
    assert enter(text).status_code == 404
    assert client.get("/portal/").status_code == 200


def test_after_leaving_everything_is_closed(bank: Organisation) -> None:
    client = visitor(bank)
    token = client.cookies[COOKIE].value
    left = client.post("/portal/leave/")
    assert (left.status_code, left.cookies[COOKIE].value) == (200, "")
    client.cookies[COOKIE] = token
    assert client.get("/portal/").status_code == 404


def test_every_page_is_hardened_and_kept_by_nobody(bank: Organisation) -> None:
    client = visitor(bank)
    for page in [*PAGES, "receipt/", "copy/", "enter/nonsense/"]:
        answer = client.get(f"/portal/{page}")
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe-inline" not in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"
        body = text_of(answer)
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://", body)


def test_neither_log_nor_trail_has_the_link(bank: Organisation, caplog: pytest.LogCaptureFixture) -> None:
    text = link_text(bank)
    enter(text)
    secret = text.rsplit(".", 1)[1]
    lines = [f"{record.getMessage()} {vars(record)}" for record in caplog.records if record.name == "api.request"]
    assert lines
    assert not [line for line in lines if secret in line or "alice" in line]
    assert not [event for event in bank.events() if secret in str(vars(event))]


def test_attempts_are_limited_by_address(bank: Organisation) -> None:
    answers = [enter("nonsense").status_code for _ in range(62)]
    assert answers[:60] == [404] * 60
    assert answers[60:] == [429, 429]


def test_a_program_that_clicks_through_a_sitting_is_slowed_down_before_anything_is_asked(bank: Organisation) -> None:
    client = visitor(bank)
    answers = [client.get(f"/portal/requests/{uuid4()}/").status_code for _ in range(121)]
    assert answers == [404] * 120 + [429]
    before = len(bank.events())
    assert client.get("/portal/").status_code == 429
    assert len(bank.events()) == before
    assert visitor(bank).get("/portal/").status_code == 200
