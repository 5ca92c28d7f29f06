"""A month at the end of its retention is dropped: the rest verifies, and nothing else may be missing."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from governance.errors import InvalidChange
from governance.evidence import drop_months
from governance.evidence.anchors import anchor, anchors
from governance.evidence.drop_months import drop_month
from governance.evidence.dropped_ranges import merged
from governance.evidence.merkle_proofs import inclusion
from governance.evidence.partitions import make_months
from governance.evidence.sealer import seal
from governance.models import AuditDrop
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Problem
from tests.conftest import become
from tests.governance.evidence.trail import happen, n_events, numbers, sealed, verdict
from tests.support.cast import DATABASES, Organisation
from tests.support.superuser import superuser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
MONTH = date(2015, 3, 1)
MOMENT = datetime(2015, 3, 14, 15, 9, 26, tzinfo=UTC)


@contextmanager
def as_owner() -> Iterator[None]:
    become("memstore_owner")
    try:
        yield
    finally:
        become("memstore_app")


def long_ago(bank: Organisation, moment: datetime = MOMENT) -> None:
    """Move what waits for the sealer to 2015, as if the service were that old."""
    with superuser() as intruder:
        first = moment.date().replace(day=1)
        intruder.execute("SELECT memstore_make_audit_months(%s, 2)", [first])
        queued = "SELECT event_id FROM governance_auditqueued WHERE tenant_id = %s"
        intruder.execute(
            f"UPDATE governance_auditevent SET at = %s WHERE id IN ({queued})".encode(), [moment, bank.tenant.id]
        )
        intruder.execute("UPDATE governance_auditqueued SET at = %s WHERE tenant_id = %s", [moment, bank.tenant.id])


@pytest.fixture
def trail(bank: Organisation, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Organisation:
    """Make four events of March 2015, two of April, three of today; all of it anchored."""
    settings.MEMSTORE_AUDIT_ANCHORS = [("file", str(tmp_path / "anchors"))]
    settings.MEMSTORE_AUDIT_ANCHOR_SECONDS = 0
    # Other tests have left trails in this database that were tampered with.
    monkeypatch.setattr(drop_months, "tenant_ids", lambda: [bank.tenant.id])
    happen(bank, 4)
    long_ago(bank)
    seal(bank.tenant.id)
    happen(bank, 2)
    long_ago(bank, datetime(2015, 4, 1, tzinfo=UTC))
    seal(bank.tenant.id)
    sealed(bank, 3)
    anchor(bank.tenant.id, anchors()[0])
    assert verdict(bank).problem is None
    return bank


def test_the_rest_verifies_and_the_drop_is_on_the_record(trail: Organisation) -> None:
    gone = numbers(trail)[:4]
    with as_owner():
        assert drop_month(MONTH) == {trail.tenant.id: 4}
    assert n_events(trail) == 5 + 1
    found = verdict(trail)
    assert (found.problem, found.n_dropped, found.size, found.unsealed) == (None, 4, 9, 1)
    sealed(trail, 1)
    found = verdict(trail)
    assert (found.problem, found.n_dropped, found.size) == (None, 4, 11)
    [event] = [event for event in trail.events() if event.type == Action.DROP_AUDIT]
    assert (event.job, event.n_items) == ("audit_drop", 4)
    with tenant_context(trail.tenant.id):  # proofs that were given out earlier keep their leaf
        assert inclusion(trail.tenant.id, gone[2][1]).index == 2


def test_the_next_month_states_all_that_is_missing(trail: Organisation) -> None:
    with as_owner():
        drop_month(MONTH)
        drop_month(date(2015, 4, 1))
    found = verdict(trail)
    assert (found.problem, found.n_dropped) == (None, 6)
    with tenant_context(trail.tenant.id):
        assert [len(bytes(row.runs)) for row in AuditDrop.objects.order_by("at")] == [20, 20]  # one run each


def test_a_deletion_is_not_excused_by_a_drop(trail: Organisation) -> None:
    with as_owner():
        drop_month(MONTH)
    with superuser() as intruder:
        intruder.execute("DELETE FROM governance_auditevent WHERE id = %s", [numbers(trail)[6][1]])
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.EVENT_MISSING, 6)


def test_a_forged_note_of_a_drop_excuses_nothing(trail: Organisation) -> None:
    with superuser() as intruder:
        intruder.execute("DELETE FROM governance_auditevent WHERE id = %s", [numbers(trail)[6][1]])
        intruder.execute(
            "INSERT INTO governance_auditdrop (id, tenant_id, month, runs, n_events)"
            " VALUES (gen_random_uuid(), %s, '2015-03-01', %s, 1)",
            [trail.tenant.id, (6).to_bytes(16) + (1).to_bytes(4)],
        )
    found = verdict(trail)
    assert (found.problem, found.index) == (Problem.EVENT_MISSING, 6)


def refusal(month: date = MONTH) -> str:
    with as_owner(), pytest.raises(InvalidChange) as caught:
        drop_month(month)
    return caught.value.problem


def test_what_is_young_unsealed_unanchored_or_tampered_with_is_not_dropped(
    trail: Organisation, settings: Settings
) -> None:
    before = n_events(trail)
    assert "MEMSTORE_AUDIT_KEEP_MONTHS" in refusal(datetime.now(UTC).date())
    kept = settings.MEMSTORE_AUDIT_ANCHORS
    settings.MEMSTORE_AUDIT_ANCHORS = []
    assert "not anchored" in refusal()
    settings.MEMSTORE_AUDIT_ANCHORS = kept
    happen(trail, 1)
    long_ago(trail)
    assert "wait for the sealer" in refusal()
    seal(trail.tenant.id)
    assert "not anchored" in refusal()
    with superuser() as intruder:
        intruder.execute("UPDATE governance_auditevent SET n_items = 9 WHERE id = %s", [numbers(trail)[7][1]])
    assert "does not verify" in refusal()
    assert n_events(trail) == before + 1


def test_who_serves_can_drop_nothing(trail: Organisation) -> None:
    with pytest.raises(DatabaseError):
        drop_month(MONTH)
    with pytest.raises(CommandError, match="MEMSTORE_DB_ROLE=owner"):
        call_command("audit", "drop", "2015-03-01")
    assert n_events(trail) == 9


def test_months_are_made_ahead_once() -> None:
    make_months()
    assert make_months() == 0


def test_an_event_of_a_month_without_a_partition_is_kept_and_verifies(bank: Organisation) -> None:
    """The clock runs centuries ahead: the default partition takes the event."""
    happen(bank, 1)
    with superuser() as intruder:
        far = datetime(2300, 1, 1, tzinfo=UTC)
        intruder.execute("UPDATE governance_auditevent SET at = %s WHERE tenant_id = %s", [far, bank.tenant.id])
        intruder.execute("UPDATE governance_auditqueued SET at = %s WHERE tenant_id = %s", [far, bank.tenant.id])
    seal(bank.tenant.id)
    assert verdict(bank).problem is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_runs_that_meet_are_one() -> None:
    assert merged([(5, 2), (0, 3), (3, 2), (9, 1)]) == [(0, 7), (9, 1)]
