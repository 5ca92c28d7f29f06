"""Limits of one call, and of heavy calls at a time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from governance.detect import detector
from governance.detect._phone import MAX_LOOKED_UP
from governance.errors import InvalidChange
from governance.tenancy.tenant_context import tenant_context
from memstore.errors import Busy, TooMuch
from memstore.heavy_calls import OF_A_KEY, OF_ALL, at_work
from memstore.intake import classify as classifying
from memstore.intake.call_size import MAX_CALL_CHARS, MAX_READ_CHARS, READ_OF_EACH, read_now
from memstore.models import JobStatus, Memory
from memstore.recall import apply_filter
from memstore.recall.browse import browse
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.remember.revise import Revision, revise
from tests.support.cast import DATABASES, Organisation, say, texts

if TYPE_CHECKING:
    from governance.detect import Finding
    from memstore.records.payload import Json

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ALICE = ScopeIds(user_id="alice")


def said(*contents: str) -> list[Message]:
    return [Message(role="user", content=content) for content in contents]


def test_metadata_is_looked_at_once_a_call(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: Counter[str] = Counter()

    class Counting:
        version = "counting"

        def detect(self, text: str) -> tuple[Finding, ...]:
            looked_at["metadata" if "ana@example.com" in text else "text"] += 1
            return detector().detect(text)

    monkeypatch.setattr(classifying, "detector", Counting)
    metadata: dict[str, Json] = {"from": "ana@example.com", "list": ["one", {"two": "three"}]}
    remember(caller=bank.caller(), scope=ALICE, messages=said("tea", "milk", "rice"), infer=False, metadata=metadata)
    assert looked_at == {"metadata": 1, "text": 3}
    found = browse(caller=bank.caller(), filters={"user_id": "alice"}).memories
    assert [view.metadata["list"] for view in found] == [["one", {"two": "three"}]] * 3


@pytest.mark.parametrize("infer", [True, False])
def test_the_sum_of_a_calls_text_is_limited_by_the_name_of_its_field(bank: Organisation, *, infer: bool) -> None:
    with pytest.raises(TooMuch) as refused:
        remember(caller=bank.caller(), scope=ALICE, messages=said(*["x" * 40_000] * 3), infer=infer)
    assert (refused.value.field, str(MAX_CALL_CHARS) in refused.value.problem) == ("messages", True)
    with tenant_context(bank.tenant.id):
        assert not Memory.objects.exists()


def test_metadata_counts_with_each_memory_that_it_is_kept_with(bank: Organisation) -> None:
    metadata: dict[str, Json] = {"note": "x" * 30_000}
    remember(caller=bank.caller(), scope=ALICE, messages=said("a", "b", "c"), infer=False, metadata=metadata)
    with pytest.raises(TooMuch):
        remember(caller=bank.caller(), scope=ALICE, messages=said("d", "e", "f", "g"), infer=False, metadata=metadata)


def test_what_is_embedded_before_the_answer_is_limited(bank: Organisation) -> None:
    with pytest.raises(TooMuch, match="embed"):
        remember(caller=bank.caller(), scope=ALICE, messages=said(*["x" * READ_OF_EACH] * 17), infer=False)
    assert read_now(["x" * 50_000] * 16) == MAX_READ_CHARS
    assert read_now(["x"] * 500) == MAX_READ_CHARS


def test_what_would_take_long_is_learned_later_though_asked_for_at_once(bank: Organisation) -> None:
    long = remember(caller=bank.caller(), scope=ALICE, messages=said("I like tea. " * 2_000), wait=True)
    assert (long.status, long.answered_by_event) == (JobStatus.PENDING, False)
    short = remember(caller=bank.caller(), scope=ALICE, messages=said("I live in Porto."), wait=True)
    assert short.status is JobStatus.SUCCEEDED


def test_the_sum_of_a_batch_of_revisions_is_limited(bank: Organisation) -> None:
    ids = [say(bank, "alice", text).stored[0].id for text in ("one", "two", "three")]
    with pytest.raises(TooMuch) as refused:
        revise(caller=bank.caller(), revisions=[Revision(one, text="x" * 40_000) for one in ids])
    assert refused.value.field == "memories"
    assert texts(bank, "alice") == ["one", "two", "three"]


def test_a_filter_of_more_conditions_than_so_many_memories_take_is_refused_on_the_record(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(bank, "alice", "I like tea")
    wanted = {"AND": [{"user_id": "alice"}, {"OR": [{"metadata": {"a": n}} for n in range(30)]}]}
    assert recall(caller=bank.caller(), query="tea", filters=wanted) == []
    monkeypatch.setattr(apply_filter, "MAX_TESTS", 30)
    for ask in (
        lambda: recall(caller=bank.caller(), query="tea", filters=wanted),
        lambda: browse(caller=bank.caller(), filters=wanted),
    ):
        with pytest.raises(InvalidChange) as refused:
            ask()
        assert refused.value.field == "filters"
    assert bank.refusals() == [("recall", "invalid"), ("browse", "invalid")]


def test_texts_that_all_conditions_read_together_are_limited(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(bank, "alice", "I like tea")
    monkeypatch.setattr(apply_filter, "MAX_TEXT_CHARS", 15)
    assert len(browse(caller=bank.caller(), filters={"user_id": "alice", "text": "tea"}).memories) == 1
    with pytest.raises(InvalidChange):
        browse(caller=bank.caller(), filters={"user_id": "alice", "OR": [{"text": "tea"}, {"text": "milk"}]})


def test_heavy_calls_of_one_key_never_take_all_threads_and_light_ones_always_go(bank: Organisation) -> None:
    one, other = bank.caller(), bank.caller(key_text=bank.another_key())
    held = [at_work(one, 10_000) for _ in range(OF_A_KEY)] + [at_work(other, 10_000)]
    for slot in held:
        slot.__enter__()
    try:
        assert len(held) == OF_ALL
        for caller in (one, other):
            with pytest.raises(Busy):
                remember(caller=caller, scope=ALICE, messages=said("x" * 900, "y" * 1_000, "z" * 900), infer=False)
        assert say(bank, "alice", "I like tea").stored[0].added
    finally:
        for slot in held:
            slot.__exit__(None, None, None)
    assert remember(caller=one, scope=ALICE, messages=said("x" * 900, "y" * 1_000, "z" * 900), infer=False).stored


def test_rows_of_digits_beyond_those_that_are_looked_up_are_taken_for_phone_numbers() -> None:
    text = "030 1234567, " * (MAX_LOOKED_UP * 3)
    assert len(detector().detect(text)) == MAX_LOOKED_UP * 3
    assert len(detector().detect("00 99 99 99 99, " * (MAX_LOOKED_UP + 10))) == 10  # could be dialled nowhere
