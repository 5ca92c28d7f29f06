"""Purposes, retention, notices, holds, objections and reveals in the console: roles, and what takes two people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from governance.dual_control.approve_loosening import approve_loosening, list_loosenings
from governance.models import BreakGlass, LegalHold, Retention
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.purposes import create_purpose, list_compatibilities, list_purposes
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Handling, LawfulBasis
from memstore.models import Memory
from memstore.records.scope_ids import ScopeIds
from memstore.rights.choices import object_to
from tests.api.console.test_pages import subject_of
from tests.support.browsing import browser, heading, press_twice, send
from tests.support.cast import DATABASES, organisation, say
from tests.support.erasing import erased, four_eyes

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(databases=DATABASES, transaction=True)


def test_a_purpose_is_made_strict_and_revised_by_an_administrator_alone() -> None:
    bank = organisation()
    fields: dict[str, Any] = {
        "name": "care", "lawful_basis": "contract", "personal": "on", "ceiling_days": 30, "source_days": 7,
        "identifiers": "allow", "secrets": "mask", "special": "refuse", "criminal": "refuse", "unknown": "quarantine",
    }  # fmt: skip
    assert send(browser(bank, "ada"), reverse("console:purpose-new"), **fields)["Location"].endswith("?done=saved")
    wrong = send(browser(bank, "ada"), reverse("console:purpose-new"), **{**fields, "special": "allow"})
    assert wrong.status_code == 400
    assert b"Article 9(2)" in wrong.content
    [made] = [one for one in list_purposes(caller=bank.staff("ada")) if one.name == "care"]
    page = reverse("console:purpose", args=[made.id])
    assert send(browser(bank, "ada"), page, **{**fields, "secrets": "refuse"})["Location"] == f"{page}?done=saved"
    [care] = [one for one in list_purposes(caller=bank.staff("ada")) if one.name == "care"]
    assert (care.version, care.terms.secrets, care.terms.personal) == (2, Handling.REFUSE, True)
    assert send(browser(bank, "rita"), reverse("console:purpose-new"), **{**fields, "name": "x"}).status_code == 400
    assert ("create_purpose", "capability_missing") in bank.refusals()
    seen = browser(bank, "aud").get(page).content.decode()
    assert [f'<th scope="row" class="number">{number}</th>' in seen for number in (2, 1)] == [True, True]
    assert "<form class" not in seen
    assert browser(organisation("other"), "ada").get(page).status_code == 404


def test_a_purpose_whose_name_is_hard_to_put_into_an_address_has_a_page() -> None:
    bank = organisation()
    terms = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=30)
    made = create_purpose(caller=bank.staff("ada"), name="a/../b <i>", terms=terms)
    assert b"a/../b &lt;i&gt;" in browser(bank, "aud").get(reverse("console:purposes")).content
    assert heading(browser(bank, "aud").get(reverse("console:purpose", args=[made.id]))) == "a/../b &lt;i&gt;"


def test_an_officer_says_which_purpose_is_read_for_another_and_ends_it() -> None:
    bank, address = organisation(), reverse("console:purposes")
    fields: dict[str, Any] = {"source": "knowledge", "target": "assistance", "reason": "the same contract"}
    for_consent = send(browser(bank, "dora"), address, **{**fields, "source": "offers"})
    refused = send(browser(bank, "ada"), address, **fields)
    assert [for_consent.status_code, refused.status_code] == [400, 400]
    assert b"Your role does not include this." in refused.content
    assert not list_compatibilities(caller=bank.staff("dora"))
    assert send(browser(bank, "dora"), address, **fields)["Location"] == f"{reverse('console:loosenings')}?done=asked"
    assert not list_compatibilities(caller=bank.staff("dora"))
    [waiting] = list_loosenings(caller=bank.staff("dov"))
    approve_loosening(caller=bank.staff("dov"), loosening_id=waiting.id, digest=waiting.digest)
    [link] = list_compatibilities(caller=bank.staff("dora"))
    assert (link.source, link.target, link.reason) == ("knowledge", "assistance", "the same contract")
    assert b"the same contract" in browser(bank, "aud").get(address).content
    end = reverse("console:compatibility-end", args=[link.id])
    outsider = send(browser(organisation("other"), "dora"), end)
    assert outsider["Location"] == f"{address}?problem=not_found"
    assert press_twice(browser(bank, "dora"), end)["Location"] == f"{address}?done=ended"
    assert not list_compatibilities(caller=bank.staff("dora"))


def test_a_rule_is_drawn_before_it_is_proposed_and_approved_by_another() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    with tenant_context(bank.tenant.id):
        Memory.objects.update(created_at=datetime.now(UTC) - timedelta(days=20))
    fields: dict[str, Any] = {
        "name": "Act 1",
        "kind": "ceiling",
        "days": 10,
        "anchor": "created",
        "authority": "mandatory",
    }
    administrator = browser(bank, "ada")
    drawn = send(administrator, reverse("console:rule-new"), **fields)
    assert b"What it would do to 1 memory" in drawn.content
    at_once = '<th scope="row">At once</th><td class="number">0</td><td class="number">1</td>'
    assert at_once in drawn.content.decode()
    with tenant_context(bank.tenant.id):
        assert not Retention.objects.exists()
    shown = hidden(drawn, "shown")
    other = send(administrator, reverse("console:rule-new"), propose="1", shown=shown, **{**fields, "days": 1})
    assert b"Something was changed after the dry run" in other.content
    with tenant_context(bank.tenant.id):
        assert not Retention.objects.exists()
    proposed = send(administrator, reverse("console:rule-new"), propose="1", shown=shown, **fields)
    assert proposed["Location"].endswith("?done=asked")
    with tenant_context(bank.tenant.id):
        row = Retention.objects.get()
    page = reverse("console:rule", args=[row.id])
    assert b"Approve exactly this" not in administrator.get(page).content
    officer = browser(bank, "dora")
    approve = reverse("console:rule-approve", args=[row.id])
    looked_at = send(officer, approve)
    say(bank, "carol", "I have a dog")  # what it would do is not what was shown any more
    stale = send(officer, approve, confirmed=hidden(looked_at, "confirmed"))
    assert b"Something has changed since you looked." in stale.content
    assert press_twice(officer, approve)["Location"] == f"{page}?done=approved"
    assert send(administrator, reverse("console:rule-end", args=[row.id]))["Location"] == f"{page}?done=asked"
    assert b"Without this rule" in officer.get(page).content
    ended = reverse("console:rule-end-approve", args=[row.id])
    assert press_twice(officer, ended)["Location"] == f"{page}?done=approved"
    assert browser(organisation("other"), "dora").get(page).status_code == 404


def hidden(page: HttpResponseBase, name: str) -> str:
    return page.getvalue().decode().split(f'name="{name}" value="')[1].split('"')[0]


def test_a_hold_takes_two_people_each_way() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    dora, dov = browser(bank, "dora"), browser(bank, "dov")
    address = reverse("console:holds")
    assert send(dora, address, user_id="carol", case_reference="no number").status_code == 400
    asked = send(dora, address, user_id="carol", case_reference="C-1", disclosable="on")
    assert asked["Location"] == f"{address}?done=asked"
    with tenant_context(bank.tenant.id):
        hold = LegalHold.objects.get()
    own = send(dora, reverse("console:hold-approve", args=[hold.id]))
    assert own["Location"] == f"{address}?problem=same_person"
    assert send(dov, reverse("console:hold-approve", args=[hold.id]))["Location"] == f"{address}?done=approved"
    assert send(dora, reverse("console:hold-release", args=[hold.id]))["Location"] == f"{address}?done=asked"
    done = press_twice(dov, reverse("console:hold-release-approve", args=[hold.id]))
    assert done["Location"] == f"{address}?done=ended"
    assert b"C-1" not in browser(organisation("other"), "dora").get(address).content
    assert browser(bank, "aud").get(address).status_code == 403


def test_a_hold_does_not_reach_back_to_who_was_erased(settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0
    bank = organisation()
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    before = subject_of(bank, "alice")
    erased(bank)
    again = {"user_id": "alice", "case_reference": "C-1"}
    assert send(browser(bank, "dora"), reverse("console:holds"), **again).status_code == 400  # no person is known by it
    send(browser(bank, "dora"), reverse("console:holds"), **again, expected="on")
    with tenant_context(bank.tenant.id):
        assert LegalHold.objects.get().subject_id != before


def test_an_objection_is_settled_once_and_overruled_only_on_a_ground() -> None:
    bank, address = organisation(), reverse("console:objections")
    say(bank, "carol", "I like tea")
    made = object_to(caller=bank.staff("dora"), scope=ScopeIds(user_id="carol"), purpose="knowledge")
    settle = reverse("console:objection-settle", args=[made.objection_id])
    assert b"Settle" in browser(bank, "dora").get(address).content
    outsider = send(browser(organisation("other"), "dora"), settle, outcome="upheld")
    assert outsider["Location"] == f"{address}?problem=not_found"
    without = send(browser(bank, "dora"), settle, outcome="overridden", ground="because")
    assert without["Location"] == f"{address}?problem=invalid"
    old = press_twice(browser(bank, "dora", stepped_up=False), settle, outcome="upheld")
    assert b"Enter a one-time code" in old.content
    done = press_twice(browser(bank, "dora"), settle, outcome="overridden", ground="fraud_prevention")
    assert done["Location"] == f"{address}?done=settled"
    again = press_twice(browser(bank, "dora"), settle, outcome="upheld")
    assert again["Location"] == f"{address}?problem=already_decided"
    assert b"Fraud prevention" in browser(bank, "dov").get(address).content


def test_a_reveal_is_reviewed_by_somebody_else() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    reveal = reverse("console:reveal", args=[subject_of(bank, "carol")])
    send(browser(bank, "dora"), reveal, reason="complaint", case_reference="C-7", minutes="5")
    with tenant_context(bank.tenant.id):
        row = BreakGlass.objects.get()
    address = reverse("console:break-glass")
    review = reverse("console:break-glass-review", args=[row.id])
    assert b"C-7" in browser(bank, "dov").get(address).content
    assert (
        press_twice(browser(bank, "dora"), review, outcome="justified")["Location"] == f"{address}?problem=same_person"
    )
    assert press_twice(browser(bank, "dov"), review, outcome="justified")["Location"] == f"{address}?done=reviewed"


def test_a_notice_is_registered_word_for_word_for_what_rests_on_consent() -> None:
    bank = organisation()
    address = reverse("console:notices")
    wrong = send(browser(bank, "dora"), address, purpose="assistance", language="en", text="x")
    assert wrong.status_code == 400
    done = send(browser(bank, "dora"), address, purpose="offers", language="en", text="We <b>remember</b> it.")
    assert done["Location"] == f"{address}?done=saved"
    assert b"We &lt;b&gt;remember&lt;/b&gt; it." in browser(bank, "aud").get(address).content
