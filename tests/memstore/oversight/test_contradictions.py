"""Contradictions wait for a reviewer, who keeps both or makes one history; and a reviewer undoes a replacement."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from governance.errors import AccessRefused, NoSuchObject
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import MemoryState, ReasonCode, SubjectKind
from memstore.forget.forget import forget
from memstore.models import Memory
from memstore.oversight.contradictions import (
    Contradiction,
    Right,
    contradictions,
    settle_contradiction,
    undo_replacement,
)
from memstore.oversight.inbox import inbox
from memstore.oversight.inspection import inspect
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.world import BORN, contradicted

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def waiting(bank: Organisation) -> list[Contradiction]:
    return contradictions(caller=bank.staff("rita"))[0]


def alice(bank: Organisation) -> UUID:
    found = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert found is not None
    return found.id


def moved(bank: Organisation) -> UUID:
    """Return the id of a memory that another one replaced."""
    old = say(bank, "alice", "I live in Porto").stored[0].id
    say(bank, "alice", "I moved to Lisbon")
    return old


def test_both_wordings_are_shown_as_the_role_sees_them_in_the_order_of_speech(bank: Organisation) -> None:
    contradicted(bank)
    [one] = waiting(bank)
    assert (one.first.text, one.second.text) == BORN
    assert one.first.said_at <= one.second.said_at
    [event] = [event for event in bank.events() if event.type == "read_quarantine"]
    assert (event.subject_id, event.n_items) == (alice(bank), 2)
    assert inbox(caller=bank.staff("rita")).contradictions == 1


@pytest.mark.parametrize(
    ("right", "kept"), [(Right.BOTH, BORN), (Right.FIRST, BORN[:1]), (Right.SECOND, BORN[1:])], ids=str
)
def test_decided_it_waits_no_more_and_what_is_wrong_is_history(
    bank: Organisation, right: Right, kept: tuple[str, ...]
) -> None:
    found = contradicted(bank)
    settle_contradiction(caller=bank.staff("rita"), contradiction_id=found, right=right)
    assert set(texts(bank, "alice")) == set(kept)
    assert (waiting(bank), inbox(caller=bank.staff("rita")).contradictions) == ([], 0)
    with pytest.raises(NoSuchObject):
        settle_contradiction(caller=bank.staff("rita"), contradiction_id=found, right=Right.BOTH)
    assert next(event.object_id for event in bank.events() if event.type == "settle_fact") == found


@pytest.mark.parametrize("right", [Right.FIRST, Right.SECOND], ids=str)
def test_what_a_decision_made_history_can_be_made_current_again(bank: Organisation, right: Right) -> None:
    settle_contradiction(caller=bank.staff("rita"), contradiction_id=contradicted(bank), right=right)
    [over] = [one for one in inspect(caller=bank.staff("rita"), subject_id=alice(bank))[0] if one.undoable]
    undo_replacement(caller=bank.staff("rita"), subject_id=alice(bank), memory_id=over.id)
    assert set(texts(bank, "alice")) == set(BORN)
    assert waiting(bank) == []


def test_a_contradiction_of_which_one_side_is_gone_waits_for_nobody(bank: Organisation) -> None:
    found = contradicted(bank)
    [one] = waiting(bank)
    forget(caller=bank.caller(), ids=[one.first.memory_id])
    assert waiting(bank) == []
    with pytest.raises(NoSuchObject):
        settle_contradiction(caller=bank.staff("rita"), contradiction_id=found, right=Right.SECOND)
    assert texts(bank, "alice") == [BORN[1]]


@pytest.mark.parametrize("who", ["ada", "aud", "kay"])
def test_who_reviews_no_memories_neither_sees_nor_decides(bank: Organisation, who: str) -> None:
    found, old = contradicted(bank), moved(bank)
    with pytest.raises(AccessRefused):
        contradictions(caller=bank.staff(who))
    with pytest.raises(AccessRefused):
        settle_contradiction(caller=bank.staff(who), contradiction_id=found, right=Right.FIRST)
    with pytest.raises(AccessRefused):
        undo_replacement(caller=bank.staff(who), subject_id=alice(bank), memory_id=old)
    assert inbox(caller=bank.staff(who)).contradictions == 0
    assert len(waiting(bank)) == 1


def test_the_other_tenant_neither_sees_nor_decides(bank: Organisation, outsider: Organisation) -> None:
    found, old = contradicted(bank), moved(bank)
    assert contradictions(caller=outsider.staff("rita")) == ([], 0)
    with pytest.raises(NoSuchObject):
        settle_contradiction(caller=outsider.staff("rita"), contradiction_id=found, right=Right.FIRST)
    with pytest.raises(NoSuchObject):
        undo_replacement(caller=outsider.staff("rita"), subject_id=alice(bank), memory_id=old)
    assert outsider.refusals().count(("settle_fact", "not_found")) == 2
    assert set(texts(bank, "alice")) >= set(BORN)


def test_the_persons_page_says_what_replaced_a_memory_and_a_reviewer_undoes_it(bank: Organisation) -> None:
    old = moved(bank)
    [shown] = [one for one in inspect(caller=bank.staff("rita"), subject_id=alice(bank))[0] if one.id == old]
    assert (shown.state, shown.undoable) == (MemoryState.SUPERSEDED.value, True)
    with tenant_context(bank.tenant.id):
        assert shown.replaced_by == Memory.objects.get(id=old).replaced_by
    undo_replacement(caller=bank.staff("rita"), subject_id=alice(bank), memory_id=old)
    assert set(texts(bank, "alice")) == {"I live in Porto", "I moved to Lisbon"}
    assert not any(one.undoable for one in inspect(caller=bank.staff("rita"), subject_id=alice(bank))[0])


def test_there_is_nothing_to_undo_for_what_is_current_or_another_persons(bank: Organisation) -> None:
    old, current = moved(bank), say(bank, "alice", "I like tea").stored[0].id
    with pytest.raises(AccessRefused) as refused:
        undo_replacement(caller=bank.staff("rita"), subject_id=alice(bank), memory_id=current)
    assert refused.value.reason is ReasonCode.ALREADY_DECIDED
    with pytest.raises(NoSuchObject):
        undo_replacement(caller=bank.staff("rita"), subject_id=uuid4(), memory_id=old)
