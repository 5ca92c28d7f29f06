"""Objection (Art. 21): use stops at once, an officer assesses it, and direct marketing ends for good."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from governance.errors import InvalidChange
from governance.keyring.models import DataKey, Identity
from governance.models import CompellingGround, Objection, ObjectionOutcome
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.consents import Choice, register_notice
from governance.processing.holds import approve_hold, approve_release, request_hold, request_release
from governance.processing.objections import list_objections
from governance.processing.purposes import create_purpose
from governance.subjects.subjects import admit_subject, find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Capability, LawfulBasis, ReasonCode, SubjectKind
from memstore.forget.forget import forget
from memstore.forget.sweep import sweep
from memstore.models import Job, Memory, Source
from memstore.recall.browse import browse
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.learn import learn
from memstore.remember.remember import Remembered, remember
from memstore.rights import choices
from tests.support.cast import DATABASES, TAKES_ALL, Organisation, say, texts
from tests.support.refusing import refused
from tests.support.rows import rows_of

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

UPHELD, OVERRIDDEN = ObjectionOutcome.UPHELD, ObjectionOutcome.OVERRIDDEN
CLAIMS = CompellingGround.LEGAL_CLAIMS
ALICE = ScopeIds(user_id="alice")


class Bank:
    """The bank with three more purposes and a key for all of them.

    `research` rests on legitimate interests, `marketing` on them too and is direct marketing, `news` is direct
    marketing that people consent to.
    """

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        ada = organisation.staff("ada")
        for name, basis, marketing in (
            ("research", LawfulBasis.LEGITIMATE_INTERESTS, False),
            ("marketing", LawfulBasis.LEGITIMATE_INTERESTS, True),
            ("news", LawfulBasis.CONSENT, True),
        ):
            terms = PurposeTerms(basis, ceiling_days=365, direct_marketing=marketing, **TAKES_ALL)  # type: ignore[arg-type]
            create_purpose(caller=ada, name=name, terms=terms)
        self.key = organisation.another_key(purposes=["assistance", "offers", "research", "marketing", "news"])

    def remember(self, text: str, purpose: str = "research", *, infer: bool = False) -> Remembered:
        return remember(
            caller=self.organisation.caller(key_text=self.key, purpose=purpose),
            scope=ALICE,
            messages=[Message(role="user", content=text)],
            infer=infer,
        )

    def texts(self, purpose: str = "research", user_id: str = "alice") -> list[str]:
        caller = self.organisation.caller(key_text=self.key, purpose=purpose)
        return [view.text for view in browse(caller=caller, filters={"user_id": user_id}).memories]

    def object_to(self, purpose: str = "research", key: str | None = None) -> choices.Ended:
        caller = self.organisation.caller(key_text=key or self.key)
        return choices.object_to(caller=caller, scope=ALICE, purpose=purpose)

    def objection(self, purpose: str = "research") -> UUID:
        made = self.object_to(purpose).objection_id
        assert made is not None
        return made

    def settle(
        self, objection: UUID, outcome: ObjectionOutcome, ground: CompellingGround | None = None, who: str = "dora"
    ) -> choices.Ended:
        return choices.settle_objection(
            caller=self.organisation.staff(who), objection_id=objection, outcome=outcome, ground=ground
        )

    def consent_to_news(self) -> bool:
        dora = self.organisation.staff("dora")
        wording = f"News, as of {uuid4()}."
        notice = register_notice(caller=dora, purpose="news", language="en", text=wording)
        caller = self.organisation.caller(key_text=self.key)
        given = choices.grant(caller=caller, scope=ALICE, purpose="news", notice=notice.sha256, choice=Choice("web"))
        return given.granted


@pytest.fixture
def house(bank: Organisation) -> Bank:
    return Bank(bank)


def test_use_stops_at_once_for_this_person_and_purpose(bank: Organisation, house: Bank) -> None:
    house.remember("I like tea")
    say(bank, "alice", "I live in Porto")
    ended = house.object_to()
    assert (ended.n_destroyed, ended.n_kept) == (0, 0)
    with refused(bank, Action.BROWSE, ReasonCode.OBJECTED):
        house.texts()
    with refused(bank, Action.REMEMBER, ReasonCode.OBJECTED):
        house.remember("I like coffee")
    assert texts(bank, "alice") == ["I live in Porto"]
    assert house.texts(user_id="bob") == []
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 2  # nothing is destroyed while an officer assesses it


def test_one_may_object_before_anything_is_remembered(bank: Organisation, house: Bank) -> None:
    house.object_to()
    with refused(bank, Action.REMEMBER, ReasonCode.OBJECTED):
        house.remember("I like tea")


def test_what_was_said_before_is_not_learned_after_an_objection(bank: Organisation, house: Bank) -> None:
    job = house.remember("My daughter is allergic to peanuts.", infer=True).event_id
    house.object_to()
    learn(job_id=job, tenant_id=bank.tenant.id)
    assert bank.refusals() == [(Action.EXTRACT, ReasonCode.OBJECTED)]
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 0


def test_who_objects_may_still_have_things_forgotten(bank: Organisation, house: Bank) -> None:
    memory = house.remember("I like tea").stored[0].id
    house.object_to()
    forget(caller=bank.caller(key_text=house.key), ids=[memory])
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 0


@pytest.mark.parametrize("purpose", ["assistance", "offers"])
def test_contracts_and_consents_are_not_objected_to(bank: Organisation, house: Bank, purpose: str) -> None:
    admit_subject(bank.tenant.id, SubjectKind.USER, "alice")
    with refused(bank, Action.OBJECT, ReasonCode.NOT_OBJECTIONABLE):
        house.object_to(purpose)


def test_an_unknown_purpose_is_not_objected_to(bank: Organisation, house: Bank) -> None:
    admit_subject(bank.tenant.id, SubjectKind.USER, "alice")
    with refused(bank, Action.OBJECT, ReasonCode.NOT_FOUND):
        house.object_to("unheard of")


def test_a_refused_objection_leaves_no_trace_of_a_person_whom_we_never_met(bank: Organisation, house: Bank) -> None:
    def known() -> int:
        with tenant_context(bank.tenant.id, using="keys"):
            return Identity.objects.count()

    before = known()
    with refused(bank, Action.OBJECT, ReasonCode.NOT_OBJECTIONABLE):
        house.object_to("assistance")
    assert known() == before


def test_an_objection_that_is_open_is_not_made_again(bank: Organisation, house: Bank) -> None:
    house.object_to()
    with refused(bank, Action.OBJECT, ReasonCode.DUPLICATE):
        house.object_to()


def test_anybody_takes_an_objection(bank: Organisation, house: Bank) -> None:
    house.object_to(key=bank.another_key([Capability.RECALL]))
    for n, who in enumerate(("rita", "aud", "kay", "ada")):
        scope = ScopeIds(user_id=f"somebody-{n}")
        assert choices.object_to(caller=bank.staff(who), scope=scope, purpose="research").objection_id
    assert len(list_objections(caller=bank.staff("dora"))) == 5


@pytest.mark.parametrize("who", ["rita", "aud", "kay", "ada", "the key"])
def test_only_data_protection_officers_see_and_settle_objections(bank: Organisation, house: Bank, who: str) -> None:
    objection = house.objection()
    caller = bank.caller() if who == "the key" else bank.staff(who)
    with refused(bank, Action.READ_OBJECTIONS, ReasonCode.CAPABILITY_MISSING):
        list_objections(caller=caller)
    with refused(bank, Action.SETTLE_OBJECTION, ReasonCode.CAPABILITY_MISSING):
        choices.settle_objection(caller=caller, objection_id=objection, outcome=OVERRIDDEN, ground=CLAIMS)


def test_settling_needs_a_second_factor(bank: Organisation, house: Bank) -> None:
    objection = house.objection()
    with refused(bank, Action.SETTLE_OBJECTION, ReasonCode.STEP_UP_NEEDED):
        choices.settle_objection(caller=bank.staff("dora", stepped_up=False), objection_id=objection, outcome=UPHELD)


def test_nobody_is_overridden_without_a_ground(bank: Organisation, house: Bank) -> None:
    objection = house.objection()
    with refused(bank, Action.SETTLE_OBJECTION, ReasonCode.INVALID) as caught:
        house.settle(objection, OVERRIDDEN)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "ground"


def test_an_objection_that_is_overridden_gives_back_what_was_kept(house: Bank) -> None:
    house.remember("I like tea")
    ended = house.settle(house.objection(), OVERRIDDEN, CLAIMS)
    assert (ended.n_destroyed, ended.n_kept) == (0, 0)
    assert house.texts() == ["I like tea"]


def test_who_was_overridden_may_object_again(bank: Organisation, house: Bank) -> None:
    house.settle(house.objection(), OVERRIDDEN, CLAIMS)
    house.object_to()
    with refused(bank, Action.BROWSE, ReasonCode.OBJECTED):
        house.texts()


def test_an_objection_that_is_upheld_ends_it_for_good(bank: Organisation, house: Bank) -> None:
    house.remember("I like tea")
    house.remember("My daughter is allergic to peanuts.", infer=True)
    say(bank, "alice", "I live in Porto")
    assert house.settle(house.objection(), UPHELD).n_destroyed == 1
    with tenant_context(bank.tenant.id):
        assert (Memory.objects.count(), Source.objects.count()) == (1, 0)
        assert Job.objects.get(status="FAILED").error_code == ReasonCode.OBJECTED
    with refused(bank, Action.REMEMBER, ReasonCode.OBJECTED):
        house.remember("I like coffee")
    assert texts(bank, "alice") == ["I live in Porto"]
    assert purposes_with_keys(bank) == {bank.assistance.purpose_id}


def purposes_with_keys(bank: Organisation) -> set[UUID]:
    """Return those of alice's purposes whose key exists."""
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    with tenant_context(bank.tenant.id, using="keys"):
        return set(DataKey.objects.filter(subject_id=alice.id, use="purpose").values_list("purpose_id", flat=True))


