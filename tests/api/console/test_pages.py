"""The pages of the console: sign-in, what each role sees, and forms that do one thing once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.models import AuditEvent, BreakGlass, RequestKind
from governance.rights.requests import Asked, open_request
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from tests.support.browsing import browser, heading, press_twice, send
from tests.support.cast import DATABASES, organisation, say
from tests.support.consenting import consents, withdraws
from tests.support.erasing import asks, four_eyes, verified

if TYPE_CHECKING:
    from uuid import UUID

    from tests.support.cast import Organisation

pytestmark = pytest.mark.django_db(databases=DATABASES, transaction=True)


def subject_of(bank: Organisation, user_id: str) -> UUID:
    found = find_subject(bank.tenant.id, SubjectKind.USER, user_id)
    assert found is not None
    return found.id


def test_who_is_not_signed_in_is_asked_to() -> None:
    for name in ("home", "people", "quarantine", "requests"):
        address = reverse(f"console:{name}")
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"] == f"/console/sign-in/?{urlencode({'next': address})}"


def test_every_page_is_sent_with_the_policy_and_kept_by_nobody() -> None:
    answer = browser(organisation(), "dora").get(reverse("console:home"))
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


def test_a_person_is_found_by_id_and_the_id_is_in_no_address() -> None:
    bank = organisation()
    say(bank, "carol@example.org", "I collect old clocks")
    answer = send(browser(bank, "rita"), reverse("console:person-find"), user_id="carol@example.org")
    assert answer["Location"] == reverse("console:person", args=[subject_of(bank, "carol@example.org")])
    nobody = send(browser(bank, "rita"), reverse("console:person-find"), user_id="carol")
    assert nobody["Location"] == "/console/people/?found=none"


def test_words_are_masked_until_the_glass_is_broken_for_a_reason() -> None:
    bank = organisation()
    say(bank, "carol", "My e-mail is carol@example.org")
    page = reverse("console:person", args=[subject_of(bank, "carol")])
    reviewer = browser(bank, "rita")
    assert b"carol@example.org" not in reviewer.get(page).content
    reveal = reverse("console:reveal", args=[subject_of(bank, "carol")])
    refused = send(reviewer, reveal, reason="", case_reference="", minutes="5")
    assert refused.status_code == 400
    with tenant_context(bank.tenant.id):
        assert not BreakGlass.objects.exists()
        assert AuditEvent.objects.filter(type="break_glass", reason="invalid").count() == 1
    done = send(reviewer, reveal, reason="complaint", case_reference="CASE-7", minutes="5")
    assert done.status_code == 302, done.content
    assert b"carol@example.org" in reviewer.get(page).content
    with tenant_context(bank.tenant.id):
        row = BreakGlass.objects.get()
    assert (row.reason_code, row.case_reference) == ("complaint", "CASE-7")


def test_a_form_that_is_sent_twice_does_one_thing() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    reveal = reverse("console:reveal", args=[subject_of(bank, "carol")])
    reviewer, once = browser(bank, "rita"), str(uuid4())
    first = send(reviewer, reveal, once=once, reason="complaint", case_reference="CASE-7", minutes="5")
    second = send(reviewer, reveal, once=once, reason="complaint", case_reference="CASE-7", minutes="5")
    assert [first["Location"][-13:], second["Location"][-13:]] == ["done=revealed", "?done=already"]
    with tenant_context(bank.tenant.id):
        assert BreakGlass.objects.count() == 1


def test_a_request_is_verified_and_done_and_its_page_says_what_is_next() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    opened = open_request(
        caller=bank.staff("dora"), subject_kind=SubjectKind.USER, external_id="carol", asked=Asked(RequestKind.ACCESS)
    )
    officer, number = browser(bank, "dov"), opened.request.id
    page = reverse("console:request", args=[number])
    assert b"It is the person" in officer.get(page).content
    done = press_twice(officer, reverse("console:request-step", args=[number, "verify"]), method="in_person")
    assert done["Location"] == f"{page}?done=verified"
    assert b"Make a one-time link" in officer.get(page).content
    shown = send(officer, reverse("console:request-link", args=[number]))
    assert heading(shown) == "A link to the copy"
    assert (
        press_twice(officer, reverse("console:request-step", args=[number, "fulfil"]))["Location"]
        == f"{page}?done=fulfilled"
    )
    assert b"the request has ended" in officer.get(page).content


def test_the_outsider_finds_nothing_of_the_bank() -> None:
    bank, other = organisation(), organisation("other")
    say(bank, "carol", "I like tea")
    outsider = browser(other, "dora")
    assert outsider.get(reverse("console:person", args=[subject_of(bank, "carol")])).status_code == 404
    assert (
        b"Nobody is remembered"
        in outsider.post(reverse("console:person-find"), {"user_id": "carol"}, follow=True).content
    )


@pytest.mark.parametrize("who", ["aud", "ada", "kay"])
def test_who_sees_no_content_is_shown_none(who: str) -> None:
    bank = organisation()
    say(bank, "carol", "I like tea and my iban is DE89370400440532013000")
    subject = subject_of(bank, "carol")
    client = browser(bank, who)
    for address in (
        reverse("console:home"),
        reverse("console:people"),
        reverse("console:quarantine"),
        reverse("console:person", args=[subject]),
        reverse("console:reveal", args=[subject]),
    ):
        answer = client.get(address)
        assert b"I like tea" not in answer.content
        assert b"carol" not in answer.content


def test_a_list_takes_as_many_queries_for_many_requests_as_for_one() -> None:
    bank = organisation()

    def asks(who: str) -> None:
        open_request(
            caller=bank.staff("dora"), subject_kind=SubjectKind.USER, external_id=who, asked=Asked(RequestKind.ACCESS)
        )

    officer = browser(bank, "dora")
    asks("carol")
    with CaptureQueriesContext(connection) as one:
        officer.get(reverse("console:requests"))
    for number in range(12):
        asks(f"person-{number}")
    with CaptureQueriesContext(connection) as many:
        officer.get(reverse("console:requests"))
    assert len(many) == len(one)


def test_what_a_person_agreed_to_and_objected_to_is_on_their_page() -> None:
    bank = organisation()
    consents(bank)
    page = browser(bank, "rita").get(reverse("console:person", args=[subject_of(bank, "alice")])).content.decode()
    assert re.search(r"<strong>offers</strong>\s*<span[^>]*>Granted</span>", page)
    withdraws(bank)
    page = browser(bank, "rita").get(reverse("console:person", args=[subject_of(bank, "alice")])).content.decode()
    assert re.search(r"<strong>offers</strong>\s*<span[^>]*>Withdrawn</span>", page)


def test_the_page_of_an_erasure_request_is_one_decision_and_one_event() -> None:
    bank = organisation()
    say(bank, "carol", "I collect old clocks")
    four_eyes(bank)
    page = reverse("console:request", args=[verified(bank, "carol")])
    officer, before = browser(bank, "dora"), len(bank.events())
    assert b"Plan" in officer.get(page).content
    assert [event.type for event in bank.events()[before:]] == ["read_requests"]


@pytest.mark.parametrize("who", ["rita", "ada", "aud", "kay"])
def test_a_request_is_shown_to_those_who_handle_requests(who: str) -> None:
    bank = organisation()
    page = reverse("console:request", args=[asks(bank).request.id])
    assert browser(bank, who).get(page).status_code == 403
    assert bank.refusals()[-1][0] == "read_requests"
