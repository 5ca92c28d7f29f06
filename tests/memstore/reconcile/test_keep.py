"""Facts are kept current: what is new takes the place of what it replaces, in one transaction, with its history."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connections

from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import MemoryState
from memstore.errors import Conflict, MemoryNotFound
from memstore.forget.forget import forget, forget_scope
from memstore.models import Card, Memory, Replacement, Sighting, Slot
from memstore.recall.browse import browse
from memstore.recall.candidates import Validity
from memstore.recall.get import get
from memstore.recall.recall import recall
from memstore.reconcile.stored import reconcile_tenant
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import Remembered, remember
from memstore.remember.undo import undo
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from uuid import UUID

    from pytest_django.fixtures import Settings

    from memstore.records.memory_view import MemoryView

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ALICE = {"user_id": "alice"}
MARCH = datetime(2026, 3, 2, 10, tzinfo=UTC)
MAY = MARCH + timedelta(days=60)


def say(
    bank: Organisation, text: str, *, at: datetime | None = None, infer: bool = False, run: str | None = None
) -> Remembered:
    return remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice", run_id=run),
        messages=[Message("user", text)],
        infer=infer,
        wait=infer,
        said_at=at,
    )


def current(bank: Organisation) -> set[str]:
    return {view.text for view in browse(caller=bank.caller(), filters=ALICE).memories}


def found(bank: Organisation, query: str, validity: Validity | None = None) -> list[MemoryView]:
    return recall(caller=bank.caller(), query=query, filters=ALICE, threshold=0.0, validity=validity or Validity())


@pytest.mark.parametrize("infer", [False, True])
def test_new_residence_takes_the_place_of_the_old_one_and_both_keep_their_dates(
    bank: Organisation, infer: bool
) -> None:
    say(bank, "I live in Porto", at=MARCH, infer=infer)
    say(bank, "I moved to Lisbon", at=MAY, infer=infer)
    say(bank, "We visited Porto", at=MAY + timedelta(days=30), infer=infer)
    assert current(bank) == {"I moved to Lisbon", "We visited Porto"}
    assert found(bank, "where does she live?")[0].text == "I moved to Lisbon"
    [old] = [one for one in found(bank, "where does she live?", Validity(history=True)) if "live in" in one.text]
    assert old.state == MemoryState.SUPERSEDED.value
    assert old.valid_until == MAY
    [new] = [one for one in found(bank, "where does she live?") if "Lisbon" in one.text]
    assert old.replaced_by == new.id
    then = found(bank, "where does she live?", Validity(as_of=MARCH + timedelta(days=30)))
    assert [one.text for one in then] == ["I live in Porto"]


def test_what_arrives_late_does_not_win(bank: Organisation) -> None:
    say(bank, "I moved to Lisbon", at=MAY)
    late = say(bank, "I live in Porto", at=MARCH)
    assert current(bank) == {"I moved to Lisbon"}
    old = get(caller=bank.caller(), memory_id=late.stored[0].id)
    assert old.state == MemoryState.SUPERSEDED.value
    assert old.valid_until == MAY


def test_verbatim_value_is_replaced_and_the_answer_says_which(bank: Organisation) -> None:
    first = say(bank, "The SSH port is 22")
    second = say(bank, "The SSH port is 49222 now")
    assert second.stored[0].supersedes == (first.stored[0].id,)
    assert current(bank) == {"The SSH port is 49222 now"}


def test_the_same_words_again_are_a_sighting_found_in_each_run(bank: Organisation) -> None:
    first = say(bank, "Prefers email", run="chat-1")
    again = say(bank, "Prefers email", run="chat-2")
    assert again.stored[0].id == first.stored[0].id
    assert again.stored[0].sighting
    assert not again.stored[0].added
    for run in ("chat-1", "chat-2"):
        listed = browse(caller=bank.caller(), filters={"AND": [ALICE, {"run_id": run}]})
        assert [one.text for one in listed.memories] == ["Prefers email"]
    assert browse(caller=bank.caller(), filters={"AND": [ALICE, {"run_id": "chat-3"}]}).total == 0
    with tenant_context(bank.tenant.id):
        assert Sighting.objects.count() == 1


def test_newest_sighting_counts(bank: Organisation) -> None:
    for day, text in enumerate(("My drink of the day: cola", "We talked of coffee", "My drink of the day: cola")):
        say(bank, text, at=MARCH + timedelta(days=day))
    assert browse(caller=bank.caller(), filters=ALICE).memories[0].text == "My drink of the day: cola"


def test_two_speakers_who_say_the_same_have_a_memory_each(bank: Organisation) -> None:
    for name in ("ana", "ben"):
        remember(
            caller=bank.caller(),
            scope=ScopeIds(user_id="alice", run_id="group"),
            messages=[Message("user", "I'm vegetarian", name=name)],
            infer=False,
        )
    speakers = {view.speaker for view in browse(caller=bank.caller(), filters=ALICE).memories}
    assert speakers == {"ana", "ben"}


def test_deleting_the_current_one_does_not_revive_the_one_before(bank: Organisation) -> None:
    say(bank, "I live in Porto", at=MARCH)
    new = say(bank, "I moved to Lisbon", at=MAY)
    forget(caller=bank.caller(), ids=[new.stored[0].id])
    assert current(bank) == set()
    with tenant_context(bank.tenant.id):
        assert Replacement.objects.count() == 0
        assert Card.objects.filter(current=False).count() == 1


def test_slots_are_of_current_memories_only(bank: Organisation) -> None:
    say(bank, "I live in Porto", at=MARCH)
    new = say(bank, "I moved to Lisbon", at=MAY)
    with tenant_context(bank.tenant.id):
        holders: set[UUID] = set(Slot.objects.values_list("memory_id", flat=True))
        assert holders == {new.stored[0].id}
        assert Memory.objects.filter(state=MemoryState.SUPERSEDED.value).count() == 1


def test_undo_makes_both_current_and_the_same_words_again_conflict(bank: Organisation) -> None:
    first = say(bank, "I live in Porto", at=MARCH)
    second = say(bank, "I moved to Lisbon", at=MAY)
    assert undo(caller=bank.caller(), memory_id=second.stored[0].id) == [first.stored[0].id]
    assert current(bank) == {"I live in Porto", "I moved to Lisbon"}
    with pytest.raises(Conflict):
        undo(caller=bank.caller(), memory_id=first.stored[0].id)


def test_undo_of_what_was_erased_meanwhile_finds_nothing(bank: Organisation) -> None:
    first = say(bank, "I live in Porto", at=MARCH)
    say(bank, "I moved to Lisbon", at=MAY)
    forget(caller=bank.caller(), ids=[first.stored[0].id])
    with pytest.raises(MemoryNotFound):
        undo(caller=bank.caller(), memory_id=first.stored[0].id)


def test_an_outsider_undoes_nothing(bank: Organisation, outsider: Organisation) -> None:
    first = say(bank, "I live in Porto", at=MARCH)
    say(bank, "I moved to Lisbon", at=MAY)
    with pytest.raises(MemoryNotFound):
        undo(caller=outsider.caller(), memory_id=first.stored[0].id)
    assert current(bank) == {"I moved to Lisbon"}


def test_deleting_one_run_leaves_the_fact_as_said_in_the_other(bank: Organisation) -> None:
    for run in ("chat-1", "chat-2"):
        remember(
            caller=bank.caller(),
            scope=ScopeIds(user_id="alice", run_id=run),
            messages=[Message("user", "Prefers email")],
            infer=False,
            metadata={"from": run},
        )
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice", run_id="chat-1"))
    [left] = browse(caller=bank.caller(), filters=ALICE).memories
    assert (left.scope.run_id, left.metadata, left.times_said) == ("chat-2", {"from": "chat-2"}, 1)
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice", run_id="chat-2"))
    assert current(bank) == set()


def test_what_was_deleted_does_not_come_back_from_an_old_source_and_said_anew_it_does(bank: Organisation) -> None:
    said = say(bank, "I collect clocks")
    say(bank, "I like tea")  # so that the person is known on
    forget(caller=bank.caller(), ids=[said.stored[0].id])
    say(bank, "I collect clocks", at=datetime.now(UTC) - timedelta(days=1))
    assert current(bank) == {"I like tea"}
    say(bank, "I collect clocks")
    assert current(bank) == {"I like tea", "I collect clocks"}


def test_a_plan_is_current_until_its_day_is_over(bank: Organisation) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    say(bank, "My deadline is tomorrow", at=yesterday - timedelta(days=5))
    assert current(bank) == set()
    assert len(found(bank, "deadline", Validity(history=True))) == 1
    say(bank, "My appointment is in two weeks", infer=True)
    [plan] = browse(caller=bank.caller(), filters=ALICE).memories
    assert plan.text.startswith("My appointment is in two weeks [20")


def test_two_workers_that_learn_the_same_slot_leave_one_current(bank: Organisation) -> None:
    say(bank, "I like tea")

    def work(city: str) -> None:
        try:
            say(bank, f"I live in {city}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, ["Porto", "Lisbon", "Braga", "Faro"]))
    assert len(current(bank) - {"I like tea"}) == 1
    with tenant_context(bank.tenant.id):
        assert Memory.objects.filter(state=MemoryState.SUPERSEDED.value).count() == 3


def test_what_was_stored_side_by_side_is_reconciled_by_a_command_that_may_be_repeated(
    bank: Organisation, settings: Settings
) -> None:
    settings.MEMSTORE_RECONCILE = False
    say(bank, "I live in Porto", at=MARCH)
    say(bank, "I moved to Lisbon", at=MAY)
    assert len(current(bank)) == 2
    settings.MEMSTORE_RECONCILE = True
    for _ in range(2):
        done = list(reconcile_tenant(bank.tenant.id))
    assert [(one.read, one.replaced) for one in done] == [(1, 0)]
    assert current(bank) == {"I moved to Lisbon"}


@pytest.mark.parametrize("text", ["My flat is big. " * 2_000, "ich bin I am je suis 日本 sono", "0", "?" * 300])
def test_odd_statements_are_kept_whole(bank: Organisation, text: str) -> None:
    say(bank, "I live in Porto", at=MARCH)
    say(bank, text)
    assert text.strip() in current(bank)
    assert "I live in Porto" in current(bank)
