"""Confirmed actions of an officer: each asks a second time and says what would happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from governance.models import Erasure, Objection, RequestKind, RightsRequest, StaffSession, StaffUser
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.holds import request_hold
from governance.processing.purposes import create_purpose
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import LawfulBasis, SubjectKind
from memstore.records.scope_ids import ScopeIds
from memstore.rights.choices import object_to
from tests.browser.axe import findings
from tests.browser.marks import IN_A_BROWSER
from tests.browser.staffed import asks_for, enrolled
from tests.support.cast import organisation, say
from tests.support.two_people import two_of_staff_are_enough

if TYPE_CHECKING:
    from tests.browser.conftest import Arrive
    from tests.browser.visitor import Visitor
    from tests.support.cast import Organisation

pytestmark = IN_A_BROWSER


@pytest.fixture
def bank() -> Organisation:
    """A bank whose erasures need no second person: they run with the verification."""
    made = organisation()
    for text in ("I like tea", "I have a dog"):
        say(made, "alice", text)
    return made


def clean(officer: Visitor) -> None:
    assert findings(officer.page) == []


def code_is_old(officer: Visitor, bank: Organisation) -> None:
    """Let the step-up of the sign-in be over, and the next code be there."""
    with tenant_context(bank.tenant.id):
        StaffSession.objects.update(stepped_up_until=None)
        StaffUser.objects.update(totp_last_step=0)
    officer.page.reload()


@pytest.mark.usefixtures("axe")
@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_is_erased_only_after_the_plan_was_shown_and_with_a_code(
    bank: Organisation, arrive: Arrive, *, scripts: bool
) -> None:
    two_of_staff_are_enough(bank)
    number = asks_for(bank, "alice", RequestKind.ERASURE)
    member = enrolled(bank, "dov")
    officer = arrive(member, scripts=scripts)
    officer.page.goto(f"/console/requests/{number}/")
    method = officer.page.get_by_label("How do you know?")
    assert method.input_value() == ""
    method.select_option("document")
    officer.press("It is the person")
    assert officer.heading == "Erase this person"
    assert "2 memories are destroyed." in officer.text
    assert "The erasure runs at once: no second person is asked." in officer.text
    with tenant_context(bank.tenant.id):
        assert not Erasure.objects.exists()
    if scripts:
        clean(officer)
    officer.page.goto(f"/console/requests/{number}/")
    code_is_old(officer, bank)
    officer.page.get_by_label("How do you know?").select_option("document")
    officer.press("It is the person")
    officer.page.get_by_label("One-time code").fill(member.code())
    officer.press("Erase now")
    assert "Verified. The request is in handling." in officer.text
    with tenant_context(bank.tenant.id):
        row = Erasure.objects.get()
    assert row.auto_approved


@pytest.mark.usefixtures("axe")
def test_an_objection_is_upheld_only_after_its_consequence_was_shown(bank: Organisation, arrive: Arrive) -> None:
    terms = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30)
    create_purpose(caller=bank.staff("ada"), name="fraud", terms=terms)
    key = bank.another_key(purposes=["fraud"], default_purpose="fraud")
    say(bank, "alice", "I like green tea", key_text=key)
    object_to(caller=bank.staff("dora"), scope=ScopeIds(user_id="alice"), purpose="fraud")
    officer = arrive(enrolled(bank, "dora"))
    officer.follow("objection to settle")
    outcome = officer.page.get_by_label("Outcome")
    assert outcome.input_value() == ""
    outcome.select_option("upheld")
    officer.press("Settle")
    assert officer.heading == "Uphold this objection"
    assert "1 memory is destroyed." in officer.text
    assert "2 memories of the person stay as they are." in officer.text
    clean(officer)
    with tenant_context(bank.tenant.id):
        assert Objection.objects.get().outcome == ""
    officer.press("Destroy the keys of 1 memory")
    assert "Settled." in officer.text
    with tenant_context(bank.tenant.id):
        assert Objection.objects.get().outcome == "upheld"


@pytest.mark.usefixtures("axe")
def test_a_request_is_refused_on_a_ground_that_was_chosen_and_confirmed(bank: Organisation, arrive: Arrive) -> None:
    number = asks_for(bank, "alice", RequestKind.ERASURE)
    officer = arrive(enrolled(bank, "dora"))
    officer.page.goto(f"/console/requests/{number}/")
    ground = officer.page.get_by_label("Refuse, because")
    assert ground.input_value() == ""
    ground.select_option("12(5)")
    officer.press("Refuse")
    assert officer.heading == "Refuse this request"
    assert "2 memories of the person stay as they are." in officer.text
    clean(officer)
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.get().closed_at is None
    officer.press("Refuse it")
    assert "Refused." in officer.text


@pytest.mark.usefixtures("axe")
def test_one_hold_is_declined_with_a_reason_and_another_withdrawn(bank: Organisation, arrive: Arrive) -> None:
    for reference in ("2026/1", "2026/2"):
        request_hold(caller=bank.staff("ada"), kind=SubjectKind.USER, external_id="alice", reference=reference)
    dora, ada = arrive(enrolled(bank, "dora")), arrive(enrolled(bank, "ada"))
    dora.follow("holds that wait for your approval")
    row = dora.page.get_by_role("row").filter(has_text="2026/1")
    row.get_by_text("Decline", exact=True).first.click()
    row.get_by_label("Because").select_option("wrong_person")
    with dora.page.expect_navigation():
        row.get_by_role("button", name="Decline").click()
    assert dora.heading == "Decline this hold"
    clean(dora)
    dora.press("Decline 1 proposal")
    assert "Declined. Whoever proposed it sees your reason" in dora.text
    clean(dora)
    ada.page.goto("/console/holds/")
    assert "Declined by dora" in told(ada, "2026/1")
    with ada.page.expect_navigation():
        ada.page.get_by_role("row").filter(has_text="2026/2").get_by_role("button", name="Withdraw it").click()
    clean(ada)
    ada.press("Withdraw 1 proposal")
    assert "Withdrawn by ada" in told(ada, "2026/2")


def told(officer: Visitor, case: str) -> str:
    """Return the row of the hold, its names in one line."""
    return " ".join(officer.page.get_by_role("row").filter(has_text=case).inner_text().split())
