"""The use case forget: gone from every live row at once, and no memory of another person with it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from governance.errors import AccessRefused
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Capability, ReasonCode
from memstore.errors import InvalidInput, MemoryNotFound
from memstore.forget.forget import forget, forget_scope
from memstore.models import Card, Job, Memory, MemoryVersion, Source
from memstore.recall import authorize_scope
from memstore.recall.browse import browse
from memstore.recall.get import get, history
from memstore.records.idempotency import Once
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.learn import learn
from memstore.remember.remember import remember
from memstore.remember.revise import Revision, revise
from tests.support.cast import DATABASES, Organisation, say, texts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def rows(organisation: Organisation) -> dict[str, int]:
    with tenant_context(organisation.tenant.id):
        return {model.__name__: model.objects.count() for model in (Memory, MemoryVersion, Card, Source)}


def test_a_forgotten_memory_leaves_no_row_in_any_table(bank: Organisation) -> None:
    kept = say(bank, "alice", "I like tea").stored[0].id
    gone = say(bank, "alice", "I live in Porto").stored[0].id
    revise(caller=bank.caller(), revisions=[Revision(gone, text="I live in Lisbon")])
    forget(caller=bank.caller(), ids=[gone])
    assert rows(bank) == {"Memory": 1, "MemoryVersion": 1, "Card": 1, "Source": 0}
    assert texts(bank, "alice") == ["I like tea"]
    assert get(caller=bank.caller(), memory_id=kept).text == "I like tea"
    for read in (get, history):
        with pytest.raises(MemoryNotFound):
            read(caller=bank.caller(), memory_id=gone)


def test_the_source_of_a_forgotten_fact_goes_with_it(bank: Organisation) -> None:
    remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content="My daughter is allergic to peanuts.")],
        wait=True,
    )
    [memory] = browse(caller=bank.caller(), filters={"user_id": "alice"}).memories
    assert rows(bank)["Source"] == 1
    forget(caller=bank.caller(), ids=[memory.id])
    assert set(rows(bank).values()) == {0}


def test_what_was_said_but_not_learned_yet_is_forgotten_too(bank: Organisation) -> None:
    done = remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content="My daughter is allergic to peanuts.")],
    )
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice"))
    learn(job_id=done.event_id, tenant_id=bank.tenant.id)
    assert set(rows(bank).values()) == {0}
    with tenant_context(bank.tenant.id):
        assert not Job.objects.filter(id=done.event_id).exists()


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (ScopeIds(user_id="alice"), {"bob": ["b1"]}),
        (ScopeIds(user_id="alice", run_id="r1"), {"alice": ["a2"], "bob": ["b1"]}),  # both must hold
        (ScopeIds(run_id="r1"), {"alice": ["a2"], "bob": ["b1"]}),
        (ScopeIds(agent_id="advisor"), {"alice": ["a2"]}),
        (ScopeIds(user_id="bob", run_id="r1"), {"alice": ["a1", "a2"], "bob": ["b1"]}),
        (ScopeIds(user_id="nobody"), {"alice": ["a1", "a2"], "bob": ["b1"]}),
        (ScopeIds(user_id="alice", run_id="never-seen"), {"alice": ["a1", "a2"], "bob": ["b1"]}),
    ],
)
def test_a_scope_is_forgotten_and_nothing_beside_it(
    bank: Organisation, outsider: Organisation, scope: ScopeIds, left: dict[str, list[str]]
) -> None:
    say(bank, "alice", "a1", agent_id="advisor", run_id="r1")
    say(bank, "alice", "a2", run_id="r2")
    say(bank, "bob", "b1", agent_id="advisor", run_id="r3")
    say(outsider, "alice", "elsewhere", agent_id="advisor", run_id="r1")
    forget_scope(caller=bank.caller(), scope=scope)
    found = {user: texts(bank, user) for user in ("alice", "bob")}
    assert {user: memories for user, memories in found.items() if memories} == left
    assert texts(outsider, "alice") == ["elsewhere"]


def test_without_a_scope_nothing_is_deleted_and_the_attempt_is_on_the_record(bank: Organisation) -> None:
    say(bank, "alice", "a1")
    with pytest.raises(InvalidInput):
        forget_scope(caller=bank.caller(), scope=ScopeIds())
    assert texts(bank, "alice") == ["a1"]
    assert bank.refusals() == [("forget_scope", ReasonCode.UNSCOPED)]


def test_deleting_all_of_a_person_needs_its_own_capability(bank: Organisation) -> None:
    say(bank, "alice", "a1")
    key = bank.another_key([Capability.RECALL, Capability.FORGET])
    for user_id in ("alice", "nobody-yet"):
        with pytest.raises(AccessRefused):
            forget_scope(caller=bank.caller(key_text=key), scope=ScopeIds(user_id=user_id))
    assert texts(bank, "alice") == ["a1"]
    assert bank.refusals() == [("forget_scope", ReasonCode.CAPABILITY_MISSING)] * 2


def test_how_many_people_an_agent_knows_is_told_to_who_may_ask_only(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authorize_scope, "MAX_SUBJECTS", 1)
    for user_id in ("alice", "bob"):
        say(bank, user_id, "a1", agent_id="advisor")
    scope, key = ScopeIds(agent_id="advisor"), bank.another_key([Capability.FORGET])
    with pytest.raises(AccessRefused):
        forget_scope(caller=bank.caller(key_text=key), scope=scope)
    assert bank.refusals() == [("forget_scope", ReasonCode.CAPABILITY_MISSING)]
    with pytest.raises(InvalidInput):
        forget_scope(caller=bank.caller(), scope=scope)
    assert (texts(bank, "alice"), texts(bank, "bob")) == (["a1"], ["a1"])


@pytest.mark.parametrize("what", ["unknown", "outsider's", "own key without capability"])
def test_a_memory_that_is_not_yours_to_delete_is_not_found(
    bank: Organisation, outsider: Organisation, what: str
) -> None:
    mine = say(bank, "alice", "a1").stored[0].id
    asker, ids, reason = {
        "unknown": (bank.caller(), [uuid4()], ReasonCode.NOT_FOUND),
        "outsider's": (outsider.caller(), [mine], ReasonCode.NOT_FOUND),
        "own key without capability": (
            bank.caller(key_text=bank.another_key([Capability.RECALL])),
            [mine],
            ReasonCode.CAPABILITY_MISSING,
        ),
    }[what]
    with pytest.raises(MemoryNotFound) as refused:
        forget(caller=asker, ids=ids)
    assert str(refused.value) == ""  # the same for all three
    assert texts(bank, "alice") == ["a1"]
    organisation = outsider if what == "outsider's" else bank
    assert organisation.refusals() == [("forget", reason)]


def test_a_batch_is_deleted_whole_or_not_at_all(bank: Organisation) -> None:
    ids: list[UUID] = [say(bank, "alice", f"a{n}").stored[0].id for n in range(3)]
    with pytest.raises(MemoryNotFound):
        forget(caller=bank.caller(), ids=[*ids, uuid4()])
    assert len(texts(bank, "alice")) == 3
    forget(caller=bank.caller(), ids=[*ids, ids[0]])
    assert texts(bank, "alice") == []


def test_a_replayed_delete_answers_with_the_first_event(bank: Organisation) -> None:
    memory = say(bank, "alice", "a1").stored[0].id
    once = Once(key="d1", request=b"same")
    first = forget(caller=bank.caller(), ids=[memory], once=once)
    assert forget(caller=bank.caller(), ids=[memory], once=once) == first


def test_a_forgotten_fact_may_be_said_anew(bank: Organisation) -> None:
    gone = say(bank, "alice", "I like tea").stored[0].id
    forget(caller=bank.caller(), ids=[gone])
    assert say(bank, "alice", "I like tea").stored[0].added
