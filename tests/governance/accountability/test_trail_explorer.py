"""The explorer of the trail: roles, each filter, pages without gaps, and a constant number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from governance.accountability.trail_explorer import TrailEvent, Wanted, event_detail, explore
from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.evidence.sealer import seal
from governance.ids import NIL
from tests.governance.evidence.trail import happen
from tests.support.cast import DATABASES, Organisation, organisation, say
from tests.support.erasing import erased, four_eyes
from tests.support.query_counts import statements

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def found(bank: Organisation, **wanted: object) -> tuple[TrailEvent, ...]:
    return explore(caller=bank.staff("aud"), wanted=Wanted(**wanted), page_size=200).events  # type: ignore[arg-type]


@pytest.mark.parametrize("who", ["rita", "ada", "kay"])
def test_roles_that_do_not_read_the_trail_are_refused_both_ways(who: str) -> None:
    bank = organisation()
    happen(bank, 1)
    event_id = bank.events()[0].id
    with pytest.raises(AccessRefused):
        explore(caller=bank.staff(who), wanted=Wanted())
    with pytest.raises(AccessRefused):
        event_detail(caller=bank.staff(who), event_id=event_id)
    assert bank.refusals()[-2:] == [("read_audit", "capability_missing")] * 2


def test_a_key_is_refused_and_looking_is_on_the_record() -> None:
    bank = organisation()
    with pytest.raises(AccessRefused):
        explore(caller=bank.caller(), wanted=Wanted())
    found(bank)
    assert [event.type for event in bank.events()][-1] == "read_audit"
    assert bank.events()[-1].n_items == 1


def test_nothing_of_another_tenant_is_seen_by_any_filter() -> None:
    bank, other = organisation(), organisation("other")
    happen(bank, 3)
    there = bank.events()
    assert found(other) == ()
    for event in there:
        assert found(other, principal_id=event.principal_id) == ()
        assert found(other, subject_id=event.subject_id) == ()
        with pytest.raises(NoSuchObject):
            event_detail(caller=other.staff("dora"), event_id=event.id)


def test_each_filter_keeps_what_it_names() -> None:
    bank = organisation()
    happen(bank, 2)
    with pytest.raises(AccessRefused):
        explore(caller=bank.staff("kay"), wanted=Wanted())
    first = bank.events()[0]
    assert {event.role for event in found(bank, role="key_officer")} == {"key_officer"}
    assert {event.type for event in found(bank, type="recall")} == {"recall"}
    assert [event.reason for event in found(bank, reason="refused")] == ["capability_missing"]
    assert [event.reason for event in found(bank, reason="capability_missing")] == ["capability_missing"]
    assert "capability_missing" not in {event.reason for event in found(bank, reason="allowed")}
    assert [event.id for event in found(bank, subject_id=first.subject_id)] == [first.id]
    assert {event.principal_id for event in found(bank, principal_id=bank.key.id)} == {bank.key.id}
    assert first.id in {event.id for event in found(bank, until=first.at + timedelta(microseconds=1))}
    assert first.id not in {event.id for event in found(bank, until=first.at)}
    assert first.id not in {event.id for event in found(bank, since=first.at + timedelta(microseconds=1))}
    assert found(bank, type="recall", role="dpo") == ()


def test_an_event_says_who_for_what_and_its_leaf_once_it_is_sealed() -> None:
    bank = organisation()
    happen(bank, 1)
    event = bank.events()[0]
    auditor = bank.staff("aud")
    before = event_detail(caller=auditor, event_id=event.id)
    assert (before.name, before.purpose, before.n_items, before.leaf) == ("assistant", "assistance", 2, None)
    seal(bank.tenant.id)
    after = event_detail(caller=auditor, event_id=event.id)
    assert after.leaf == 0
    assert found(bank, principal_id=auditor.principal.id)[0].name == "aud"


@pytest.mark.parametrize("cursor", ["nonsense", "_", "2026-01-01_", "2026-01-01T00:00:00+00:00_x", f"x_{NIL}"])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidChange):
        explore(caller=organisation().staff("aud"), wanted=Wanted(), before=cursor)


def test_what_was_read_of_an_erased_person_is_still_found(settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0
    bank = organisation()
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    subject_id = next(event.subject_id for event in bank.events() if event.type == "remember")
    erased(bank, "alice")
    kinds = {event.type for event in found(bank, subject_id=subject_id)}
    assert {"remember", "open_request", "erase"} <= kinds


def test_a_page_of_many_takes_as_many_statements_as_one_of_few() -> None:
    bank = organisation()
    auditor = bank.staff("aud")

    def look() -> object:
        return explore(caller=auditor, wanted=Wanted())

    happen(bank, 1)
    few = len(statements(look))
    happen(bank, 60)
    assert len(statements(look)) == few <= 6
