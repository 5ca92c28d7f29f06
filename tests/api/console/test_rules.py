"""Purposes, retention, notices, holds, objections and reveals in the console: who may, and what two people do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from governance.models import BreakGlass, LegalHold, Retention
from governance.purposes import list_purposes
from governance.tenancy import tenant_context
from governance.vocabulary import Handling
from memstore.models import Memory
from tests.api.console.browsing import browser, send
from tests.api.console.test_pages import subject_of
from tests.cast import DATABASES, organisation, say

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
    revised = send(browser(bank, "ada"), reverse("console:purpose", args=["care"]), **{**fields, "secrets": "refuse"})
    assert revised["Location"].endswith("?done=saved")
    [care] = [one for one in list_purposes(caller=bank.staff("ada")) if one.name == "care"]
    assert (care.version, care.terms.secrets, care.terms.personal) == (2, Handling.REFUSE, True)
    assert send(browser(bank, "rita"), reverse("console:purpose-new"), **{**fields, "name": "x"}).status_code == 400
    assert ("create_purpose", "capability_missing") in bank.refusals()


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
        "authority": "default",
    }
    administrator = browser(bank, "ada")
    drawn = send(administrator, reverse("console:rule-new"), **fields)
    assert b"What it would do to 1 memories" in drawn.content
    with tenant_context(bank.tenant.id):
        assert not Retention.objects.exists()
    proposed = send(administrator, reverse("console:rule-new"), propose="1", **fields)
    assert proposed["Location"].endswith("?done=asked")
    with tenant_context(bank.tenant.id):
        row = Retention.objects.get()
    page = reverse("console:rule", args=[row.id])
    assert b"Approve exactly this" not in administrator.get(page).content
    officer = browser(bank, "dora")
    shown = officer.get(page).content.decode()
    digest = shown.split('name="digest" value="')[1].split('"')[0]
    stale = send(officer, reverse("console:rule-approve", args=[row.id]), digest="00", ends="0")
    assert stale["Location"] == f"{page}?problem=plan_changed"
    done = send(officer, reverse("console:rule-approve", args=[row.id]), digest=digest, ends="0")
    assert done["Location"] == f"{page}?done=approved"


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
    done = send(dov, reverse("console:hold-release-approve", args=[hold.id]))
    assert done["Location"] == f"{address}?done=ended"


def test_a_reveal_is_reviewed_by_somebody_else() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    reveal = reverse("console:reveal", args=[subject_of(bank, "carol")])
    send(browser(bank, "dora"), reveal, reason="complaint", reference="C-7", minutes="5")
    with tenant_context(bank.tenant.id):
        row = BreakGlass.objects.get()
    address = reverse("console:break-glass")
    review = reverse("console:break-glass-review", args=[row.id])
    assert b"C-7" in browser(bank, "dov").get(address).content
    assert send(browser(bank, "dora"), review, outcome="justified")["Location"] == f"{address}?problem=same_person"
    assert send(browser(bank, "dov"), review, outcome="justified")["Location"] == f"{address}?done=reviewed"


def test_a_notice_is_registered_word_for_word_for_what_rests_on_consent() -> None:
    bank = organisation()
    address = reverse("console:notices")
    wrong = send(browser(bank, "dora"), address, purpose="assistance", language="en", text="x")
    assert wrong.status_code == 400
    done = send(browser(bank, "dora"), address, purpose="offers", language="en", text="We <b>remember</b> it.")
    assert done["Location"] == f"{address}?done=saved"
    assert b"We &lt;b&gt;remember&lt;/b&gt; it." in browser(bank, "aud").get(address).content
