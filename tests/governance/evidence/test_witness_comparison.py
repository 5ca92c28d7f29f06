"""The witness against the trail: a change of the database before the sealer saw the event is found."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from governance.evidence import witness_comparison
from governance.evidence.sealer import seal
from governance.evidence.witness_comparison import Difference, WitnessReport, compare_witness
from governance.guard.witness import FIELDS
from governance.guard.witness_sinks import witness_files
from governance.models import AuditDrop, AuditEvent, AuditLeaf
from governance.tenancy.tenant_context import tenant_context
from tests.governance.evidence.witnessing import witnessed
from tests.support.cast import DATABASES, Organisation, say
from tests.support.refusing import as_owner

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def later() -> datetime:
    """Return a moment after the grace of everything reported so far."""
    return datetime.now(UTC) + timedelta(minutes=2)


@pytest.fixture
def path(bank: Organisation, tmp_path: Path) -> Path:
    """The witness of a few things that happened at the bank."""
    with witnessed(tmp_path / "events.jsonl"):
        for text in ("I like tea", "I live in Porto", "I play chess"):
            say(bank, "alice", text)
    return tmp_path / "events.jsonl"


def compared(bank: Organisation, *paths: Path) -> WitnessReport:
    return compare_witness(bank.tenant.id, paths, now=later())


def behind_our_back(bank: Organisation, statement: str, *values: object) -> None:
    with as_owner(bank.tenant.id) as cursor:
        cursor.execute("ALTER TABLE governance_auditevent DISABLE TRIGGER append_only_rows")
        cursor.execute(statement, values)
        assert cursor.rowcount == 1
        cursor.execute("ALTER TABLE governance_auditevent ENABLE TRIGGER append_only_rows")


def test_the_witness_agrees_with_a_trail_that_nobody_touched(bank: Organisation, path: Path) -> None:
    report = compared(bank, path)
    assert (report.told, report.agrees, report.unreadable) == (3, True, 0)


def test_a_deleted_event_is_named(bank: Organisation, path: Path) -> None:
    gone = bank.events()[-2].id
    behind_our_back(bank, "DELETE FROM governance_auditevent WHERE id = %s", gone)
    report = compared(bank, path)
    assert (report.missing, report.n_missing, report.differing) == ([gone], 1, [])
    assert not report.agrees


CHANGES: list[tuple[str, object]] = [
    ("type", "browse"),
    ("reason", "not_found"),
    ("principal", uuid4()),
    ("role", "dpo"),
    ("job", "sweep"),
    ("request", uuid4()),
    ("subject", uuid4()),
    ("object", uuid4()),
    ("purpose_version", uuid4()),
    ("lawful_basis", "consent"),
    ("n_items", 77),
    ("item_digest", bytes(32)),
]


@pytest.mark.parametrize(("name", "value"), CHANGES, ids=[name for name, _ in CHANGES])
def test_a_changed_field_is_named(bank: Organisation, path: Path, name: str, value: object) -> None:
    changed = bank.events()[-1].id
    column = name + ("_id" if name in {"principal", "request", "subject", "object", "purpose_version"} else "")
    behind_our_back(bank, f"UPDATE governance_auditevent SET {column} = %s WHERE id = %s", value, changed)
    assert compared(bank, path).differing == [Difference(changed, (name,))]


def test_every_field_that_is_told_is_compared() -> None:
    assert {name for name, _ in CHANGES} | {"id", "tenant"} == set(FIELDS)


def test_only_the_tenants_own_lines_count(bank: Organisation, outsider: Organisation, path: Path) -> None:
    behind_our_back(bank, "DELETE FROM governance_auditevent WHERE id = %s", bank.events()[0].id)
    assert compared(outsider, path) == WitnessReport()
    assert compare_witness(None, [path], now=later()).n_missing == 1
    # A line that claims another tenant for an event finds nothing there.
    forged = path.read_text().replace(str(bank.tenant.id), str(outsider.tenant.id))
    path.write_text(forged)
    assert compared(outsider, path).n_missing == 3


def test_what_was_told_a_moment_ago_may_still_be_on_its_way(bank: Organisation, path: Path) -> None:
    behind_our_back(bank, "DELETE FROM governance_auditevent WHERE id = %s", bank.events()[-1].id)
    assert compare_witness(bank.tenant.id, [path]).told == 0
    since = datetime.now(UTC) + timedelta(seconds=1)
    assert compare_witness(bank.tenant.id, [path], since, now=later()).told == 0


def test_events_of_a_month_that_was_dropped_on_the_record_are_not_missing(bank: Organisation, path: Path) -> None:
    event = bank.events()[-1]
    behind_our_back(bank, "DELETE FROM governance_auditevent WHERE id = %s", bank.events()[0].id)  # never sealed
    seal(bank.tenant.id)
    with tenant_context(bank.tenant.id):
        sealed = set(AuditLeaf.objects.values_list("event_id", flat=True))
        month = event.at.date().replace(day=1)
        AuditDrop.objects.create(tenant_id=bank.tenant.id, month=month, runs=b"", n_events=2)
    unsealed = say_unsealed(bank, path)
    with as_owner(bank.tenant.id) as cursor:
        cursor.execute("ALTER TABLE governance_auditevent DISABLE TRIGGER append_only_rows")
        cursor.execute("DELETE FROM governance_auditevent WHERE tenant_id = %s", [bank.tenant.id])
        cursor.execute("ALTER TABLE governance_auditevent ENABLE TRIGGER append_only_rows")
    report = compared(bank, path)
    assert report.dropped == len(sealed)
    assert report.missing == [unsealed]


def say_unsealed(bank: Organisation, path: Path) -> UUID:
    with witnessed(path):
        say(bank, "alice", "I have a dog")
    with tenant_context(bank.tenant.id):
        last = AuditEvent.objects.order_by("id").last()
    assert last is not None
    return last.id


def test_what_is_no_line_is_counted_and_stops_nothing(bank: Organisation, path: Path) -> None:
    sound = path.read_bytes()
    odd: list[bytes] = [
        b"not json",
        b'{"id": 7}',
        b'{"id": "x", "tenant": "y", "told_at": "z"}',
        b'["id"]',
        b"\xff\xfe{",
        b'{"id":"' + str(uuid4()).encode() + b'"}',
        b"{" * 20_000,
        b"",
    ]
    path.write_bytes(b"\n".join(odd) + b"\n" + sound + sound[:40])
    report = compared(bank, path)
    assert (report.told, report.agrees) == (3, True)
    assert report.unreadable >= 6


def test_lines_as_syslog_keeps_them_are_read(bank: Organisation, path: Path) -> None:
    kept = "".join(f"Nov 23 20:00:00 host memstore-witness: {line}\n" for line in path.read_text().splitlines())
    path.write_text(kept)
    assert (compared(bank, path).told, compared(bank, path).agrees) == (3, True)


def test_rotated_files_are_read_too(bank: Organisation, path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.with_name("events.20261123T000000000000Z.jsonl").write_text("".join(lines[:2]))
    path.write_text('{"rotated_from":"events.20261123T000000000000Z.jsonl"}\n' + "".join(lines[2:]))
    assert compared(bank, *witness_files(path)).told == 3


def test_many_lines_are_compared_in_batches_and_at_most_a_thousand_are_named(
    bank: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness_comparison, "BATCH", 10)
    monkeypatch.setattr(witness_comparison, "MAX_NAMED", 7)
    line = {"tenant": str(bank.tenant.id), "told_at": datetime.now(UTC).isoformat()}
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(line | {"id": str(uuid4())}) + "\n" for _ in range(95)))
    report = compared(bank, path)
    assert (report.told, report.n_missing, len(report.missing)) == (95, 95, 7)
