"""The inbox: counts in one statement, of this tenant, and only as far as the role may know."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from governance.access.api_keys import request_key
from governance.access.break_glass import break_glass
from governance.access.staff import request_member
from governance.dual_control.proposals import ProposalKind, decline_proposal
from governance.errors import AccessRefused
from governance.models import DeclineReason, RevealReason
from governance.policy.retention import RuleKind
from governance.processing.holds import approve_hold, request_hold, request_release
from governance.processing.retention_rules import RuleTerms, propose_rule
from governance.rights.requests import due_requests
from governance.subjects.subjects import find_subject
from governance.vocabulary import SubjectKind
from memstore.oversight.inbox import inbox
from tests.support.cast import DATABASES, Organisation, organisation, say
from tests.support.erasing import asks, four_eyes, verified
from tests.support.query_counts import statements

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def waiting(bank: Organisation, who: str) -> dict[str, int]:
    """Return the counts that are not 0."""
    return {name: number for name, number in asdict(inbox(caller=bank.staff(who))).items() if number}


def busy() -> Organisation:
    bank = organisation()
    four_eyes(bank)
    for who in ("alice", "bob"):
        say(bank, who, "I like tea")
    verified(bank, "alice")
    asks(bank, "bob")
    request_hold(
        caller=bank.staff("dora"),
        kind=SubjectKind.USER,
        external_id="bob",
        reference="CASE-1",
        purpose=None,
        disclosable=True,
    )
    return bank


def test_who_handles_requests_sees_what_waits_of_them() -> None:
    assert waiting(busy(), "dov") == {"requests_open": 2, "erasures_to_approve": 1, "holds_to_approve": 1}


def test_what_one_proposed_oneself_is_not_counted_for_oneself() -> None:
    """Dora verified the erasure and requested the hold: both wait for another person."""
    assert waiting(busy(), "dora") == {"requests_open": 2}


def test_each_kind_of_proposal_is_counted_for_the_others_and_not_for_its_author() -> None:
    bank = organisation()
    ada, dora = bank.staff("ada"), bank.staff("dora")
    request_member(caller=ada, username="otto", role="auditor", personnel_number="78")
    request_key(caller=ada, name="k", capabilities=["recall"], purposes=["assistance"])
    rule = propose_rule(caller=ada, terms=RuleTerms("Act", RuleKind.CEILING, 30))
    hold = request_hold(caller=ada, kind=SubjectKind.USER, external_id="alice", reference="C-1", expected=True)
    counted = {"keys_to_approve": 1, "staff_to_approve": 1, "rules_to_approve": 1, "holds_to_approve": 1}
    assert waiting(bank, "dora") == counted
    assert waiting(bank, "adam") == {"staff_to_approve": 1}  # all that an administrator approves
    assert waiting(bank, "ada") == {}
    decline_proposal(caller=dora, kind=ProposalKind.RULE, object_id=rule.id, reason=DeclineReason.NOT_NEEDED)
    approve_hold(caller=dora, hold_id=hold.id)
    request_release(caller=dora, hold_id=hold.id)
    assert waiting(bank, "dora") == {"keys_to_approve": 1, "staff_to_approve": 1}
    assert waiting(bank, "dov") == {"keys_to_approve": 1, "staff_to_approve": 1, "holds_to_approve": 1}


def test_ones_own_reveal_is_reviewed_by_others() -> None:
    bank = organisation()
    say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    break_glass(caller=bank.staff("dora"), subject=alice, reason=RevealReason.COMPLAINT, reference="C-1", minutes=5)
    assert (waiting(bank, "dora"), waiting(bank, "dov")) == ({}, {"break_glass_to_review": 1})


@pytest.mark.parametrize(("who", "told"), [("ada", {}), ("rita", {}), ("aud", {}), ("kay", {})])
def test_the_others_are_not_tipped_off(who: str, told: dict[str, int]) -> None:
    assert waiting(busy(), who) == told


def test_another_tenant_has_its_own_and_a_key_none() -> None:
    bank = busy()
    assert waiting(organisation("other"), "dora") == {}
    with pytest.raises(AccessRefused):
        inbox(caller=bank.caller())


def test_it_takes_one_statement_and_its_event() -> None:
    officer = busy().staff("dora")
    assert len(statements(lambda: inbox(caller=officer))) == 2


def test_the_most_urgent_requests_come_first_and_those_of_others_not_at_all() -> None:
    bank, other = busy(), organisation("other")
    asks(other, "carol")
    shown = due_requests(caller=bank.staff("dora"))
    assert [one.due_at for one in shown] == sorted(one.due_at for one in shown)
    assert {one.subject_id for one in shown}.isdisjoint(
        one.subject_id for one in due_requests(caller=other.staff("dora"))
    )
    assert (len(shown), len(due_requests(caller=bank.staff("dora"), limit=1))) == (2, 1)
    for who in ("rita", "aud", "ada", "kay"):
        with pytest.raises(AccessRefused):
            due_requests(caller=bank.staff(who))
