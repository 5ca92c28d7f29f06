"""The candidate cache answers faster, and never with what is no longer true."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections

from governance.models import Subject
from governance.tenancy.tenant_context import tenant_context
from memstore.forget.forget import forget, forget_scope
from memstore.recall import candidate_cache, candidates
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.remember.revise import Revision, revise
from tests.support.cast import DATABASES, Organisation, say

if TYPE_CHECKING:
    from governance.guard.authorize import Grant
    from governance.policy.decide import Reach

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def asked(organisation: Organisation, user_id: str = "alice") -> list[str]:
    found = recall(caller=organisation.caller(), query="anything", filters={"user_id": user_id}, threshold=0)
    return sorted(view.text for view in found)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list with one entry for each time that a candidate set was fetched."""
    counts: list[int] = []
    fetch = candidates._fetch

    def counted(
        grant: Grant, reach: Reach, now: datetime, *, history: bool
    ) -> list[tuple[bytes, int, bytes, float, str]]:
        counts.append(1)
        return fetch(grant, reach, now, history=history)

    monkeypatch.setattr(candidates, "_fetch", counted)
    return counts


def test_a_second_question_about_the_same_person_opens_nothing(bank: Organisation, opened: list[int]) -> None:
    say(bank, "alice", "one")
    assert asked(bank) == asked(bank) == asked(bank) == ["one"]
    assert len(opened) == 1
    assert [event.n_items for event in bank.events() if event.type == "recall"] == [1, 1, 1]


def test_every_kind_of_change_is_seen_by_the_very_next_question(bank: Organisation) -> None:
    first = say(bank, "alice", "one").stored[0].id
    assert asked(bank) == ["one"]
    say(bank, "alice", "two")
    assert asked(bank) == ["one", "two"]
    revise(caller=bank.caller(), revisions=[Revision(first, text="1")])
    assert asked(bank) == ["1", "two"]
    forget(caller=bank.caller(), ids=[first])
    assert asked(bank) == ["two"]
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice"))
    assert asked(bank) == []


def test_a_change_by_hand_is_seen_as_well(bank: Organisation) -> None:
    """The triggers count, not the code: a sweep or an operator's SQL needs to know nothing of the cache."""
    say(bank, "alice", "one")
    assert asked(bank) == ["one"]
    with tenant_context(bank.tenant.id), connection.cursor() as cursor:
        cursor.execute("DELETE FROM memstore_card")
    assert asked(bank) == []


def test_a_change_of_one_person_leaves_another_on_the_shelf(bank: Organisation, opened: list[int]) -> None:
    say(bank, "alice", "one")
    say(bank, "bob", "other")
    assert (asked(bank, "alice"), asked(bank, "bob")) == (["one"], ["other"])
    say(bank, "alice", "two")
    assert asked(bank, "bob") == ["other"]
    assert len(opened) == 2


def test_what_expires_on_the_shelf_is_not_answered(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    say(bank, "alice", "until tomorrow", expires_on=tomorrow)
    say(bank, "alice", "for longer")
    assert asked(bank) == ["for longer", "until tomorrow"]

    class Later(datetime):
        @classmethod
        def now(cls, _tz: object = None) -> datetime:  # type: ignore[override]  # as recall calls it
            return datetime.combine(tomorrow + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=1)

    monkeypatch.setattr("memstore.recall.recall.datetime", Later)
    assert asked(bank) == ["for longer"]
    assert isinstance(tomorrow, date)


def test_an_erased_person_is_not_answered_from_the_shelf(bank: Organisation) -> None:
    say(bank, "alice", "one")
    asked(bank)
    with tenant_context(bank.tenant.id):
        Subject.objects.update(state="erased", generation=2)
    assert asked(bank) == []


def test_a_purpose_has_a_deck_of_its_own(bank: Organisation) -> None:
    say(bank, "alice", "one")
    asked(bank)
    with pytest.raises(Exception, match="consent_missing"):
        recall(caller=bank.caller(purpose="offers"), query="x", filters={"user_id": "alice"})


def test_nothing_is_kept_when_keys_may_not_be(bank: Organisation, opened: list[int], settings: object) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0  # type: ignore[attr-defined]  # pytest-django's wrapper
    say(bank, "alice", "one")
    asked(bank)
    asked(bank)
    assert len(opened) == 2


def test_a_large_deck_is_not_kept(bank: Organisation, opened: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidate_cache, "MAX_ROWS", 1)
    say(bank, "alice", "one")
    say(bank, "alice", "two")
    asked(bank)
    asked(bank)
    assert len(opened) == 2


def test_the_shelf_is_cleared_before_it_grows_too_large(
    bank: Organisation, opened: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidate_cache, "MAX_ROWS_IN_ALL", 1)
    say(bank, "alice", "one")
    say(bank, "bob", "other")
    for user_id in ("alice", "bob", "bob", "alice"):
        asked(bank, user_id)
    assert len(opened) == 3


def test_writers_and_readers_of_one_person_at_once_neither_block_for_good_nor_see_half(bank: Organisation) -> None:
    say(bank, "alice", "start")

    def write(number: int) -> None:
        try:
            added = say(bank, "alice", f"fact {number}").stored[0].id
            if number % 2:
                forget(caller=bank.caller(), ids=[added])
        finally:
            connections.close_all()

    def read(_: int) -> int:
        try:
            return len(asked(bank))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(write, number) for number in range(24)]
        reads = [pool.submit(read, number) for number in range(24)]
        assert all(future.result() is None for future in writes)
        assert all(future.result() >= 1 for future in reads)
    found = recall(caller=bank.caller(), query="x", filters={"user_id": "alice"}, top_k=100, threshold=0)
    assert {view.text for view in found} == {"start", *(f"fact {number}" for number in range(0, 24, 2))}
