"""Classification before storing decides what is stored: allowed, masked, quarantined or refused, never loosened."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from governance.errors import AccessRefused, NoSuchObject
from governance.policy.decide import Intake, PurposeRule
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.purposes import create_purpose
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import (
    Article9Condition,
    Capability,
    DataClass,
    Handling,
    LawfulBasis,
    ReasonCode,
    SubjectKind,
)
from memstore.errors import MemoryNotFound
from memstore.intake.classify import classify
from memstore.models import Card, Memory, Quarantine
from memstore.oversight.inspection import inspect
from memstore.oversight.quarantine import quarantined, reject, release
from memstore.recall.browse import browse
from memstore.recall.get import get
from memstore.recall.recall import recall
from memstore.records.payload import Payload
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.call_events import event
from memstore.remember.learn import learn
from memstore.remember.remember import remember
from memstore.remember.revise import Revision, revise
from tests.support.cast import ASSISTANCE, DATABASES, Organisation, say, texts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
HEALTH, MAIL, OFFENCE = "I was diagnosed with diabetes", "Write to me at nora@example.com", "He was convicted of fraud"
SECRET = "my password is Tr0ub4dor&3"
STRICT = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=30)


def purpose(bank: Organisation, name: str, terms: PurposeTerms = STRICT) -> str:
    """Make a purpose of its own with a key for it. Returns the key."""
    create_purpose(caller=bank.staff("ada"), name=name, terms=terms)
    return bank.another_key(purposes=[name], default_purpose=name)


def listed(bank: Organisation, key: str) -> list[str]:
    found = browse(caller=bank.caller(key_text=key), filters={"user_id": "alice"})
    return [view.text for view in reversed(found.memories)]


def test_by_default_special_categories_and_offences_are_refused_and_nothing_is_stored(bank: Organisation) -> None:
    key = purpose(bank, "strict")
    for text in (HEALTH, OFFENCE):
        with pytest.raises(AccessRefused) as refused:
            say(bank, "alice", text, key_text=key)
        assert refused.value.reason is ReasonCode.CLASS_NOT_ALLOWED
    with tenant_context(bank.tenant.id):
        assert not Memory.objects.exists()
    assert bank.refusals() == [("remember", "class_not_allowed")] * 2


def test_of_a_verbatim_call_all_is_kept_or_nothing(bank: Organisation) -> None:
    key = purpose(bank, "strict")
    with pytest.raises(AccessRefused):
        remember(
            caller=bank.caller(key_text=key),
            scope=ScopeIds(user_id="alice"),
            messages=[Message(role="user", content="I like tea"), Message(role="user", content=HEALTH)],
            infer=False,
        )
    assert listed(bank, key) == []


def test_of_a_conversation_the_rest_is_learned_and_the_event_tells_how_much_was_refused(bank: Organisation) -> None:
    key = purpose(bank, "strict")
    done = remember(
        caller=bank.caller(key_text=key),
        scope=ScopeIds(user_id="alice"),
        messages=[
            Message(role="user", content="I live in Lisbon."),
            Message(role="user", content="I was diagnosed with diabetes."),
        ],
    )
    learn(job_id=done.event_id, tenant_id=bank.tenant.id)
    seen = event(caller=bank.caller(key_text=key), event_id=done.event_id)
    assert [fact.text for fact in seen.stored] == listed(bank, key)
    assert not any("diabetes" in text for text in listed(bank, key))
    assert (seen.job.n_results, seen.job.n_refused) == (1, 1)


def test_secrets_are_masked_in_text_and_metadata_by_default(bank: Organisation) -> None:
    key = purpose(bank, "strict")
    remember(
        caller=bank.caller(key_text=key),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content=SECRET)],
        infer=False,
        metadata={"note": [SECRET]},
    )
    [view] = browse(caller=bank.caller(key_text=key), filters={"user_id": "alice"}).memories
    assert "Tr0ub4dor" not in view.text + str(view.metadata)
    assert "[secret]" in view.text


def test_a_key_without_recall_special_does_not_see_special_categories(bank: Organisation) -> None:
    say(bank, "alice", HEALTH)
    say(bank, "alice", "I like tea")
    plain = bank.another_key(capabilities=[Capability.RECALL])
    [health] = [
        view for view in browse(caller=bank.caller(), filters={"user_id": "alice"}).memories if view.text == HEALTH
    ]
    caller = bank.caller(key_text=plain)
    assert [view.text for view in browse(caller=caller, filters={"user_id": "alice"}).memories] == ["I like tea"]
    found = recall(caller=caller, query="diabetes", filters={"user_id": "alice"}, threshold=0)
    assert [view.text for view in found] == ["I like tea"]
    with pytest.raises(MemoryNotFound):
        get(caller=caller, memory_id=health.id)


def test_a_class_made_looser_behind_our_back_is_refused_as_tampered(bank: Organisation) -> None:
    say(bank, "alice", HEALTH)
    plain = bank.another_key(capabilities=[Capability.RECALL])
    with tenant_context(bank.tenant.id):
        Card.objects.update(data_class=DataClass.ORDINARY.value)
        Memory.objects.update(data_class=DataClass.ORDINARY.value)
    for key in (plain, bank.key_text):
        assert browse(caller=bank.caller(key_text=key), filters={"user_id": "alice"}).memories == ()


def waiting(bank: Organisation, key: str, text: str = "I collect clocks") -> UUID:
    done = say(bank, "alice", text, key_text=key)
    assert done.stored[0].quarantined
    return done.stored[0].id


@pytest.fixture
def reviewed(bank: Organisation) -> str:
    """A key for a purpose whose every memory is released by a reviewer."""
    return purpose(bank, "reviewed", replace(ASSISTANCE, review_first=True))


def test_what_waits_in_quarantine_is_seen_by_no_machine_and_masked_by_a_reviewer(
    bank: Organisation, reviewed: str
) -> None:
    memory_id = waiting(bank, reviewed, MAIL)
    assert listed(bank, reviewed) == []
    assert recall(caller=bank.caller(key_text=reviewed), query="mail", filters={"user_id": "alice"}, threshold=0) == []
    with pytest.raises(MemoryNotFound):
        get(caller=bank.caller(key_text=reviewed), memory_id=memory_id)
    [entry], total = quarantined(caller=bank.staff("rita"))
    assert (entry.memory_id, entry.text, entry.reason, total) == (
        memory_id,
        "Write to me at [email]",
        "review_first",
        1,
    )
    assert entry.found == ("email",)


def test_released_it_is_recalled_and_rejected_it_is_gone(bank: Organisation, reviewed: str) -> None:
    kept, gone = waiting(bank, reviewed, "I like tea"), waiting(bank, reviewed, "I like coffee")
    release(caller=bank.staff("rita"), memory_id=kept)
    reject(caller=bank.staff("rita"), memory_id=gone)
    assert listed(bank, reviewed) == ["I like tea"]
    found = recall(caller=bank.caller(key_text=reviewed), query="tea", filters={"user_id": "alice"}, threshold=0)
    assert [view.text for view in found] == ["I like tea"]
    with tenant_context(bank.tenant.id):
        assert (Memory.objects.count(), Quarantine.objects.count(), Card.objects.count()) == (1, 0, 1)
    for decided in (kept, gone):
        with pytest.raises(NoSuchObject):
            release(caller=bank.staff("rita"), memory_id=decided)


def test_a_reviewer_may_judge_the_class_within_what_the_purpose_holds(bank: Organisation, reviewed: str) -> None:
    memory_id = waiting(bank, reviewed, "I had a hard time")
    release(caller=bank.staff("rita"), memory_id=memory_id, data_class=DataClass.SPECIAL)
    with tenant_context(bank.tenant.id):
        assert Memory.objects.get().data_class == Card.objects.get().data_class == "special"
    assert listed(bank, reviewed) == ["I had a hard time"]
    strict = purpose(bank, "strict", replace(STRICT, review_first=True))
    other = waiting(bank, strict)
    with pytest.raises(AccessRefused) as refused:
        release(caller=bank.staff("rita"), memory_id=other, data_class=DataClass.SPECIAL)
    assert refused.value.reason is ReasonCode.CLASS_NOT_ALLOWED


def test_the_same_fact_does_not_wait_twice(bank: Organisation, reviewed: str) -> None:
    first = waiting(bank, reviewed)
    again = say(bank, "alice", "I collect clocks", key_text=reviewed).stored[0]
    assert (again.id, again.added) == (first, False)


def test_a_person_in_what_must_be_about_nobody_waits_for_a_reviewer(bank: Organisation) -> None:
    done = remember(
        caller=bank.caller(),
        scope=ScopeIds(agent_id="advisor"),
        messages=[Message(role="user", content="Branch opens at nine"), Message(role="user", content=MAIL)],
        infer=False,
    )
    assert [fact.quarantined for fact in done.stored] == [False, True]


def test_a_revision_is_looked_at_as_well(bank: Organisation) -> None:
    key = purpose(bank, "strict")
    memory_id = say(bank, "alice", "I like tea", key_text=key).stored[0].id
    with pytest.raises(AccessRefused) as refused:
        revise(caller=bank.caller(key_text=key), revisions=[Revision(memory_id, text=HEALTH)])
    assert refused.value.reason is ReasonCode.CLASS_NOT_ALLOWED
    assert listed(bank, key) == ["I like tea"]
    revise(caller=bank.caller(key_text=key), revisions=[Revision(memory_id, text=SECRET)])
    assert "Tr0ub4dor" not in listed(bank, key)[0]


RULE = PurposeRule(UUID(int=1), UUID(int=2), "p", LawfulBasis.CONTRACT, 30, 30)
OPEN = replace(
    RULE,
    article9=Article9Condition.HEALTH_CARE,
    intake=Intake(*[Handling.ALLOW] * 5),
)


@pytest.mark.parametrize(
    ("text", "intake", "data_class", "outcome"),
    [
        ("I like tea", Intake(), DataClass.ORDINARY, "kept"),
        (MAIL, Intake(), DataClass.CONFIDENTIAL, "kept"),
        (MAIL, Intake(identifier=Handling.MASK), DataClass.ORDINARY, "kept"),
        (MAIL, Intake(identifier=Handling.QUARANTINE), DataClass.CONFIDENTIAL, "waits"),
        (MAIL, Intake(identifier=Handling.REFUSE), DataClass.CONFIDENTIAL, "refused"),
        (HEALTH, Intake(special=Handling.ALLOW), DataClass.SPECIAL, "kept"),
        (HEALTH, Intake(special=Handling.QUARANTINE), DataClass.SPECIAL, "waits"),
        (HEALTH, Intake(special=Handling.MASK), DataClass.SPECIAL, "kept"),  # masked, and no less special
        (f"{HEALTH}. {MAIL}", Intake(special=Handling.ALLOW, identifier=Handling.MASK), DataClass.SPECIAL, "kept"),
        (f"{HEALTH}. {OFFENCE}", Intake(special=Handling.ALLOW), DataClass.CRIMINAL, "refused"),
    ],
)
def test_the_strictest_handling_of_what_was_found_decides(
    text: str, intake: Intake, data_class: DataClass, outcome: str
) -> None:
    found = classify(Payload(text), replace(OPEN, intake=intake))
    got = "refused" if found.refused else "waits" if found.quarantine else "kept"
    assert (found.data_class, got) == (data_class, outcome)


def test_without_an_article_9_condition_allowing_does_not_help() -> None:
    assert classify(Payload(HEALTH), replace(OPEN, article9=None)).refused


def test_a_key_in_the_metadata_is_looked_at_too() -> None:
    found = classify(Payload("as agreed", metadata={"nora@example.com": {"x": [HEALTH]}}), OPEN)
    assert (found.data_class, found.payload.found) == (DataClass.SPECIAL, ("email", "health"))


def test_staff_see_the_class_and_the_masked_words_and_machines_nothing_of_it(bank: Organisation) -> None:
    say(bank, "alice", MAIL)
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    [shown], total = inspect(caller=bank.staff("rita"), subject_id=alice.id)
    assert (shown.data_class, shown.found, shown.text, total) == (
        "confidential",
        ("email",),
        "Write to me at [email]",
        1,
    )
    with pytest.raises(AccessRefused):
        inspect(caller=bank.caller(), subject_id=alice.id)
    assert texts(bank, "alice") == [MAIL]
