"""Every proposal is declined by another person with a reason, or withdrawn by its author; another one may follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from governance.access import api_keys, staff
from governance.dual_control.approve_loosening import approve_loosening, list_loosenings
from governance.dual_control.proposals import WAYS, ProposalKind, decline_proposal, withdraw_proposal
from governance.errors import AccessRefused, NoSuchObject
from governance.ids import NIL
from governance.models import DeclineReason, FourEyes, LegalHold, Offboarding, Proposal
from governance.policy.retention import RuleKind
from governance.processing import holds, retention_rules
from governance.processing.loosening_proposal import LooseningView
from governance.processing.retention_rules import RuleTerms
from governance.processing.tenants import configure_tenant
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.forget.erasure import offboard_tenant
from memstore.oversight import retention_preview
from tests.support.cast import DATABASES, Organisation, organisation
from tests.support.refusing import refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from governance.context import Caller

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
REASON = DeclineReason.WRONG_DETAILS


def hold(bank: Organisation, who: str) -> UUID:
    return holds.request_hold(
        caller=bank.staff(who), kind=SubjectKind.USER, external_id="alice", reference="2026/117", expected=True
    ).id


def placed(bank: Organisation) -> UUID:
    asked = hold(bank, "ada")
    holds.approve_hold(caller=bank.staff("dora"), hold_id=asked)
    return asked


def rule(bank: Organisation, who: str) -> UUID:
    return retention_rules.propose_rule(caller=bank.staff(who), terms=RuleTerms("Act", RuleKind.CEILING, 30)).id


def in_force(bank: Organisation) -> UUID:
    asked = rule(bank, "adam")
    approve_rule(bank.staff("dora"), asked)
    return asked


def approve_rule(caller: Caller, asked: UUID) -> object:
    plan = retention_preview.preview(caller=caller, rule_id=asked)
    return retention_preview.approve_rule(caller=caller, rule_id=asked, digest=plan.digest)


def approve_end(caller: Caller, asked: UUID) -> object:
    plan = retention_preview.preview(caller=caller, rule_id=asked)
    return retention_preview.approve_rule_end(caller=caller, rule_id=asked, digest=plan.digest)


def release(bank: Organisation, who: str, of: UUID | None = None) -> UUID:
    return holds.request_release(caller=bank.staff(who), hold_id=of or placed(bank)).id


def rule_end(bank: Organisation, who: str, of: UUID | None = None) -> UUID:
    return retention_rules.propose_end(caller=bank.staff(who), rule_id=of or in_force(bank)).id


def key(bank: Organisation, who: str) -> UUID:
    return api_keys.request_key(caller=bank.staff(who), name="new", capabilities=["recall"], purposes=["assistance"]).id


def member(bank: Organisation, who: str) -> UUID:
    return staff.request_member(caller=bank.staff(who), username="otto", role="auditor", personnel_number="78").id


def end_of_tenant(bank: Organisation, who: str) -> UUID:
    return offboard_tenant.request_offboarding(caller=bank.staff(who)).id


def loosening(bank: Organisation, who: str) -> UUID:
    made = configure_tenant(caller=bank.staff(who), changes={"reveal_minutes": 60})
    assert isinstance(made, LooseningView)
    return made.id


def approve_change(caller: Caller, asked: UUID) -> object:
    seen = next(one for one in both(caller) if one.id == asked)
    return approve_loosening(caller=caller, loosening_id=asked, digest=seen.digest)


def both(caller: Caller) -> list[LooseningView]:
    return list_loosenings(caller=caller) + list_loosenings(caller=caller, waiting=False)


@dataclass(frozen=True)
class Way:
    """The use cases of one kind of proposal: `propose` by the author, `approve` by the second person.

    `again` proposes the same after it ended.
    """

    propose: Callable[[Organisation, str], UUID]
    approve: Callable[[Caller, UUID], object]
    state: Callable[[Organisation, UUID], str]
    before: str  # the state after the proposal ended; "" where it is declined or withdrawn itself
    again: Callable[[Organisation, str, UUID], UUID]


def state_of_hold(bank: Organisation, found: UUID) -> str:
    return next(one.state for one in holds.list_holds(caller=bank.staff("dora")) if one.id == found)


def state_of_rule(bank: Organisation, found: UUID) -> str:
    return next(one.state for one in retention_rules.list_rules(caller=bank.staff("dora")) if one.id == found)


def state_of_key(bank: Organisation, found: UUID) -> str:
    return next(one.state for one in api_keys.list_keys(caller=bank.staff("dora")) if one.id == found)


def state_of_member(bank: Organisation, found: UUID) -> str:
    return next(one.state for one in staff.list_staff(caller=bank.staff("dora")) if one.id == found)


def state_of_change(bank: Organisation, found: UUID) -> str:
    return next(one.state for one in both(bank.staff("dora")) if one.id == found)


def state_of_end(bank: Organisation, found: UUID) -> str:
    with tenant_context(bank.tenant.id):
        row = Offboarding.objects.get(id=found)
    return row.ended_as or "requested"


KINDS: dict[ProposalKind, Way] = {
    ProposalKind.HOLD: Way(
        hold,
        lambda who, one: holds.approve_hold(caller=who, hold_id=one),
        state_of_hold,
        "",
        lambda bank, who, _: hold(bank, who),
    ),
    ProposalKind.HOLD_RELEASE: Way(
        release,
        lambda who, one: holds.approve_release(caller=who, hold_id=one),
        state_of_hold,
        "placed",
        release,
    ),
    ProposalKind.RULE: Way(rule, approve_rule, state_of_rule, "", lambda bank, who, _: rule(bank, who)),
    ProposalKind.RULE_END: Way(rule_end, approve_end, state_of_rule, "in_force", rule_end),
    ProposalKind.KEY: Way(
        key,
        lambda who, one: api_keys.approve_key(caller=who, key_id=one),
        state_of_key,
        "",
        lambda bank, who, _: key(bank, who),
    ),
    ProposalKind.MEMBER: Way(
        member,
        lambda who, one: staff.approve_member(caller=who, user_id=one),
        state_of_member,
        "",
        lambda bank, who, _: member(bank, who),
    ),
    ProposalKind.LOOSENING: Way(
        loosening,
        approve_change,
        state_of_change,
        "",
        lambda bank, who, _: loosening(bank, who),
    ),
    ProposalKind.OFFBOARDING: Way(
        end_of_tenant,
        lambda who, _one: offboard_tenant.approve_offboarding(caller=who),
        state_of_end,
        "",
        lambda bank, who, _: end_of_tenant(bank, who),
    ),
}
every_kind = pytest.mark.parametrize("kind", ProposalKind)


@pytest.fixture
def bank() -> Organisation:
    return organisation()


def test_every_kind_is_walked_and_every_model_of_two_people_knows_one_of_the_ways() -> None:
    assert set(KINDS) == set(WAYS) == set(ProposalKind)
    two_people = {one.__name__ for one in FourEyes.__subclasses__()} - {"Proposal"}
    assert two_people == {"Erasure"}, (
        "an erasure is rejected with a ground or withdrawn: memstore/forget/erasure/decision.py"
    )
    assert {one.__name__ for one in Proposal.__subclasses__()} == {
        "LegalHold", "Retention", "ApiKey", "StaffUser", "Offboarding", "Loosening",
    }  # fmt: skip


@every_kind
def test_another_person_declines_it_with_a_reason_and_it_is_never_approved(
    bank: Organisation, kind: ProposalKind
) -> None:
    way = KINDS[kind]
    found = way.propose(bank, "ada")
    ended = decline_proposal(caller=bank.staff("dora"), kind=kind, object_id=found, reason=REASON)
    assert (ended.how, ended.reason, ended.by) == ("declined", "wrong_details", bank.staff("dora").principal.id)
    assert way.state(bank, found) == (way.before or "declined")
    with pytest.raises(AccessRefused) as no:
        way.approve(bank.staff("dov"), found)
    assert no.value.reason in {ReasonCode.ALREADY_DECIDED, ReasonCode.NOT_FOUND}
    assert (WAYS[kind].decline.value, "allowed") in {(event.type, event.reason) for event in bank.events()}


@every_kind
def test_its_author_withdraws_it_and_proposes_the_same_anew(bank: Organisation, kind: ProposalKind) -> None:
    way = KINDS[kind]
    found = way.propose(bank, "ada")
    ended = withdraw_proposal(caller=bank.staff("ada"), kind=kind, object_id=found)
    assert (ended.how, ended.reason) == ("withdrawn", "")
    assert way.state(bank, found) == (way.before or "withdrawn")
    again = way.again(bank, "ada", found)
    way.approve(bank.staff("dov"), again)
    assert way.state(bank, again) not in {"withdrawn", "declined", way.before}


@every_kind
def test_the_author_does_not_decline_and_another_does_not_withdraw(bank: Organisation, kind: ProposalKind) -> None:
    found = KINDS[kind].propose(bank, "ada")
    with refused(bank, WAYS[kind].withdraw, ReasonCode.NOT_THE_AUTHOR):
        withdraw_proposal(caller=bank.staff("adam"), kind=kind, object_id=found)
    asks_and_approves = {ProposalKind.HOLD, ProposalKind.HOLD_RELEASE}
    if kind in asks_and_approves:
        own = KINDS[kind].propose(bank, "dora") if kind is ProposalKind.HOLD else release(bank, "dov", placed(bank))
        author = "dora" if kind is ProposalKind.HOLD else "dov"
        with refused(bank, WAYS[kind].decline, ReasonCode.SAME_PERSON):
            decline_proposal(caller=bank.staff(author), kind=kind, object_id=own, reason=REASON)


@every_kind
def test_what_is_decided_is_neither_declined_nor_withdrawn(bank: Organisation, kind: ProposalKind) -> None:
    way = KINDS[kind]
    found = way.propose(bank, "ada")
    way.approve(bank.staff("dov"), found)
    with refused(bank, WAYS[kind].decline, ReasonCode.ALREADY_DECIDED):
        decline_proposal(caller=bank.staff("dora"), kind=kind, object_id=found, reason=REASON)
    with refused(bank, WAYS[kind].withdraw, ReasonCode.ALREADY_DECIDED):
        withdraw_proposal(caller=bank.staff("ada"), kind=kind, object_id=found)


@every_kind
def test_nobody_without_the_capability_ends_it_and_what_is_not_there_is_not_found(
    bank: Organisation, kind: ProposalKind
) -> None:
    found = KINDS[kind].propose(bank, "ada")
    with refused(bank, WAYS[kind].decline, ReasonCode.CAPABILITY_MISSING):
        decline_proposal(caller=bank.staff("rita"), kind=kind, object_id=found, reason=REASON)
    with pytest.raises(NoSuchObject):
        decline_proposal(caller=bank.staff("dora"), kind=kind, object_id=NIL, reason=REASON)
    with pytest.raises(NoSuchObject):
        decline_proposal(caller=organisation("other").staff("dora"), kind=kind, object_id=found, reason=REASON)


def test_a_declined_release_leaves_the_hold_in_force(bank: Organisation) -> None:
    found = release(bank, "ada")
    decline_proposal(caller=bank.staff("dora"), kind=ProposalKind.HOLD_RELEASE, object_id=found, reason=REASON)
    [shown] = holds.list_holds(caller=bank.staff("dora"))
    assert shown.ended is not None
    assert (shown.state, shown.release_requested_by, shown.ended.how) == ("placed", None, "declined")


def test_the_database_refuses_an_approval_after_the_end(bank: Organisation) -> None:
    found = hold(bank, "ada")
    withdraw_proposal(caller=bank.staff("ada"), kind=ProposalKind.HOLD, object_id=found)
    with tenant_context(bank.tenant.id):
        row = LegalHold.objects.get(id=found)
        row.approved_by, row.approved_at = bank.staff("dov").principal.id, row.ended_at
        row.approved_at = row.ended_at.replace(year=row.ended_at.year + 1) if row.ended_at else None
        with pytest.raises(IntegrityError, match="hold_ended_is_not_approved"), transaction.atomic():
            row.save()
