"""The person sees what replaced a memory of theirs, and makes it current again with one press."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from governance.errors import AccessRefused, NoSuchObject
from governance.processing.restrictions import restrict
from governance.subjects.subjects import find_subject
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.rights.portal.own_memories import overview
from memstore.rights.portal.own_undo import undo_own
from tests.memstore.rights.portal.test_own_memories import known
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.sitting import sits

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from memstore.rights.portal.own_memories import OwnMemory

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def moved(bank: Organisation, user_id: str = "alice") -> UUID:
    """Return the id of a memory that another one replaced."""
    old = say(bank, user_id, "I live in Porto").stored[0].id
    say(bank, user_id, "I moved to Lisbon")
    return old


def seen(caller: Caller) -> dict[str | None, OwnMemory]:
    return {one.text: one for group in overview(caller=caller).groups for one in group.memories}


def test_what_was_replaced_is_marked_with_what_replaced_it_once_the_person_is_known(bank: Organisation) -> None:
    moved(bank)
    assert set(seen(sits(bank))) == {"I moved to Lisbon"}
    old = seen(known(bank))["I live in Porto"]
    assert (old.marks, old.replaced_with, old.undoable) == (("superseded",), "I moved to Lisbon", True)
    new = seen(known(bank))["I moved to Lisbon"]
    assert (old.replaced_by, new.replaced_with, new.undoable) == (new.id, None, False)


def test_one_press_makes_it_current_again_and_is_on_the_record(bank: Organisation) -> None:
    old, person = moved(bank), known(bank)
    undo_own(caller=person, memory_id=old)
    assert set(texts(bank, "alice")) == {"I live in Porto", "I moved to Lisbon"}
    [event] = [event for event in bank.events() if event.type == "revive_own"]
    assert (event.subject_id, event.object_id, event.n_items) == (person.principal.id, old, 1)
    with pytest.raises(AccessRefused) as refused:
        undo_own(caller=person, memory_id=old)
    assert refused.value.reason is ReasonCode.ALREADY_DECIDED


def test_a_restricted_person_may_do_it_as_well(bank: Organisation) -> None:
    old = moved(bank)
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    restrict(caller=bank.staff("dora"), subject=alice)
    person = known(bank)
    undo_own(caller=person, memory_id=old)
    assert not seen(person)["I live in Porto"].undoable


def test_nobody_else_does_it_nor_a_link_alone(bank: Organisation, outsider: Organisation) -> None:
    old = moved(bank)
    moved(bank, "bob")
    moved(outsider)
    for other in (sits(bank), known(bank, "bob"), known(outsider)):
        for memory_id in (old, uuid4()):
            with pytest.raises(NoSuchObject):
                undo_own(caller=other, memory_id=memory_id)
    for caller in (bank.caller(), bank.staff("dora")):
        with pytest.raises(AccessRefused):
            undo_own(caller=caller, memory_id=old)
    assert texts(bank, "alice") == ["I moved to Lisbon"]
