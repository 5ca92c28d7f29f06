"""Loosenings in the console: proposed by a form, shown field by field, approved by another person, or declined."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from governance.policy.purpose_terms import terms_as_json
from governance.processing.purposes import list_purposes
from tests.support.asking import ask
from tests.support.browsing import browser, send
from tests.support.cast import ASSISTANCE, DATABASES
from tests.support.signed_in import signed_in

if TYPE_CHECKING:
    from tests.support.cast import Organisation

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
V1 = "/governance/v1"


def fields(**changed: object) -> dict[str, Any]:
    """Return the form of a new version of `assistance`."""
    said = terms_as_json(replace(ASSISTANCE, **changed))  # type: ignore[arg-type]  # fields of it
    return {name: value for name, value in said.items() if value is not False}


def days(bank: Organisation) -> int:
    return next(one.terms.ceiling_days for one in list_purposes(caller=bank.staff("aud")) if one.name == "assistance")


def test_a_looser_version_waits_on_the_page_of_the_second_person_who_approves_it(bank: Organisation) -> None:
    page, purpose = reverse("console:loosenings"), reverse("console:purpose", args=[bank.assistance.purpose_id])
    asked = send(browser(bank, "ada"), purpose, **fields(ceiling_days=366))
    assert (asked["Location"], days(bank)) == (f"{page}?done=asked", 365)
    own = browser(bank, "ada").get(page).content.decode()
    assert "366" in own
    assert "Approve exactly this" not in own
    officer = browser(bank, "dora")
    shown = officer.get(page).content.decode()
    address = re.search(r'action="([^"]+/approve/)"', shown)
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', shown)
    assert address is not None
    assert digest is not None
    stale = browser(bank, "dora", stepped_up=False)
    assert b'name="code"' in stale.get(page).content
    assert "step_up_needed" in send(stale, address[1], digest=digest[1])["Location"]
    assert send(officer, address[1], digest=digest[1])["Location"] == f"{page}?done=approved"
    assert days(bank) == 366


def test_a_stricter_version_is_saved_at_once(bank: Organisation) -> None:
    purpose = reverse("console:purpose", args=[bank.assistance.purpose_id])
    assert send(browser(bank, "ada"), purpose, **fields(ceiling_days=10))["Location"] == f"{purpose}?done=saved"
    assert days(bank) == 10


def test_the_api_says_that_it_waits_and_whom_it_waits_for(bank: Organisation) -> None:
    ada, dora = signed_in(bank, "ada"), signed_in(bank, "dora")
    waits = ask(ada, "PATCH", f"{V1}/tenant/", {"reveal_minutes": 60})
    said = waits.json()
    assert (waits.status_code, said["pending"], said["loosens"]) == (202, True, ["reveal_minutes"])
    [listed] = ask(dora, "GET", f"{V1}/loosenings/").json()["results"]
    assert (listed["id"], listed["digest"]) == (said["proposal_id"], said["digest"])
    own = ask(ada, "POST", f"{V1}/loosenings/{listed['id']}/approve/", {"digest": listed["digest"]})
    assert (own.status_code, own.json()["code"]) == (403, "same_person")
    done = ask(dora, "POST", f"{V1}/loosenings/{listed['id']}/approve/", {"digest": listed["digest"]})
    assert (done.status_code, done.json()["state"]) == (200, "approved")
    assert ask(ada, "GET", f"{V1}/tenant/").json()["reveal_minutes"] == 60
    assert ask(ada, "PATCH", f"{V1}/tenant/", {"reveal_minutes": 5}).status_code == 200


def test_the_api_declines_with_a_word_of_the_list_and_withdraws_ones_own(bank: Organisation) -> None:
    ada, dora = signed_in(bank, "ada"), signed_in(bank, "dora")
    first, second = (
        ask(ada, "PATCH", f"{V1}/tenant/", {"reveal_minutes": minutes}).json()["proposal_id"] for minutes in (60, 90)
    )
    assert ask(dora, "POST", f"{V1}/loosenings/{first}/decline/", {"reason": "a story"}).status_code == 400
    declined = ask(dora, "POST", f"{V1}/loosenings/{first}/decline/", {"reason": "too_broad"}).json()
    assert (declined["how"], declined["reason"]) == ("declined", "too_broad")
    assert ask(ada, "POST", f"{V1}/loosenings/{second}/withdraw/", {}).json()["how"] == "withdrawn"
    assert ask(dora, "GET", f"{V1}/loosenings/").json()["results"] == []
