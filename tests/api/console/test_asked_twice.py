"""Confirmed actions of the console ask a second time, name the consequence in numbers, and preselect nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.urls import get_resolver

from api.console.request_forms import STEPS
from governance.models import StaffSession, SubmittedForm
from memstore.oversight.action_preview import outlook_of_request
from tests.api.console.asked_twice import ONCE, TWICE, Case, erased_at_once, upheld
from tests.support.browsing import browser, send
from tests.support.cast import DATABASES, Organisation, organisation, say
from tests.support.erasing import asks
from tests.support.rows import rows_of
from tests.support.two_people import two_of_staff_are_enough
from tests.support.world import patterns

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from django.test import Client

pytestmark = pytest.mark.django_db(databases=DATABASES, transaction=True)
TEMPLATES = Path(__file__).parents[3] / "templates"
FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)
ACTION = re.compile(r'action="\{% url "console:([a-z-]+)"(?: [\w.]+ "([a-z]+)")?')
CASES = [make for cases in TWICE.values() for make in cases]
MARK = re.compile(r'name="confirmed" value="([0-9a-f]{64})"')
every_case = pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)


@pytest.fixture
def bank() -> Organisation:
    made = organisation()
    say(made, "alice", "I like tea")
    return made


def kept(bank: Organisation) -> dict[str, list[str]]:
    """Rows of the tenant without the sessions and the tokens of sent forms."""
    return rows_of(bank, but=[StaffSession, SubmittedForm])


def first(client: Client, case: Case) -> HttpResponse:
    return send(client, case.address, **case.fields)


def second(client: Client, case: Case, page: HttpResponse, **more: str) -> HttpResponse:
    found = MARK.search(page.content.decode())
    assert found is not None, page.content.decode()
    return send(client, case.address, confirmed=found.group(1), **{**case.fields, **more})


@every_case
def test_the_first_press_shows_what_would_happen_and_does_nothing(
    bank: Organisation, make: Callable[[Organisation], Case]
) -> None:
    case = make(bank)
    client, before = browser(bank, case.who), kept(bank)
    page = first(client, case)
    text = page.content.decode()
    assert (page.status_code, case.says in text) == (200, True), page.get("Location", text)
    main = text[text.index("<main") :]
    assert re.search(r"\b\d+\b|one|1 ", main), "no number on the page"
    assert " selected" not in main
    assert " checked" not in main
    assert kept(bank) == before


@every_case
def test_the_second_press_does_it_once(bank: Organisation, make: Callable[[Organisation], Case]) -> None:
    case = make(bank)
    client, before = browser(bank, case.who), kept(bank)
    page = first(client, case)
    done = second(client, case, page)
    assert done.status_code == 302, done.content.decode()
    assert "?done=" in done["Location"], done["Location"]
    assert kept(bank) != before


@every_case
def test_without_the_mark_of_the_page_nothing_is_done(bank: Organisation, make: Callable[[Organisation], Case]) -> None:
    case = make(bank)
    client, before = browser(bank, case.who), kept(bank)
    for mark in ("0" * 64, "", "yes"):
        assert send(client, case.address, confirmed=mark, **case.fields).status_code == 200
    assert kept(bank) == before


@pytest.mark.parametrize("make", [erased_at_once, upheld])
def test_what_destroys_needs_a_code(bank: Organisation, make: Callable[[Organisation], Case]) -> None:
    case = make(bank)
    client, before = browser(bank, case.who, stepped_up=False), kept(bank)
    page = first(client, case)
    assert b'name="code"' in page.content
    again = second(client, case, page)
    assert b"Enter a one-time code" in again.content
    assert kept(bank) == before


@pytest.mark.parametrize("make", [erased_at_once, upheld])
def test_when_more_was_said_meanwhile_the_page_is_shown_again(
    bank: Organisation, make: Callable[[Organisation], Case]
) -> None:
    case = make(bank)
    client = browser(bank, case.who)
    page = first(client, case)
    say(bank, "alice", "I have a dog")
    before = kept(bank)
    again = second(client, case, page)
    assert b"Something has changed since you looked." in again.content
    assert kept(bank) == before
    assert second(client, case, again).status_code == 302


def test_the_plan_before_the_verification_is_the_plan_after_it(bank: Organisation) -> None:
    from governance.models import Erasure, Verification
    from governance.tenancy.tenant_context import tenant_context
    from memstore.rights.verify_request import verify_request

    two_of_staff_are_enough(bank)
    number, dov = asks(bank).request.id, bank.staff("dov")
    assert not outlook_of_request(caller=bank.staff("dora"), request_id=number).at_once  # who opened it
    seen = outlook_of_request(caller=dov, request_id=number)
    assert (seen.memories, seen.at_once, seen.keys) == (1, True, 2)
    verify_request(caller=dov, request_id=number, method=Verification.DOCUMENT, seen=seen.digest)
    with tenant_context(bank.tenant.id):
        assert bytes(Erasure.objects.get(request_id=number).plan_sha256).hex() == seen.digest


def test_every_form_of_the_console_is_in_one_of_the_two_tables() -> None:
    takes_forms = set()
    for template, pattern in patterns(get_resolver()):
        if template.startswith("console/") and "<slug:step>" not in template:
            takes_forms.add(str(pattern.name))
    named = {name for name, _ in {*TWICE, *ONCE}}
    in_templates = {
        (name, step)
        for path in (TEMPLATES / "console").glob("*.html")
        for name, step in ACTION.findall(path.read_text())
    }
    known = {*TWICE, *ONCE}
    assert {one for one in in_templates if one not in known} == set()
    assert named - {"request-step"} <= takes_forms
    assert {step for name, step in known if name == "request-step"} == set(STEPS)
    assert not {*TWICE} & {*ONCE}


def test_every_step_that_is_said_to_ask_twice_does_and_no_other() -> None:
    assert {step for name, step in TWICE if name == "request-step"} == {
        step for step, known in STEPS.items() if known.press is not None
    }


def test_no_form_that_asks_twice_has_a_choice_made_for_it() -> None:
    """Their lists begin with nothing chosen: they all use the one template that says so."""
    found = 0
    for path in (TEMPLATES / "console").glob("*.html"):
        for form in FORM.findall(path.read_text()):
            action = ACTION.search(form)
            if action is None or (action.group(1), action.group(2) or "") not in TWICE:
                continue
            found += 1
            assert "<select" not in form, (path.name, form)
            assert not re.search(r'type="(radio|checkbox)"', form), (path.name, form)
    assert found > 15
    chosen = (TEMPLATES / "console" / "choose.html").read_text()
    assert '{% if not optional %} required{% endif %}><option value="">' in chosen
    assert " selected" not in chosen


def test_a_form_without_its_choice_is_refused_on_the_record(bank: Organisation) -> None:
    client = browser(bank, "dora")
    case = upheld(bank)
    answer = send(client, case.address)
    assert answer["Location"].endswith("?problem=invalid")
    assert ("settle_objection", "invalid") in bank.refusals()


def test_who_may_not_do_it_is_not_even_shown_what_would_happen(bank: Organisation) -> None:
    number = asks(bank).request.id
    answer = send(browser(bank, "aud"), f"/console/requests/{number}/verify/", method="document", once=str(uuid4()))
    assert answer["Location"].endswith("?problem=capability_missing")
    assert ("verify_request", "capability_missing") in bank.refusals()