def test_under_a_hold_what_was_kept_goes_out_of_use_and_is_destroyed_on_release(
    bank: Organisation, house: Bank
) -> None:
    house.remember("I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    hold = request_hold(caller=bank.staff("dora"), kind=SubjectKind.USER, external_id="alice", reference="1")
    approve_hold(caller=bank.staff("dov"), hold_id=hold.id)
    ended = house.settle(house.objection(), UPHELD)
    assert (ended.n_destroyed, ended.n_kept) == (0, 1)
    assert len(purposes_with_keys(bank)) == 1
    request_release(caller=bank.staff("dora"), hold_id=hold.id)
    approve_release(caller=bank.staff("dov"), hold_id=hold.id)
    done = sweep(bank.tenant.id)
    assert (done.destroyed, done.keys, purposes_with_keys(bank)) == (1, 1, set())


@pytest.mark.parametrize("outcome", [UPHELD, OVERRIDDEN])
def test_an_objection_is_settled_once(bank: Organisation, house: Bank, outcome: ObjectionOutcome) -> None:
    objection = house.objection()
    house.settle(objection, outcome, CLAIMS)
    for again in (UPHELD, OVERRIDDEN):
        with refused(bank, Action.SETTLE_OBJECTION, ReasonCode.ALREADY_DECIDED):
            house.settle(objection, again, CLAIMS, "dov")


@pytest.mark.parametrize("whose", ["nobody's", "outsider's"])
def test_an_objection_that_is_not_here_is_not_settled(
    bank: Organisation, outsider: Organisation, house: Bank, whose: str
) -> None:
    objection = uuid4() if whose == "nobody's" else Bank(outsider).objection()
    before = rows_of(outsider)
    with refused(bank, Action.SETTLE_OBJECTION, ReasonCode.NOT_FOUND):
        house.settle(objection, UPHELD)
    assert rows_of(outsider) == before
    assert list_objections(caller=bank.staff("dora")) == []


def test_open_objections_come_first_in_the_list(bank: Organisation, house: Bank) -> None:
    house.settle(house.objection(), OVERRIDDEN, CLAIMS)
    house.object_to("marketing")
    house.object_to()
    found = list_objections(caller=bank.staff("dov"))
    assert [(one.purpose, one.outcome, one.ground) for one in found] == [
        ("research", "", ""),
        ("research", "overridden", "legal_claims"),
        ("marketing", "upheld", ""),
    ]


def test_an_objection_to_marketing_is_not_assessed(bank: Organisation, house: Bank) -> None:
    house.remember("I like tea", "marketing")
    ended = house.object_to("marketing")
    assert ended.n_destroyed == 1
    assert ended.objection_id is not None
    with refused(bank, Action.SETTLE_OBJECTION, ReasonCode.ALREADY_DECIDED):
        house.settle(ended.objection_id, OVERRIDDEN, CLAIMS)
    with refused(bank, Action.REMEMBER, ReasonCode.OBJECTED):
        house.remember("I like coffee", "marketing")


def test_marketing_is_objected_to_on_any_basis(house: Bank) -> None:
    assert house.consent_to_news()
    house.remember("I like tea", "news")
    assert house.object_to("news").n_destroyed == 1


def test_a_consent_given_after_an_objection_either_counts_or_is_refused(house: Bank) -> None:
    house.consent_to_news()
    house.object_to("news")
    assert house.consent_to_news()
    assert house.texts("news") == []  # and is not refused: the newer choice is the person's own


def test_the_database_keeps_one_open_objection(bank: Organisation, house: Bank) -> None:
    house.object_to()
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    with tenant_context(bank.tenant.id):
        purpose_id = Objection.objects.get().purpose_id
    row = {
        "tenant_id": bank.tenant.id,
        "subject_id": alice.id,
        "purpose_id": purpose_id,
        "recorded_by": bank.key.id,
        "made_at": datetime.now(UTC),
    }
    with pytest.raises(IntegrityError, match="one_open_objection"), tenant_context(bank.tenant.id):
        Objection.objects.create(**row)


def test_the_database_refuses_an_objection_of_somebody_elsewhere(bank: Organisation, outsider: Organisation) -> None:
    foreign = admit_subject(outsider.tenant.id, SubjectKind.USER, "alice")
    with pytest.raises(IntegrityError, match="in_tenant"), tenant_context(bank.tenant.id):
        Objection.objects.create(
            tenant_id=bank.tenant.id,
            subject_id=foreign.id,
            purpose_id=bank.offers.purpose_id,
            recorded_by=bank.key.id,
        )
