"""Restriction (Art. 18): kept and not used. And what a person's age means for their consents (Art. 8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.db.models import F

from governance.models import GivenBy, Subject
from governance.processing.consents import ConsentState, consent_history
from governance.processing.minors import consents_alone_from
from governance.processing.restrictions import lift_restriction, restrict
from governance.subjects.subjects import admit_subject, find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Capability, ReasonCode, SubjectKind
from memstore.forget.forget import forget_scope
from memstore.forget.sweep import sweep
from memstore.models import Card, Memory
from memstore.oversight.inspection import subject_by_id
from memstore.recall.browse import browse
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.learn import learn
from memstore.remember.remember import remember
from memstore.rights.choices import declare_age
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents, notice
from tests.support.refusing import refused
from tests.support.rows import rows_of
from tests.support.two_people import configured

if TYPE_CHECKING:
    from collections.abc import Callable

    from governance.policy.decide import SubjectFacts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

DAY = timedelta(days=1)
ALICE = ScopeIds(user_id="alice")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def alice(bank: Organisation) -> SubjectFacts:
    """A person known to the bank, with the bank's notice at hand."""
    notice(bank)
    return admit_subject(bank.tenant.id, SubjectKind.USER, "alice")


def offered(bank: Organisation, text: str = "I collect old clocks", *, infer: bool = False) -> UUID:
    return remember(
        caller=bank.caller(purpose="offers"), scope=ALICE, messages=[Message(role="user", content=text)], infer=infer
    ).event_id


def read(bank: Organisation) -> list[str]:
    listed = browse(caller=bank.caller(purpose="offers"), filters={"user_id": "alice"})
    return [view.text for view in listed.memories]


def in_force(bank: Organisation) -> ConsentState:
    subject = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    [found], _ = consent_history(caller=bank.caller(), subject=subject)
    return found


def expire(bank: Organisation) -> None:
    with tenant_context(bank.tenant.id):
        Memory.objects.update(expires_at=now() - DAY, destroy_at=now() - DAY)
        Card.objects.update(expires_at=now() - DAY)


# Restriction


def test_nothing_of_a_restricted_person_is_used_and_nothing_is_lost(
    bank: Organisation, outsider: Organisation, alice: SubjectFacts
) -> None:
    for organisation, name in ((bank, "alice"), (bank, "bob"), (outsider, "alice")):
        say(organisation, name, "I like tea")
    restrict(caller=bank.staff("dora"), subject=alice)
    attempts: dict[Action, Callable[[], object]] = {
        Action.BROWSE: lambda: texts(bank, "alice"),
        Action.REMEMBER: lambda: say(bank, "alice", "I live in Porto"),
    }
    for action, attempt in attempts.items():
        with refused(bank, action, ReasonCode.SUBJECT_NOT_ACTIVE):
            attempt()
    assert (texts(bank, "bob"), texts(outsider, "alice")) == (["I like tea"], ["I like tea"])
    lift_restriction(caller=bank.staff("dora"), subject=alice)
    assert texts(bank, "alice") == ["I like tea"]


def test_a_restriction_of_one_purpose_leaves_the_other_in_use(bank: Organisation, alice: SubjectFacts) -> None:
    consents(bank)
    offered(bank)
    say(bank, "alice", "I like tea")
    restrict(caller=bank.staff("dora"), subject=alice, purpose="offers")
    with refused(bank, Action.BROWSE, ReasonCode.SUBJECT_NOT_ACTIVE):
        read(bank)
    assert texts(bank, "alice") == ["I like tea"]
    lift_restriction(caller=bank.staff("dora"), subject=alice, purpose="offers")
    assert read(bank) == ["I collect old clocks"]


def test_a_process_that_looked_before_uses_nothing_either(bank: Organisation, alice: SubjectFacts) -> None:
    say(bank, "alice", "I like tea")
    assert texts(bank, "alice") == ["I like tea"]
    with tenant_context(bank.tenant.id):  # as another process does it: our cache knows nothing of it
        Subject.objects.filter(id=alice.id).update(state="restricted", standing_version=F("standing_version") + 1)
    with refused(bank, Action.BROWSE, ReasonCode.SUBJECT_NOT_ACTIVE):
        texts(bank, "alice")


def test_what_was_said_before_is_not_learned_while_restricted(bank: Organisation, alice: SubjectFacts) -> None:
    job = remember(
        caller=bank.caller(),
        scope=ALICE,
        messages=[Message(role="user", content="My daughter is allergic to peanuts.")],
    ).event_id
    restrict(caller=bank.staff("dora"), subject=alice)
    learn(job_id=job, tenant_id=bank.tenant.id)
    assert bank.refusals() == [(Action.EXTRACT, ReasonCode.SUBJECT_NOT_ACTIVE)]
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 0


