"""The use case remember: a message is kept once, sealed, with its provenance."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connections

from governance.errors import AccessRefused
from governance.models import Subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Capability, ReasonCode
from memstore.errors import Conflict, InvalidInput, ProviderError
from memstore.models import Card, Job, JobStatus, Memory, MemoryVersion, Source
from memstore.recall.browse import browse
from memstore.recall.get import history
from memstore.records.idempotency import Once
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.call_events import event
from memstore.remember.remember import remember
from tests.support.cast import DATABASES, Organisation, say, texts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_each_message_of_a_verbatim_call_is_a_memory_with_provenance(bank: Organisation) -> None:
    caller = bank.caller()
    done = remember(
        caller=caller,
        scope=ScopeIds(user_id="alice", agent_id="advisor"),
        messages=[
            Message(role="system", content="Be polite."),
            Message(role="user", content="I moved to Lisbon", name="Alice"),
            Message(role="assistant", content="Noted."),
        ],
        infer=False,
        metadata={"channel": "chat"},
    )
    assert done.status is JobStatus.SUCCEEDED
    assert [fact.text for fact in done.stored] == ["I moved to Lisbon", "Noted."]
    [wording] = history(caller=caller, memory_id=done.stored[0].id)
    assert (wording.payload.speaker, wording.payload.role, wording.extractor) == ("Alice", "user", "verbatim")
    assert wording.principal_id == bank.key.id
    assert wording.payload.metadata == {"channel": "chat"}
    assert wording.scope == ScopeIds(user_id="alice", agent_id="advisor")


def test_the_same_fact_is_stored_once_whatever_its_case_and_spacing(bank: Organisation) -> None:
    first = say(bank, "alice", "I live in Porto")
    again = say(bank, "alice", "  i LIVE in   porto ")
    assert again.stored[0].id == first.stored[0].id
    assert not again.stored[0].added
    assert texts(bank, "alice") == ["I live in Porto"]


def test_six_identical_adds_at_once_store_one_memory(bank: Organisation) -> None:
    def add(_: int) -> object:
        try:
            return say(bank, "alice", "I collect clocks").stored[0].id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        ids = list(pool.map(add, range(6)))
    assert len(set(ids)) == 1
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == MemoryVersion.objects.count() == Card.objects.count() == 1


def test_the_same_words_of_two_people_are_two_memories(bank: Organisation) -> None:
    assert say(bank, "alice", "I like tea").stored[0].added
    assert say(bank, "bob", "I like tea").stored[0].added


def test_facts_are_extracted_later_and_answer_under_the_event(bank: Organisation) -> None:
    caller = bank.caller()
    done = remember(
        caller=caller,
        scope=ScopeIds(user_id="alice"),
        messages=[
            Message(role="user", content="Hello there!"),
            Message(role="user", content="My daughter is allergic to peanuts."),
            Message(role="user", content="What is the weather like?"),
        ],
        wait=True,
    )
    assert done.answered_by_event
    view = event(caller=caller, event_id=done.event_id)
    assert view.job.status == JobStatus.SUCCEEDED
    [fact] = view.stored
    assert "peanuts" in fact.text
    [wording] = history(caller=caller, memory_id=fact.id)
    assert wording.extractor == "local"
    assert wording.source_id is not None
    with tenant_context(bank.tenant.id):
        source = Source.objects.get()
        assert b"peanuts" not in bytes(source.sealed)
        assert source.expires_at - source.created_at == timedelta(days=bank.assistance.source_days)


def test_a_memory_expires_at_the_ceiling_or_the_callers_earlier_date(bank: Organisation) -> None:
    say(bank, "alice", "kept to the ceiling")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    say(bank, "alice", "kept until tomorrow", expires_on=tomorrow)
    say(bank, "alice", "asked for longer than allowed", expires_on=date(2099, 1, 1))
    with tenant_context(bank.tenant.id):
        lifetimes = [row.expires_at - row.created_at for row in Memory.objects.order_by("created_at")]
    assert lifetimes[0] == lifetimes[2] == timedelta(days=bank.assistance.ceiling_days)
    assert lifetimes[1] < timedelta(days=2)


def test_a_day_that_is_over_is_no_expiry_date(bank: Organisation) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    with pytest.raises(InvalidInput) as refused:
        say(bank, "alice", "too late", expires_on=yesterday)
    assert refused.value.field == "expiration_date"
    say(bank, "alice", "just in time", expires_on=datetime.now(UTC).date())
    assert texts(bank, "alice") == ["just in time"]


def test_an_idempotency_key_answers_without_a_second_effect(bank: Organisation) -> None:
    once = Once(key="k1", request=b"the same")
    first = say(bank, "alice", "I moved", once=once)
    again = say(bank, "alice", "I moved", once=once)
    assert again.event_id == first.event_id
    assert again.answered_by_event
    with pytest.raises(Conflict):
        say(bank, "alice", "I moved again", once=Once(key="k1", request=b"another"))
    with tenant_context(bank.tenant.id):
        assert Job.objects.count() == 1
    # Another key of the same tenant has idempotency keys of its own.
    assert say(bank, "alice", "I moved on", once=once, key_text=bank.another_key()).event_id != first.event_id


def test_a_fact_that_has_expired_is_remembered_anew_when_it_is_said_again(bank: Organisation) -> None:
    gone = say(bank, "alice", "I live in Porto").stored[0].id
    with tenant_context(bank.tenant.id):
        Memory.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        Card.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    again = say(bank, "alice", "I live in Porto").stored[0]
    assert again.added
    assert again.id != gone
    assert texts(bank, "alice") == ["I live in Porto"]


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "messages"),
        ([Message(role="user", content=" ")], "messages"),
        ([Message(role="system", content="only instructions")], "messages"),
        ([Message(role="user", content="x" * 50_001)], "messages[0].content"),
        ([Message(role="user", content="x")] * 1_001, "messages"),
    ],
)
def test_what_cannot_be_remembered_is_refused_by_field(bank: Organisation, messages: list[Message], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        remember(caller=bank.caller(), scope=ScopeIds(user_id="alice"), messages=messages, infer=False)
    assert refused.value.field == field


def test_somebody_who_may_not_be_remembered_is_not_even_known(bank: Organisation) -> None:
    reader = bank.another_key([Capability.RECALL])
    with pytest.raises(AccessRefused):
        say(bank, "alice", "I moved", key_text=reader)
    with pytest.raises(AccessRefused):
        remember(
            caller=bank.caller(purpose="offers"),
            scope=ScopeIds(user_id="alice"),
            messages=[Message(role="user", content="x")],
            infer=False,
        )
    with tenant_context(bank.tenant.id):
        assert not Subject.objects.exists()
    assert bank.refusals() == [
        ("remember", ReasonCode.CAPABILITY_MISSING),
        ("remember", ReasonCode.CONSENT_MISSING),
    ]


def test_a_failing_provider_leaves_nothing_half_stored(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        model_id = "broken"

        def embed(self, texts: list[str]) -> object:
            raise ProviderError("embedder", "timeout", permanent=False)

    monkeypatch.setattr("memstore.remember.remember.embedder", Broken)
    with pytest.raises(ProviderError):
        say(bank, "alice", "I moved")
    with tenant_context(bank.tenant.id):
        assert not Memory.objects.exists()
        assert not Job.objects.exists()


def test_an_erased_subject_takes_no_new_memories(bank: Organisation) -> None:
    say(bank, "alice", "before")
    with tenant_context(bank.tenant.id):
        Subject.objects.update(state="erased", generation=2)
    # This process still holds the old state in its cache: the write itself must notice.
    with pytest.raises(AccessRefused):
        say(bank, "alice", "after")
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 1


def test_a_run_without_a_user_and_an_agent_alone_are_subjects_of_their_own(bank: Organisation) -> None:
    caller = bank.caller()
    for scope in (ScopeIds(run_id="r1"), ScopeIds(agent_id="bot")):
        remember(caller=caller, scope=scope, messages=[Message(role="user", content="of my own")], infer=False)
    assert browse(caller=caller, filters={"run_id": "r1"}).total == 1
    assert browse(caller=caller, filters={"agent_id": "bot"}).total == 1
