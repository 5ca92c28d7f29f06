"""Objections said in a chat: raised with the memory, handled by an officer, and gone with the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from governance.errors import AccessRefused, NoSuchObject
from governance.models import Objection
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.purposes import create_purpose
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import LawfulBasis
from memstore.forget.forget import forget
from memstore.models import Memory, RaisedStatement, StatementOutcome
from memstore.oversight.inbox import inbox
from memstore.oversight.raised_statements import Raised, dismiss_statement, raised_statements, record_statement
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from tests.support.cast import DATABASES, Organisation, say
from tests.support.erasing import approved, work

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
OFFERS = "Please stop sending me offers"


def waiting(bank: Organisation, who: str = "dora") -> list[Raised]:
    return raised_statements(caller=bank.staff(who))[0]


def key_for(bank: Organisation, *, direct_marketing: bool = False) -> str:
    terms = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30, direct_marketing=direct_marketing)
    create_purpose(caller=bank.staff("ada"), name="advice", terms=terms)
    return bank.another_key(purposes=["advice"], default_purpose="advice")


def outcomes(bank: Organisation) -> list[str]:
    with tenant_context(bank.tenant.id):
        return list(RaisedStatement.objects.order_by("raised_at").values_list("outcome", flat=True))


def objections(bank: Organisation) -> list[UUID]:
    with tenant_context(bank.tenant.id):
        return list(Objection.objects.values_list("purpose_id", flat=True))


@pytest.mark.parametrize("infer", [False, True])
def test_objection_in_a_chat_waits_for_an_officer_and_no_other_statement_does(bank: Organisation, infer: bool) -> None:
    remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message("user", "I like tea."), Message("user", f"{OFFERS}.")],
        infer=infer,
        wait=infer,
    )
    [one] = waiting(bank)
    assert (one.text or "").startswith(OFFERS)
    assert (one.purpose, one.objectionable) == ("assistance", False)
    assert inbox(caller=bank.staff("dora")).raised_statements == 1


def test_what_an_assistant_says_raises_nothing(bank: Organisation) -> None:
    said = [Message("assistant", "I object to profiling")]
    remember(caller=bank.caller(), scope=ScopeIds(user_id="alice"), messages=said, infer=False)
    assert waiting(bank) == []


def test_said_again_it_waits_once_and_again_after_it_was_handled(bank: Organisation) -> None:
    say(bank, "alice", OFFERS)
    say(bank, "alice", OFFERS)
    [one] = waiting(bank)
    dismiss_statement(caller=bank.staff("dora"), statement_id=one.id)
    assert waiting(bank) == []
    say(bank, "alice", OFFERS)
    assert len(waiting(bank)) == 1
    assert outcomes(bank) == ["no_objection", ""]


def test_it_is_shown_as_the_role_sees_it_and_is_on_the_persons_record(bank: Organisation) -> None:
    say(bank, "alice", "Please stop sending me offers to carol@example.org")
    [one] = waiting(bank)
    assert "carol@example.org" not in (one.text or "carol@example.org")
    [event] = [event for event in bank.events() if event.type == "read_objections"]
    assert (event.subject_id, event.n_items) == (one.subject_id, 1)


@pytest.mark.parametrize("who", ["ada", "rita", "aud", "kay"])
def test_who_settles_no_objections_neither_sees_nor_handles_it(bank: Organisation, who: str) -> None:
    say(bank, "alice", OFFERS)
    [one] = waiting(bank)
    for use in (record_statement, dismiss_statement):
        with pytest.raises(AccessRefused):
            use(caller=bank.staff(who), statement_id=one.id)
    with pytest.raises(AccessRefused):
        raised_statements(caller=bank.staff(who))
    assert inbox(caller=bank.staff(who)).raised_statements == 0
    assert len(waiting(bank)) == 1


def test_the_other_tenant_neither_sees_nor_handles_it(bank: Organisation, outsider: Organisation) -> None:
    say(bank, "alice", OFFERS)
    [one] = waiting(bank)
    assert raised_statements(caller=outsider.staff("dora")) == ([], 0)
    for use in (record_statement, dismiss_statement):
        with pytest.raises(NoSuchObject):
            use(caller=outsider.staff("dora"), statement_id=one.id)
    assert ("settle_objection", "not_found") in outsider.refusals()
    assert len(waiting(bank)) == 1


def test_recorded_as_objection_the_purpose_stops_for_the_person(bank: Organisation) -> None:
    key = key_for(bank)
    say(bank, "alice", OFFERS, key_text=key)
    [one] = waiting(bank)
    assert one.objectionable
    done = record_statement(caller=bank.staff("dora"), statement_id=one.id)
    assert (done, outcomes(bank), len(objections(bank))) == (StatementOutcome.RECORDED, ["recorded"], 1)
    with pytest.raises(AccessRefused):
        say(bank, "alice", "I like tea", key_text=key)
    assert {event.type for event in bank.events()} >= {"object", "settle_objection"}


def test_a_second_statement_adds_no_second_objection(bank: Organisation) -> None:
    key = key_for(bank)
    say(bank, "alice", OFFERS, key_text=key)
    say(bank, "alice", "I object to profiling", key_text=key)
    for one in waiting(bank):
        record_statement(caller=bank.staff("dora"), statement_id=one.id)
    assert (outcomes(bank), len(objections(bank))) == (["recorded", "recorded"], 1)


def test_against_direct_marketing_what_was_kept_for_it_goes_at_once(bank: Organisation) -> None:
    say(bank, "alice", OFFERS, key_text=key_for(bank, direct_marketing=True))
    [one] = waiting(bank)
    record_statement(caller=bank.staff("dora"), statement_id=one.id)
    with tenant_context(bank.tenant.id):
        assert not Memory.objects.exists()
    assert (waiting(bank), len(objections(bank))) == ([], 1)


def test_a_purpose_that_cannot_be_objected_to_is_only_marked_as_handled(bank: Organisation) -> None:
    say(bank, "alice", OFFERS)
    [one] = waiting(bank)
    done = record_statement(caller=bank.staff("dora"), statement_id=one.id)
    assert (done, objections(bank)) == (StatementOutcome.NOT_OBJECTIONABLE, [])
    with pytest.raises(NoSuchObject):
        dismiss_statement(caller=bank.staff("dora"), statement_id=one.id)


def test_it_goes_with_its_memory_and_with_the_person(bank: Organisation) -> None:
    gone = say(bank, "alice", OFFERS).stored[0].id
    forget(caller=bank.caller(), ids=[gone])
    say(bank, "bob", OFFERS)
    assert len(waiting(bank)) == 1
    work(bank, approved(bank, "bob"))
    assert outcomes(bank) == []