@pytest.mark.parametrize("purpose", [None, "assistance"])
def test_the_sweep_destroys_nothing_that_is_restricted(
    bank: Organisation, alice: SubjectFacts, purpose: str | None
) -> None:
    say(bank, "alice", "I like tea")
    restrict(caller=bank.staff("dora"), subject=alice, purpose=purpose)
    expire(bank)
    assert sweep(bank.tenant.id).destroyed == 0
    lift_restriction(caller=bank.staff("dora"), subject=alice, purpose=purpose)
    assert sweep(bank.tenant.id).destroyed == 1


def test_who_is_restricted_may_still_have_everything_forgotten(bank: Organisation, alice: SubjectFacts) -> None:
    say(bank, "alice", "I like tea")
    restrict(caller=bank.staff("dora"), subject=alice)
    forget_scope(caller=bank.caller(), scope=ALICE)
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 0


@pytest.mark.parametrize("purpose", [None, "offers"])
def test_a_restriction_is_made_once_and_lifted_once(
    bank: Organisation, alice: SubjectFacts, purpose: str | None
) -> None:
    dora = bank.staff("dora")
    with refused(bank, Action.LIFT_RESTRICTION, ReasonCode.DUPLICATE):
        lift_restriction(caller=dora, subject=alice, purpose=purpose)
    restrict(caller=dora, subject=alice, purpose=purpose)
    with refused(bank, Action.RESTRICT, ReasonCode.DUPLICATE):
        restrict(caller=dora, subject=alice, purpose=purpose)
    lift_restriction(caller=dora, subject=alice, purpose=purpose)
    with refused(bank, Action.LIFT_RESTRICTION, ReasonCode.DUPLICATE):
        lift_restriction(caller=dora, subject=alice, purpose=purpose)


@pytest.mark.parametrize("who", ["rita", "aud", "kay", "ada", "the key"])
def test_only_data_protection_officers_restrict(bank: Organisation, alice: SubjectFacts, who: str) -> None:
    caller = bank.caller() if who == "the key" else bank.staff(who)
    with refused(bank, Action.RESTRICT, ReasonCode.CAPABILITY_MISSING):
        restrict(caller=caller, subject=alice)
    with refused(bank, Action.LIFT_RESTRICTION, ReasonCode.CAPABILITY_MISSING):
        lift_restriction(caller=caller, subject=alice)


def test_to_restrict_and_to_lift_take_a_second_factor(bank: Organisation, alice: SubjectFacts) -> None:
    dora = bank.staff("dora", stepped_up=False)
    with refused(bank, Action.RESTRICT, ReasonCode.STEP_UP_NEEDED):
        restrict(caller=dora, subject=alice)
    restrict(caller=bank.staff("dora"), subject=alice)
    with refused(bank, Action.LIFT_RESTRICTION, ReasonCode.STEP_UP_NEEDED):
        lift_restriction(caller=dora, subject=alice)


def test_what_is_not_there_is_not_restricted(bank: Organisation, outsider: Organisation, alice: SubjectFacts) -> None:
    dora = bank.staff("dora")
    with refused(bank, Action.RESTRICT, ReasonCode.NOT_FOUND):
        restrict(caller=dora, subject=alice, purpose="unheard of")
    foreign = admit_subject(outsider.tenant.id, SubjectKind.USER, "alice")
    before = rows_of(outsider)
    for stranger in (foreign, replace(alice, id=uuid4())):
        with refused(bank, Action.RESTRICT, ReasonCode.NOT_FOUND):
            restrict(caller=dora, subject=stranger)
        with refused(bank, Action.LIFT_RESTRICTION, ReasonCode.NOT_FOUND):
            subject_by_id(dora, Action.LIFT_RESTRICTION, stranger.id)
    assert rows_of(outsider) == before


def test_who_was_erased_is_not_restricted_and_not_woken(bank: Organisation, alice: SubjectFacts) -> None:
    with tenant_context(bank.tenant.id):
        Subject.objects.filter(id=alice.id).update(state="erased", standing_version=F("standing_version") + 1)
    for action, change in ((Action.RESTRICT, restrict), (Action.LIFT_RESTRICTION, lift_restriction)):
        with refused(bank, action, ReasonCode.SUBJECT_NOT_ACTIVE):
            change(caller=bank.staff("dora"), subject=alice)


# Children


BORN = date(2015, 3, 1)
ALONE_FROM = datetime(2031, 3, 1, tzinfo=UTC)  # at 16, the strictest


