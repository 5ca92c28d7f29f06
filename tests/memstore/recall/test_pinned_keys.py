"""A key that is pinned to an agent or to a person stays so under every filter and on every face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.errors import AccessRefused
from governance.subjects.subjects import find_subject
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.errors import InvalidInput, MemoryNotFound
from memstore.forget.forget import forget, forget_scope
from memstore.recall.browse import browse
from memstore.recall.entity_list import entities
from memstore.recall.get import get, history
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.remember.revise import Revision, revise
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
AGENTS, PEOPLE, RUNS = ("mine", "other", "third"), ("alice", "bob"), ("r1", "r2")
OF = {"mine": "tea", "other": "wool", "third": "jazz"}


def told(caller: Caller, text: str, **ids: str) -> UUID:
    message = Message(role="user", content=text)
    return remember(caller=caller, scope=ScopeIds(**ids), messages=[message], infer=False).stored[0].id


@pytest.fixture
def filled(bank: Organisation) -> Organisation:
    """A bank where each person told each agent something, in a run and out of it."""
    for person in PEOPLE:
        for agent in AGENTS:
            told(bank.caller(), f"{person} told {agent} of {OF[agent]}", user_id=person, agent_id=agent)
            told(
                bank.caller(),
                f"{person} told {agent} of {OF[agent]} in r1",
                user_id=person,
                agent_id=agent,
                run_id="r1",
            )
    return bank


def of_an_agent(bank: Organisation) -> Caller:
    return bank.caller(key_text=bank.another_key(agent_id="mine"))


def of_alice(bank: Organisation) -> Caller:
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    return bank.caller(key_text=bank.another_key(pinned_subject=alice.id))


def _one_of(field: str, values: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from((*values, "*"))
    operators = st.one_of(
        st.lists(one, min_size=1, max_size=3).map(lambda found: {"in": found}),
        st.lists(one, min_size=1, max_size=3).map(lambda found: {"nin": found}),
        one.map(lambda found: {"ne": found}),
        one.map(lambda found: {"eq": found}),
    )
    return st.one_of(one, operators).map(lambda wanted: {field: wanted})


CONDITIONS = st.one_of(_one_of("user_id", PEOPLE), _one_of("agent_id", AGENTS), _one_of("run_id", RUNS))
FILTERS = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"AND": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"OR": parts}),
        inner.map(lambda part: {"NOT": part}),
        st.tuples(inner, inner).map(lambda pair: {**pair[0], **pair[1]}),
    ),
    max_leaves=6,
)


def reached(caller: Caller, filters: object) -> list[str]:
    """Return the texts that a filter reaches, or nothing where it is refused."""
    try:
        listed = browse(caller=caller, filters=filters).memories
        return [view.text for view in (*listed, *recall(caller=caller, query="told", filters=filters, threshold=0.0))]
    except (AccessRefused, InvalidInput):
        return []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=FILTERS)
def test_no_filter_reaches_beyond_the_pin(filled: Organisation, filters: dict[str, Any]) -> None:
    assert all("told mine" in text for text in reached(of_an_agent_once(filled), filters))
    assert all(text.startswith("alice") for text in reached(of_alice_once(filled), filters))


_once: dict[tuple[str, UUID], Caller] = {}


def of_an_agent_once(bank: Organisation) -> Caller:
    key = ("agent", bank.tenant.id)
    _once[key] = _once.get(key) or of_an_agent(bank)
    return _once[key]


def of_alice_once(bank: Organisation) -> Caller:
    key = ("person", bank.tenant.id)
    _once[key] = _once.get(key) or of_alice(bank)
    return _once[key]


def test_what_names_the_pin_is_answered(filled: Organisation) -> None:
    mine, alice = of_an_agent(filled), of_alice(filled)
    assert len(reached(mine, {"user_id": "alice", "agent_id": "mine"})) == 4  # two listed, two found
    assert len(reached(mine, {"OR": [{"user_id": one, "agent_id": "mine"} for one in PEOPLE]})) == 8
    assert len(reached(mine, {"agent_id": "mine"})) == 8
    assert len(reached(alice, {"user_id": "alice"})) == 12
    assert len(reached(alice, {"user_id": "alice", "agent_id": {"in": ["mine", "other"]}})) == 8


@pytest.mark.parametrize(
    "filters",
    [
        {"user_id": "alice", "agent_id": {"in": ["mine", "other"]}},
        {"user_id": "alice", "OR": [{"agent_id": "mine"}, {"agent_id": "other"}]},
        {"OR": [{"user_id": "alice", "agent_id": "mine"}, {"user_id": "alice", "agent_id": "other"}]},
        {"OR": [{"user_id": "alice", "agent_id": "mine"}, {"user_id": "alice"}]},
        {"user_id": "alice"},
        {"user_id": "alice", "agent_id": "*"},
        {"user_id": "alice", "agent_id": {"ne": "other"}},
        {"run_id": "r1"},
        {"agent_id": "never-met"},
        {"user_id": "never-met"},
    ],
)
def test_a_filter_that_could_be_about_another_agent_is_refused(filled: Organisation, filters: object) -> None:
    with pytest.raises(AccessRefused) as refused:
        browse(caller=of_an_agent(filled), filters=filters)
    assert refused.value.reason is ReasonCode.PINNED_ELSEWHERE


def test_a_pinned_key_adds_for_a_person_and_an_agent_that_nobody_met_yet(bank: Organisation) -> None:
    caller = bank.caller(key_text=bank.another_key(agent_id="brand-new"))
    told(caller, "I like tea", user_id="somebody-new", agent_id="brand-new")
    assert reached(caller, {"user_id": "somebody-new", "agent_id": "brand-new"}) == ["I like tea"] * 2


@pytest.mark.parametrize("ids", [{"user_id": "alice"}, {"user_id": "alice", "agent_id": "other"}, {"run_id": "r9"}])
def test_a_pinned_key_adds_and_deletes_through_no_other_agent(filled: Organisation, ids: dict[str, str]) -> None:
    caller = of_an_agent(filled)
    for do in (lambda: told(caller, "x", **ids), lambda: forget_scope(caller=caller, scope=ScopeIds(**ids))):
        with pytest.raises(AccessRefused) as refused:
            do()
        assert refused.value.reason is ReasonCode.PINNED_ELSEWHERE
    assert len(reached(filled.caller(), {"user_id": "alice"})) == 12


def test_deleting_by_the_pinned_agent_leaves_what_others_were_told(filled: Organisation) -> None:
    forget_scope(caller=of_an_agent(filled), scope=ScopeIds(user_id="alice", agent_id="mine"))
    left = reached(filled.caller(), {"user_id": "alice"})
    assert left
    assert not [text for text in left if "told mine" in text]


def test_by_their_ids_the_memories_of_another_agent_or_person_are_not_there(filled: Organisation) -> None:
    [theirs] = [view.id for view in browse(caller=filled.caller(), filters={"user_id": "bob", "agent_id": "other",
                "NOT": {"run_id": "r1"}}).memories]  # fmt: skip
    for caller in (of_an_agent(filled), of_alice(filled)):
        for do in (
            lambda caller=caller: get(caller=caller, memory_id=theirs),
            lambda caller=caller: history(caller=caller, memory_id=theirs),
            lambda caller=caller: revise(caller=caller, revisions=[Revision(theirs, "mine now")]),
            lambda caller=caller: forget(caller=caller, ids=[theirs]),
        ):
            with pytest.raises(MemoryNotFound):
                do()
        with pytest.raises(AccessRefused):
            entities(caller=caller)
