"""A person's choices take effect at the next read, in every process, and nothing of it comes back."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from django.db import connections

from governance.errors import AccessRefused
from governance.expiring_cache import clear_all
from governance.keyring.identities import find_identity
from governance.keyring.models import DataKey
from governance.models import CompellingGround, ObjectionOutcome, SubjectPurpose
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.consents import Choice
from governance.processing.holds import approve_hold, approve_release, request_hold, request_release
from governance.processing.purposes import create_purpose
from governance.processing.shred_orders import seal_consent
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Capability, LawfulBasis, ReasonCode, SubjectKind
from memstore.errors import MemoryNotFound
from memstore.forget.end_of_purpose import finish_shred
from memstore.forget.sweep import sweep
from memstore.intake.extract import extractor
from memstore.models import Card, Job, JobStatus, Memory, MemoryVersion, Source
from memstore.recall.browse import browse
from memstore.recall.get import get, history
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.call_events import event
from memstore.remember.learn import learn
from memstore.remember.remember import Remembered, remember
from memstore.rights import choices
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents, withdraws
from tests.support.refusing import refused

if TYPE_CHECKING:
    from governance.policy.decide import SubjectFacts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ALICE = {"user_id": "alice"}


def offered(bank: Organisation, text: str = "I collect old clocks", user_id: str = "alice", **how: bool) -> Remembered:
    return remember(
        caller=bank.caller(purpose="offers"),
        scope=ScopeIds(user_id=user_id),
        messages=[Message(role="user", content=text)],
        infer=how.get("infer", False),
    )


def recalled(bank: Organisation, user_id: str = "alice") -> list[str]:
    caller = bank.caller(purpose="offers")
    return [view.text for view in recall(caller=caller, query="clocks", filters={"user_id": user_id}, threshold=0)]


def alice_of(bank: Organisation) -> SubjectFacts:
    found = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert found is not None
    return found


def kept_rows(bank: Organisation) -> dict[str, int]:
    with tenant_context(bank.tenant.id):
        offers = Memory.objects.filter(purpose_id=bank.offers.purpose_id)
        return {
            "Memory": offers.count(),
            "MemoryVersion": MemoryVersion.objects.filter(memory__in=offers).count(),
            "Card": Card.objects.filter(purpose_id=bank.offers.purpose_id).count(),
            "Source": Source.objects.filter(purpose_id=bank.offers.purpose_id).count(),
        }


def has_key(bank: Organisation) -> bool:
    with tenant_context(bank.tenant.id, using="keys"):
        return DataKey.objects.filter(subject_id=alice_of(bank).id, purpose_id=bank.offers.purpose_id).exists()


def test_nothing_is_remembered_or_recalled_before_the_consent(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    for attempt in (lambda: offered(bank), lambda: recalled(bank)):
        with pytest.raises(AccessRefused) as refused:
            attempt()
        assert refused.value.reason is ReasonCode.CONSENT_MISSING
    assert kept_rows(bank) == dict.fromkeys(("Memory", "MemoryVersion", "Card", "Source"), 0)


def test_a_consent_counts_at_once_for_a_process_that_has_just_refused(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    with pytest.raises(AccessRefused):
        recalled(bank)
    consents(bank)
    offered(bank)
    assert recalled(bank) == ["I collect old clocks"]
    assert texts(bank, "alice") == ["I like tea"]  # another purpose sees its own


def test_after_the_withdrawal_no_use_case_returns_anything_and_the_key_is_gone(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    consents(bank)
    done = offered(bank)
    memory_id = done.stored[0].id
    assert recalled(bank) == ["I collect old clocks"]
    ended = withdraws(bank)
    assert (ended.n_destroyed, ended.n_kept) == (1, 0)
    caller = bank.caller(purpose="offers")
    for attempt in (
        lambda: recalled(bank),
        lambda: browse(caller=caller, filters=ALICE),
        lambda: get(caller=caller, memory_id=memory_id),
        lambda: get(caller=bank.caller(), memory_id=memory_id),
        lambda: history(caller=caller, memory_id=memory_id),
    ):
        with pytest.raises((AccessRefused, MemoryNotFound)):
            attempt()
    assert event(caller=bank.caller(), event_id=done.event_id).stored == ()
    assert kept_rows(bank) == dict.fromkeys(("Memory", "MemoryVersion", "Card", "Source"), 0)
    assert not has_key(bank)
    assert texts(bank, "alice") == ["I like tea"]


def test_a_process_that_has_everything_in_its_caches_returns_nothing_either(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    consents(bank)
    offered(bank)
    assert recalled(bank) == ["I collect old clocks"]
    # Another process withdraws: ours hears of nothing, and keeps facts, keys and the candidate set.
    monkeypatch.setattr("governance.subjects.subject_lock.forget_facts", lambda *_: None)
    withdraws(bank)
    for _ in range(2):
        with pytest.raises(AccessRefused) as refused:
            recalled(bank)
        assert refused.value.reason is ReasonCode.CONSENT_MISSING


def test_a_job_that_began_before_the_withdrawal_writes_nothing_after_it(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    consents(bank)
    done = offered(bank, "I moved to Lisbon and I live there with my dog.", infer=True)
    reading, withdrawn = threading.Event(), threading.Event()
    found = extractor()
    extract = type(found).extract

    def slow(*args: object, **kwargs: object) -> object:
        reading.set()
        assert withdrawn.wait(20)
        return extract(*args, **kwargs)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(type(found), "extract", slow)

    def work() -> None:
        learn(job_id=done.event_id, tenant_id=bank.tenant.id)
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    assert reading.wait(20)
    withdraws(bank)
    withdrawn.set()
    worker.join(30)
    assert kept_rows(bank) == dict.fromkeys(("Memory", "MemoryVersion", "Card", "Source"), 0)
    with tenant_context(bank.tenant.id):
        job = Job.objects.get(id=done.event_id)
    assert (job.status, job.error_code) == (JobStatus.FAILED, "consent_ended")


def test_what_was_said_under_an_old_consent_is_not_learned_under_a_new_one(bank: Organisation) -> None:
    consents(bank)
    done = offered(bank, "I moved to Lisbon and I live there with my dog.", infer=True)
    with tenant_context(bank.tenant.id):
        Job.objects.filter(id=done.event_id).update(purpose_id=bank.offers.purpose_id)
    withdraws(bank)
    with tenant_context(bank.tenant.id):  # as if the withdrawal had not reached the job
        Job.objects.filter(id=done.event_id).update(status=JobStatus.PENDING.value, error_code="")
    consents(bank)
    learn(job_id=done.event_id, tenant_id=bank.tenant.id)
    assert kept_rows(bank)["Memory"] == 0
    with tenant_context(bank.tenant.id):
        assert Job.objects.get(id=done.event_id).error_code == "consent_ended"


def test_a_consent_given_again_starts_with_nothing_and_under_a_new_key(bank: Organisation) -> None:
    consents(bank)
    offered(bank)
    withdraws(bank)
    consents(bank)
    assert recalled(bank) == []
    offered(bank, "I like clocks again")
    clear_all()  # as a process that has no key in its cache: what it opens must be under the key that exists
    assert recalled(bank) == ["I like clocks again"]


def test_a_withdrawal_touches_neither_the_other_purpose_nor_another_person(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    for user in ("alice", "bob"):
        consents(bank, user)
        offered(bank, f"{user} collects clocks", user)
    withdraws(bank)
    assert texts(bank, "alice") == ["I like tea"]
    assert recalled(bank, "bob") == ["bob collects clocks"]


def test_any_key_may_withdraw_and_granting_takes_its_own_capability(bank: Organisation) -> None:
    poor = bank.another_key(capabilities=[Capability.RECALL])
    with pytest.raises(AccessRefused) as refused:
        choices.grant(
            caller=bank.caller(key_text=poor),
            scope=ScopeIds(user_id="alice"),
            purpose="offers",
            notice="00",
            choice=Choice("web"),
        )
    assert refused.value.reason is ReasonCode.CAPABILITY_MISSING
    consents(bank)
    assert withdraws(bank, key_text=poor).n_destroyed == 0


def test_a_withdrawal_by_somebody_we_never_met_looks_the_same(bank: Organisation) -> None:
    consents(bank, "bob")
    assert withdraws(bank, "never-seen") == withdraws(bank, "bob")


def test_a_consent_that_expires_is_over_without_any_sweep(bank: Organisation) -> None:
    now = datetime.now(UTC)
    consents(bank, happened_at=now - timedelta(days=2), until=now + timedelta(days=1))
    offered(bank)
    assert recalled(bank) == ["I collect old clocks"]
    with tenant_context(bank.tenant.id):
        [standing] = SubjectPurpose.objects.all()
        standing.consent_until = now - timedelta(seconds=1)
        seal_consent(standing)  # as if it had been given so
        standing.save()
    clear_all()
    with pytest.raises(AccessRefused) as refused:
        recalled(bank)
    assert refused.value.reason is ReasonCode.CONSENT_MISSING
    assert kept_rows(bank)["Memory"] == 1
    sweep(bank.tenant.id)
    assert kept_rows(bank) == dict.fromkeys(("Memory", "MemoryVersion", "Card", "Source"), 0)
    assert not has_key(bank)


def test_under_a_hold_a_withdrawal_takes_everything_out_of_use_and_destroys_it_on_release(bank: Organisation) -> None:
    consents(bank)
    offered(bank)
    hold = request_hold(caller=bank.staff("dora"), kind=SubjectKind.USER, external_id="alice", reference="C-1")
    approve_hold(caller=bank.staff("dov"), hold_id=hold.id)
    ended = withdraws(bank)
    assert (ended.n_destroyed, ended.n_kept) == (0, 1)
    assert kept_rows(bank) == {"Memory": 1, "MemoryVersion": 1, "Card": 0, "Source": 0}
    assert has_key(bank)
    with pytest.raises(AccessRefused):
        recalled(bank)
    sweep(bank.tenant.id)
    assert kept_rows(bank)["Memory"] == 1
    request_release(caller=bank.staff("dora"), hold_id=hold.id)
    approve_release(caller=bank.staff("dov"), hold_id=hold.id)
    sweep(bank.tenant.id)
    assert kept_rows(bank) == dict.fromkeys(("Memory", "MemoryVersion", "Card", "Source"), 0)
    assert not has_key(bank)


def test_a_crash_before_the_key_was_destroyed_is_made_good_by_the_sweep(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    consents(bank)
    offered(bank)
    with monkeypatch.context() as patch:
        patch.setattr(choices, "finish_shred", lambda **_: False)
        withdraws(bank)
    assert has_key(bank)
    sweep(bank.tenant.id)
    assert not has_key(bank)
    assert not finish_shred(tenant_id=bank.tenant.id, subject_id=alice_of(bank).id, purpose_id=bank.offers.purpose_id)


def legitimate(bank: Organisation, *, direct_marketing: bool = False) -> str:
    terms = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30, direct_marketing=direct_marketing)
    create_purpose(caller=bank.staff("ada"), name="fraud", terms=terms)
    return bank.another_key(purposes=["fraud"], default_purpose="fraud")


def test_an_objection_stops_use_at_once_and_waits_for_a_person(bank: Organisation) -> None:
    key = legitimate(bank)
    say(bank, "alice", "I travel a lot", key_text=key)
    ended = choices.object_to(caller=bank.caller(key_text=key), scope=ScopeIds(user_id="alice"), purpose="fraud")
    with pytest.raises(AccessRefused) as refused:
        browse(caller=bank.caller(key_text=key), filters=ALICE)
    assert refused.value.reason is ReasonCode.OBJECTED
    assert isinstance(ended.objection_id, UUID)
    choices.settle_objection(
        caller=bank.staff("dora"),
        objection_id=ended.objection_id,
        outcome=ObjectionOutcome.OVERRIDDEN,
        ground=CompellingGround.LEGAL_CLAIMS,
    )
    listed = browse(caller=bank.caller(key_text=key), filters=ALICE)
    assert [view.text for view in listed.memories] == ["I travel a lot"]


def test_an_objection_that_is_upheld_destroys_what_was_kept(bank: Organisation) -> None:
    key = legitimate(bank)
    say(bank, "alice", "I travel a lot", key_text=key)
    made = choices.object_to(caller=bank.caller(key_text=key), scope=ScopeIds(user_id="alice"), purpose="fraud")
    assert made.objection_id is not None
    ended = choices.settle_objection(
        caller=bank.staff("dora"), objection_id=made.objection_id, outcome=ObjectionOutcome.UPHELD
    )
    assert ended.n_destroyed == 1
    with pytest.raises(AccessRefused) as refused:
        browse(caller=bank.caller(key_text=key), filters=ALICE)
    assert refused.value.reason is ReasonCode.OBJECTED


def test_an_objection_to_direct_marketing_is_not_assessed(bank: Organisation) -> None:
    key = legitimate(bank, direct_marketing=True)
    say(bank, "alice", "I travel a lot", key_text=key)
    ended = choices.object_to(caller=bank.caller(key_text=key), scope=ScopeIds(user_id="alice"), purpose="fraud")
    assert ended.n_destroyed == 1
    with tenant_context(bank.tenant.id):
        assert not Memory.objects.exists()


def test_a_contract_cannot_be_objected_to(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    with pytest.raises(AccessRefused) as refused:
        choices.object_to(caller=bank.caller(), scope=ScopeIds(user_id="alice"), purpose="assistance")
    assert refused.value.reason is ReasonCode.NOT_OBJECTIONABLE
    assert bank.refusals() == [("object", "not_objectionable")]
    assert texts(bank, "alice") == ["I like tea"]


@pytest.mark.parametrize(
    ("who", "born", "reason"),
    [
        ("rita", date(2015, 1, 1), ReasonCode.CAPABILITY_MISSING),
        ("dora", date(1815, 1, 1), ReasonCode.INVALID),
    ],
)
def test_an_age_that_is_refused_has_admitted_nobody(
    bank: Organisation, who: str, born: date, reason: ReasonCode
) -> None:
    with refused(bank, Action.DECLARE_AGE, reason):
        choices.declare_age(caller=bank.staff(who), scope=ScopeIds(user_id="stranger"), birth_date=born)
    assert find_identity(bank.tenant.id, SubjectKind.USER, "stranger") is None
