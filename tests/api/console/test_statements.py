"""The page of objections: what people said in chats waits there for an officer, and an empty page says so."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.support.browsing import browser, press_twice
from tests.support.cast import DATABASES, Organisation, say
from tests.support.world import statement_said

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
PAGE = "/console/objections/"
SAID = "Please stop sending me offers to carol@example.org"


def test_statement_is_listed_masked_with_its_actions_and_counted_on_the_home_page(bank: Organisation) -> None:
    found = statement_said(bank, SAID)
    officer = browser(bank, "dora")
    page = officer.get(PAGE).content.decode()
    assert "Please stop sending me offers" in page
    assert "carol@example.org" not in page
    for name in ("statement-record", "statement-dismiss"):
        assert reverse(f"console:{name}", args=[found]) in page
    assert "can only be marked as handled" in page  # its purpose rests on a contract
    assert "objection said in a chat" in officer.get(reverse("console:home")).content.decode()


def test_what_was_handled_waits_no_more_and_the_empty_list_says_what_appears_there(bank: Organisation) -> None:
    found = statement_said(bank)
    officer = browser(bank, "dora")
    done = press_twice(officer, reverse("console:statement-dismiss", args=[found]))
    assert done["Location"] == f"{PAGE}?done=handled"
    page = officer.get(PAGE).content.decode()
    assert "Please stop" not in page
    assert "When a person says in a chat that they object, it appears here." in page
    again = officer.post(reverse("console:statement-record", args=[found]), {"once": ""})
    assert again.status_code in {302, 400, 404}
    assert "?done=" not in again.get("Location", "")


def test_other_tenants_officer_sees_nothing_of_it(bank: Organisation, outsider: Organisation) -> None:
    say(outsider, "zoe", "I like coffee")
    statement_said(bank)
    assert b"Please stop" not in browser(outsider, "dora").get(PAGE).content
