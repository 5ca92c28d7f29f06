"""Any change that an intruder with all rights makes to the trail is named, with the first number that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from governance.evidence import verify_stored_trail as verification
from governance.evidence.anchors import anchor, anchors
from governance.evidence.scheduled_checks import check, check_all, last_checks
from governance.evidence.sealer import seal
from governance.evidence.verify_trail import Frontier
from governance.models import AuditEvent, AuditLeaf
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Problem, SystemJob
from tests.governance.evidence.trail import happen, numbers, sealed, verdict
from tests.support.cast import DATABASES, Organisation
from tests.support.superuser import superuser

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture(autouse=True)
def _anchored_here(settings: Settings, tmp_path: Path) -> None:
    settings.MEMSTORE_AUDIT_ANCHORS = [("file", str(tmp_path / "anchors"))]
    settings.MEMSTORE_AUDIT_ANCHOR_SECONDS = 0


@pytest.fixture
def trail(bank: Organisation) -> Organisation:
    """Make 12 events under four heads, the first two of them anchored."""
    sealed(bank, 3, batches=2)
    anchor(bank.tenant.id, anchors()[0])
    sealed(bank, 3, batches=2)
    assert verdict(bank).problem is None
    return bank


def tamper(bank: Organisation, statement: str, *values: object) -> None:
    with superuser() as intruder:
        changed = intruder.execute(statement.replace("OURS", f"tenant_id = '{bank.tenant.id}'").encode(), values)
        assert changed.rowcount > 0


def event_id(bank: Organisation, index: int) -> UUID:
    return dict(numbers(bank))[index]


def test_what_nobody_touched_is_intact_and_says_how_far(trail: Organisation) -> None:
    happen(trail, 2)
    found = verdict(trail)
    assert (found.problem, found.index, found.detail) == (None, None, "")
    assert found.words == "anchored to 6, sealed to 12, 2 unsealed"


def test_without_an_anchor_it_says_unanchored(trail: Organisation, settings: Settings) -> None:
    settings.MEMSTORE_AUDIT_ANCHORS = []
    assert verdict(trail).words == "unanchored, sealed to 12, 0 unsealed"


COLUMNS = [
    field.column
    for field in AuditEvent._meta.concrete_fields
    if field.column not in {"id", "tenant_id", "at", "items", "item_digest"}
]
OTHER_VALUE = {
    "address": "'10.9.8.7'",
    "policy_version": "policy_version + 1",
    "n_items": "n_items + 1",
    **dict.fromkeys(("type", "reason", "role", "job", "lawful_basis"), "'other'"),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_named_with_its_number(trail: Organisation, column: str) -> None:
    value = OTHER_VALUE.get(column, "gen_random_uuid()")
    tamper(trail, f"UPDATE governance_auditevent SET {column} = {value} WHERE OURS AND id = %s", event_id(trail, 7))
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.EVENT_CHANGED, 7)
    assert str(event_id(trail, 7)) in found.detail


def test_one_changed_byte_of_the_digest_or_of_the_listed_memories_is_named(trail: Organisation) -> None:
    byte = "set_byte({0}, 0, (get_byte({0}, 0) + 1) %% 256)"
    one = f"UPDATE governance_auditevent SET {{0}} = {byte} WHERE OURS AND id = %s"
    tamper(trail, one.format("items"), event_id(trail, 9))
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.ITEMS_CHANGED, 9)
    tamper(trail, one.format("item_digest"), event_id(trail, 4))
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.EVENT_CHANGED, 4)


def test_a_changed_time_is_named(trail: Organisation) -> None:
    earlier = "UPDATE governance_auditevent SET at = at - interval '1 second' WHERE OURS AND id = %s"
    tamper(trail, earlier, event_id(trail, 2))
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.EVENT_MISSING, 2)
    tamper(
        trail,
        "UPDATE governance_auditleaf l SET at = e.at FROM governance_auditevent e"
        " WHERE e.OURS AND e.id = l.event_id AND l.index = 2",
    )
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.EVENT_CHANGED, 2)


def test_the_first_of_several_is_named(trail: Organisation) -> None:
    for index in (10, 5, 8):
        tamper(trail, "UPDATE governance_auditevent SET n_items = 99 WHERE OURS AND id = %s", event_id(trail, index))
    assert verdict(trail).index == 5


def test_a_deleted_event_is_named(trail: Organisation) -> None:
    tamper(trail, "DELETE FROM governance_auditevent WHERE OURS AND id = %s", event_id(trail, 4))
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.EVENT_MISSING, 4)


def test_an_event_deleted_with_its_leaf_is_named(trail: Organisation) -> None:
    tamper(trail, "DELETE FROM governance_auditevent WHERE OURS AND id = %s", event_id(trail, 4))
    tamper(trail, "DELETE FROM governance_auditleaf WHERE OURS AND index = 4")
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.LEAF_MISSING, 4)


def test_an_event_changed_with_its_leaf_contradicts_the_head_that_was_signed_over_it(trail: Organisation) -> None:
    wanted = event_id(trail, 7)
    tamper(trail, "UPDATE governance_auditevent SET reason = 'not_found' WHERE OURS AND id = %s", wanted)
    tamper(trail, "UPDATE governance_auditleaf SET hash = %s WHERE OURS AND index = 7", new_leaf(trail, wanted))
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.HEAD_REWRITTEN, 8)
    assert "signed at size 9" in found.detail


def test_swapped_events_are_named(trail: Organisation) -> None:
    with superuser() as intruder:
        for old, new in ((3, 100), (4, 3), (100, 4)):
            intruder.execute(
                "UPDATE governance_auditleaf SET index = %s WHERE index = %s AND tenant_id = %s",
                [new, old, trail.tenant.id],
            )
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.HEAD_REWRITTEN, 5)


def test_a_cut_tail_is_named_by_the_anchor_outside(trail: Organisation) -> None:
    anchor(trail.tenant.id, anchors()[0])
    cut(trail, 9)
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.TAIL_CUT, 9)
    assert "size 12 was anchored outside" in found.detail


def test_a_cut_tail_without_an_anchor_beyond_it_is_not_claimed_to_be_seen(trail: Organisation) -> None:
    cut(trail, 9)
    found = verdict(trail)
    assert (found.problem, found.words) == (None, "anchored to 6, sealed to 9, 0 unsealed")


def test_leaves_cut_below_a_signed_head_are_named(trail: Organisation) -> None:
    tamper(trail, "DELETE FROM governance_auditleaf WHERE OURS AND index >= 11")
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.TAIL_CUT, 11)


def test_a_trail_rewritten_with_the_right_key_contradicts_its_anchor(trail: Organisation) -> None:
    """The intruder has the signing key: cuts the tail below the anchor, and lets the sealer sign another history."""
    cut(trail, 3)
    sealed(trail, 4)
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.HEAD_REWRITTEN, 5)
    assert "anchored outside at size 6" in found.detail


def test_a_rewritten_trail_that_was_anchored_again_contradicts_its_earlier_anchor(trail: Organisation) -> None:
    cut(trail, 3)
    sealed(trail, 5)
    anchor(trail.tenant.id, anchors()[0])
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.HEAD_REWRITTEN, 5)


def test_a_head_with_a_forged_signature_or_root_is_named(trail: Organisation) -> None:
    forged = "UPDATE governance_treehead SET signature = %s WHERE OURS AND size = 12"
    tamper(trail, forged, b"s" * 64)
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.HEAD_UNSIGNED, 11)
    tamper(trail, "UPDATE governance_treehead SET root = %s WHERE OURS AND size = 9", b"r" * 32)
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.HEAD_REWRITTEN, 8)


def test_a_deleted_last_head_leaves_leaves_that_nobody_signed(trail: Organisation) -> None:
    tamper(trail, "DELETE FROM governance_treehead WHERE OURS AND size = 12")
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.HEAD_REWRITTEN, 9)


def test_an_event_slipped_in_past_the_queue_is_named(trail: Organisation) -> None:
    happen(trail, 1)
    tamper(trail, "DELETE FROM governance_auditqueued WHERE OURS")
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.NEVER_QUEUED, None)


def test_a_changed_anchor_file_is_named_too(trail: Organisation) -> None:
    path = next((anchors()[0].folder).glob("*.jsonl"))  # type: ignore[attr-defined]
    path.write_text(path.read_text().replace('"size": 6', '"size": 5'))
    assert verdict(trail).problem in {Problem.HEAD_REWRITTEN, Problem.HEAD_UNSIGNED}


def test_windows_and_progress_cover_the_whole(trail: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "WINDOW", 5)
    told: list[tuple[int, int]] = []
    found = verification.verify(trail.tenant.id, lambda done, total: told.append((done, total)))
    assert (found.problem, told) == (None, [(5, 12), (10, 12), (12, 12)])
    tamper(trail, "DELETE FROM governance_auditleaf WHERE OURS AND index IN (5, 6, 7, 8, 9)")
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.LEAF_MISSING, 5)


def test_a_check_keeps_its_outcome_and_is_on_the_record(trail: Organisation) -> None:
    check(trail.tenant.id, job=SystemJob.OPERATOR)
    tamper(trail, "UPDATE governance_auditevent SET n_items = 99 WHERE OURS AND id = %s", event_id(trail, 3))
    check(trail.tenant.id, job=SystemJob.AUDIT_CHECK)
    with tenant_context(trail.tenant.id):
        newest, first = last_checks()
    assert (first.problem, first.size, first.anchored_size) == ("", 12, 6)
    assert (newest.problem, newest.first_bad_index) == (Problem.EVENT_CHANGED, 3)
    events = [event for event in trail.events() if event.type == Action.VERIFY_AUDIT]
    assert [(event.job, event.role) for event in events] == [("operator", "system"), ("audit_check", "system")]


def test_the_schedule_checks_who_is_due_and_nobody_twice(bank: Organisation, outsider: Organisation) -> None:
    sealed(bank, 1)
    checked = {found.tenant_id for found in check_all()}
    assert {bank.tenant.id, outsider.tenant.id} <= checked
    assert {bank.tenant.id, outsider.tenant.id}.isdisjoint({found.tenant_id for found in check_all()})


def test_another_tenants_events_are_no_part_of_it(trail: Organisation, outsider: Organisation) -> None:
    sealed(outsider, 2)
    with superuser() as intruder:
        intruder.execute("DELETE FROM governance_auditevent WHERE tenant_id = %s", [outsider.tenant.id])
    assert verdict(trail).problem is None
    assert verdict(outsider).problem is Problem.EVENT_MISSING


def new_leaf(bank: Organisation, wanted: UUID) -> bytes:
    from django.db import connection

    from governance.evidence.leaves import LEAF_FIELDS, hash_row

    with tenant_context(bank.tenant.id), connection.cursor() as cursor:
        cursor.execute(f"SELECT {LEAF_FIELDS} FROM governance_auditevent e WHERE e.id = %s", [wanted])
        return hash_row(cursor.fetchone())


def cut(bank: Organisation, size: int) -> None:
    """Delete everything from number `size` on, so that a rightly signed head ends the trail."""
    with superuser() as intruder:
        tenant_id = bank.tenant.id
        intruder.execute(
            "DELETE FROM governance_auditevent WHERE id IN"
            " (SELECT event_id FROM governance_auditleaf WHERE tenant_id = %s AND index >= %s)",
            [tenant_id, size],
        )
        intruder.execute("DELETE FROM governance_auditleaf WHERE tenant_id = %s AND index >= %s", [tenant_id, size])
        intruder.execute("DELETE FROM governance_treehead WHERE tenant_id = %s AND size > %s", [tenant_id, size])
        intruder.execute("DELETE FROM governance_auditanchor WHERE tenant_id = %s AND size > %s", [tenant_id, size])


def test_the_cut_of_these_tests_is_a_good_forgery(trail: Organisation, settings: Settings) -> None:
    """This is the control of the tests above: without the anchor, nothing can be seen."""
    settings.MEMSTORE_AUDIT_ANCHORS = []
    cut(trail, 3)
    sealed(trail, 4)
    assert (verdict(trail).problem, verdict(trail).size) == (None, 7)
    with tenant_context(trail.tenant.id):
        tree = Frontier()
        for leaf in AuditLeaf.objects.order_by("index").values_list("hash", flat=True):
            tree.append(bytes(leaf))
    assert tree.size == 7
    assert seal(trail.tenant.id) == 0
