"""The use case revise: a new version is recalled, the old one stays in the history only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from governance.tenancy.tenant_context import tenant_context
from memstore.errors import Conflict, InvalidInput, MemoryNotFound
from memstore.models import Memory
from memstore.recall.browse import browse
from memstore.recall.get import get, history
from memstore.recall.recall import recall
from memstore.remember.revise import Revision, revise
from tests.support.cast import DATABASES, Organisation, say, texts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_the_new_wording_is_recalled_and_the_old_one_is_history(bank: Organisation) -> None:
    memory = say(bank, "alice", "I live in Porto").stored[0].id
    revise(
        caller=bank.caller(),
        revisions=[Revision(memory, text="I live in Lisbon", metadata={"source": "letter"})],
    )
    assert texts(bank, "alice") == ["I live in Lisbon"]
    [found] = recall(caller=bank.caller(), query="Lisbon", filters={"user_id": "alice"}, threshold=0)
    assert (found.version, found.metadata) == (2, {"source": "letter"})
    assert browse(caller=bank.caller(), filters={"user_id": "alice", "keywords": {"contains": "Porto"}}).total == 0
    first, second = history(caller=bank.caller(), memory_id=memory)
    assert (first.event, first.before, first.payload.text) == ("ADD", None, "I live in Porto")
    assert (second.event, second.before, second.payload.text) == (
        "UPDATE",
        "I live in Porto",
        "I live in Lisbon",
    )


def test_what_is_not_named_stays(bank: Organisation) -> None:
    memory = say(bank, "alice", "I live in Porto", agent_id="advisor").stored[0].id
    revise(caller=bank.caller(), revisions=[Revision(memory, metadata={"a": 1})])
    after = get(caller=bank.caller(), memory_id=memory)
    assert (after.text, after.metadata, after.scope.agent_id) == ("I live in Porto", {"a": 1}, "advisor")
    [found] = recall(caller=bank.caller(), query="I live in Porto", filters={"user_id": "alice"})
    assert found.score
    assert found.score > 0.5


def test_an_expiry_date_can_be_set_and_cleared(bank: Organisation) -> None:
    memory = say(bank, "alice", "I live in Porto").stored[0].id
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    revise(caller=bank.caller(), revisions=[Revision(memory, expires_on=day)])
    assert get(caller=bank.caller(), memory_id=memory).expires_on == day
    revise(caller=bank.caller(), revisions=[Revision(memory, text="x")])
    assert get(caller=bank.caller(), memory_id=memory).expires_on == day
    revise(caller=bank.caller(), revisions=[Revision(memory, expires_on=None)])
    assert get(caller=bank.caller(), memory_id=memory).expires_on is None
    with tenant_context(bank.tenant.id):
        row = Memory.objects.get()
    assert row.expires_at - row.created_at == timedelta(days=bank.assistance.ceiling_days)


def test_the_words_of_another_memory_are_a_conflict_and_change_nothing(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    memory = say(bank, "alice", "I like coffee").stored[0].id
    with pytest.raises(Conflict):
        revise(caller=bank.caller(), revisions=[Revision(memory, text="I like tea")])
    assert texts(bank, "alice") == ["I like tea", "I like coffee"]


def test_a_batch_is_revised_whole_or_not_at_all(bank: Organisation) -> None:
    first, second = (say(bank, "alice", text).stored[0].id for text in ("one", "two"))
    with pytest.raises(MemoryNotFound):
        revise(caller=bank.caller(), revisions=[Revision(first, text="1"), Revision(uuid4(), text="2")])
    assert texts(bank, "alice") == ["one", "two"]
    revise(caller=bank.caller(), revisions=[Revision(first, text="1"), Revision(second, text="2")])
    assert texts(bank, "alice") == ["1", "2"]


def test_the_outsider_revises_nothing(bank: Organisation, outsider: Organisation) -> None:
    memory = say(bank, "alice", "I live in Porto").stored[0].id
    with pytest.raises(MemoryNotFound):
        revise(caller=outsider.caller(), revisions=[Revision(memory, text="gone")])
    assert texts(bank, "alice") == ["I live in Porto"]


def test_an_empty_text_is_refused(bank: Organisation) -> None:
    memory = say(bank, "alice", "I live in Porto").stored[0].id
    with pytest.raises(InvalidInput):
        revise(caller=bank.caller(), revisions=[Revision(memory, text="  ")])
