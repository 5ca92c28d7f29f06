"""Facts are kept current: what is new takes the place of what it replaces, in one transaction, with its history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import MemoryState
from memstore.forget.forget import forget
from memstore.models import Card, Memory, Replacement, Sighting, Slot
from memstore.recall.browse import browse
from memstore.recall.candidates import Validity
from memstore.recall.get import get
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import Remembered, remember
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from uuid import UUID

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