@pytest.mark.parametrize(
    ("born", "country", "alone_from"),
    [
        (date(2015, 3, 1), "DE", date(2031, 3, 1)),
        (date(2015, 3, 1), "FR", date(2030, 3, 1)),
        (date(2015, 3, 1), "AT", date(2029, 3, 1)),
        (date(2015, 3, 1), "GB", date(2028, 3, 1)),
        (date(2015, 3, 1), "XX", date(2031, 3, 1)),
        (date(2015, 3, 1), "ZZ", date(2031, 3, 1)),  # a country we know nothing of
        (date(2016, 2, 29), "GB", date(2029, 3, 1)),
        (date(2016, 2, 29), "DE", date(2032, 2, 29)),
    ],
)
def test_each_country_has_its_age(born: date, country: str, alone_from: date) -> None:
    assert consents_alone_from(born, country) == alone_from


def test_a_child_does_not_consent_alone(bank: Organisation, alice: SubjectFacts) -> None:
    assert declare_age(caller=bank.caller(), scope=ScopeIds(user_id="alice"), birth_date=BORN) == ALONE_FROM.date()
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.GUARDIAN_NEEDED):
        consents(bank)
    assert consents(bank, given_by=GivenBy.GUARDIAN).until == ALONE_FROM


def test_the_guardians_consent_ends_when_the_child_may_decide(bank: Organisation, alice: SubjectFacts) -> None:
    assert consents(bank, given_by=GivenBy.GUARDIAN).until is None
    declare_age(caller=bank.caller(), scope=ScopeIds(user_id="alice"), birth_date=BORN)
    assert in_force(bank).until == ALONE_FROM
    soon = now() + DAY
    assert consents(bank, given_by=GivenBy.GUARDIAN, until=soon).until == soon
    declare_age(caller=bank.caller(), scope=ScopeIds(user_id="alice"), birth_date=BORN)
    assert in_force(bank).until == soon  # a consent for less stays one for less


def test_the_own_consent_of_a_child_ends_when_the_age_is_known(bank: Organisation, alice: SubjectFacts) -> None:
    consents(bank)
    offered(bank)
    declare_age(caller=bank.caller(), scope=ScopeIds(user_id="alice"), birth_date=BORN)
    assert not in_force(bank).granted
    with refused(bank, Action.BROWSE, ReasonCode.CONSENT_MISSING):
        read(bank)


def test_what_a_child_said_under_its_own_consent_is_not_learned_under_the_guardians(
    bank: Organisation, alice: SubjectFacts
) -> None:
    consents(bank)
    job = offered(bank, "My daughter is allergic to peanuts.", infer=True)
    declare_age(caller=bank.caller(), scope=ScopeIds(user_id="alice"), birth_date=BORN)
    consents(bank, given_by=GivenBy.GUARDIAN)
    learn(job_id=job, tenant_id=bank.tenant.id)
    assert read(bank) == []


def test_who_is_old_enough_today_consents_alone(bank: Organisation, alice: SubjectFacts) -> None:
    today = now().date()
    declare_age(caller=bank.caller(), scope=ScopeIds(user_id="alice"), birth_date=today.replace(year=today.year - 16))
    assert consents(bank).granted


def test_a_grown_ups_consent_stands_when_the_age_is_told(bank: Organisation, alice: SubjectFacts) -> None:
    consents(bank)
    declare_age(caller=bank.caller(), scope=ScopeIds(user_id="alice"), birth_date=date(1980, 1, 1))
    assert (in_force(bank).granted, in_force(bank).until) == (True, None)


@pytest.mark.parametrize("born", [date(2999, 1, 1), date(1850, 1, 1)])
def test_an_age_is_that_of_somebody_alive(bank: Organisation, alice: SubjectFacts, born: date) -> None:
    with refused(bank, Action.DECLARE_AGE, ReasonCode.INVALID):
        declare_age(caller=bank.caller(), scope=ScopeIds(user_id="alice"), birth_date=born)


def test_an_age_is_told_by_who_may_record_consents(bank: Organisation, alice: SubjectFacts) -> None:
    for caller in (bank.staff("rita"), bank.caller(key_text=bank.another_key([Capability.RECALL]))):
        with refused(bank, Action.DECLARE_AGE, ReasonCode.CAPABILITY_MISSING):
            declare_age(caller=caller, scope=ScopeIds(user_id="alice"), birth_date=BORN)


def test_the_tenants_own_country_decides_where_none_is_named(bank: Organisation, alice: SubjectFacts) -> None:
    configured(bank, jurisdiction="AT")
    assert declare_age(caller=bank.caller(), scope=ScopeIds(user_id="alice"), birth_date=BORN) == date(2029, 3, 1)
    assert declare_age(
        caller=bank.caller(), scope=ScopeIds(user_id="alice"), birth_date=BORN, jurisdiction="DE"
    ) == date(2031, 3, 1)
