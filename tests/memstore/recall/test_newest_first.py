"""Of memories that say different things of one thing, what was said later is recalled first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

import pytest

from governance.tenancy.tenant_context import tenant_context
from memstore.models import Memory, Replacement, ReplacementKind
from memstore.recall.newest_first import SAID_LATER, newest_first
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from memstore.records.card import OpenedCard


@dataclass
class Card:
    memory_id: UUID
    newer: frozenset[bytes] = field(default_factory=frozenset)


def ranked(*newer: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return (row, place whose score it has) for rows that are ranked as given, each with its newer ones."""
    ids = [UUID(int=number + 1) for number in range(len(newer))]
    cards = {row: Card(ids[row], frozenset(ids[one].bytes for one in ones)) for row, ones in enumerate(newer)}
    return [(one.row, one.scored_as) for one in newest_first(cast("dict[int, OpenedCard]", cards))]


def test_without_newer_ones_the_ranking_stands() -> None:
    assert ranked((), (), ()) == [(0, 0), (1, 1), (2, 2)]


def test_a_newer_one_comes_before_with_the_score_of_the_older() -> None:
    assert ranked((2,), (), ()) == [(2, 0), (0, 0), (1, 1)]


def test_a_chain_is_told_from_its_end() -> None:
    assert ranked((1,), (2,), ()) == [(2, 0), (1, 0), (0, 0)]


def test_a_chain_as_long_as_the_longest_answer_is_told() -> None:
    last = 1_999
    found = ranked(*((number + 1,) for number in range(last)), ())
    assert (found[0], found[-1]) == ((last, 0), (0, 0))


def test_a_circle_is_no_loop() -> None:
    assert sorted(row for row, _ in ranked((1,), (0,))) == [0, 1]


def test_a_newer_one_that_was_not_found_changes_nothing() -> None:
    assert ranked((), ()) == [(0, 0), (1, 1)]


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_a_memory_that_is_over_in_part_is_recalled_after_the_later_one(bank: Organisation) -> None:
    def told(text: str) -> UUID:
        message = Message(role="user", content=text)
        scope = ScopeIds(user_id="alice")
        return remember(caller=bank.caller(), scope=scope, messages=[message], infer=False).stored[0].id

    old, new = told("The garden fence is painted green"), told("We chose the colour of the ocean for the fence")
    question = "Which colour is the garden fence painted?"

    def found() -> list[tuple[UUID, float, float]]:
        views = recall(caller=bank.caller(), query=question, filters={"user_id": "alice"}, threshold=0.0, explain=True)
        return [(view.id, view.score or 0, (view.parts or {})[SAID_LATER]) for view in views]

    with tenant_context(bank.tenant.id):
        Replacement.objects.all().delete()
    (first, best, _), (second, worse, _) = found()
    assert (first, second) == (old, new)
    with tenant_context(bank.tenant.id):
        row = Memory.objects.get(id=old)
        Replacement.objects.create(
            tenant_id=bank.tenant.id,
            old_id=old,
            new_id=new,
            subject_id=row.subject_id,
            purpose_id=row.purpose_id,
            kind=ReplacementKind.PARTLY,
        )
    (first, score, lift), (second, other, nothing) = found()
    assert (first, second, nothing) == (new, old, 0)
    assert score == other == best > worse
    assert lift > 0
    with tenant_context(bank.tenant.id):
        Replacement.objects.update(settled_at=datetime.now(UTC))
    assert [one for one, *_ in found()] == [old, new]
