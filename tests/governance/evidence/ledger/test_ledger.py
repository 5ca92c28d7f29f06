"""The chain of the ledger, its places, how notes get into it, and when nothing may be served."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from governance.errors import LedgerRefuses, LedgerUnavailable
from governance.evidence.ledger import start_gate, verify_ledger
from governance.evidence.ledger.entries import NOTHING, chained, in_order, read
from governance.evidence.ledger.protections import protect
from governance.evidence.ledger.shipping import positions, refuse_restored, set_positions, ship, ship_all, waiting
from governance.evidence.ledger.storage import FileLedger, ledger
from governance.evidence.ledger.verify_ledger import check_ledger, check_ledger_when_due
from governance.evidence.trail_health import alarms
from governance.ids import uuid7
from governance.keyring.models import LedgerHead
from governance.models import LedgerPosition, Protection, ProtectionKind
from governance.tenancy.tenant_context import tenant_context
from memstore.forget.forget import forget
from memstore.forget.restore.replay import open_gate
from tests.support.cast import DATABASES, Organisation, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from pytest_django import Settings

    from governance.evidence.ledger.entries import Entry

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture
def fresh(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A new installation: an empty ledger, and databases that have seen none."""
    before = positions()
    set_positions(0, NOTHING)
    path = tmp_path / "ledger.jsonl"
    settings.MEMSTORE_LEDGER = ("file", str(path))
    yield path
    (data, data_hash), (keys, keys_hash) = before
    LedgerPosition.objects.update_or_create(id=1, defaults={"number": data, "hash": data_hash})
    LedgerHead.objects.update_or_create(id=1, defaults={"number": keys, "hash": keys_hash})


def notes(n: int) -> list[Protection]:
    return [
        Protection(
            id=uuid7(), tenant_id=uuid4(), kind="restrict", at=datetime.now(UTC), subject_id=uuid4(), effect={"a": i}
        )
        for i in range(n)
    ]


def entries(n: int) -> list[Entry]:
    return chained(notes(n), number=0, previous=NOTHING)


def deletions(bank: Organisation, n: int) -> None:
    """Write so many lines into the ledger.

    One memory stays: with the last one the person's identity would be closed, which is a line of its own.
    """
    say(bank, "alice", "what stays")
    for number in range(n):
        forget(caller=bank.caller(), ids=[say(bank, "alice", f"fact {number}").stored[0].id])


def test_what_is_written_is_read_again() -> None:
    made = entries(5)
    assert list(in_order(read(entry.line().rstrip(b"\n")) for entry in made)) == made


@given(st.integers(min_value=0, max_value=4), st.data())
def test_one_changed_byte_of_a_line_is_noticed(place: int, data: st.DataObject) -> None:
    lines = [entry.line() for entry in entries(5)]
    line = lines[place]
    at = data.draw(st.integers(min_value=0, max_value=len(line) - 2))
    lines[place] = line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]
    with pytest.raises(LedgerRefuses):
        list(in_order(read(one) for one in lines))


@pytest.mark.parametrize("order", [[1, 2, 3, 4], [0, 1, 3, 4], [0, 2, 1, 3, 4], [0, 1, 1, 2]])
def test_a_line_left_out_moved_or_repeated_is_noticed(order: list[int]) -> None:
    made = entries(5)
    with pytest.raises(LedgerRefuses):
        list(in_order(made[place] for place in order))


def test_a_protection_is_in_the_ledger_when_its_caller_has_an_answer(bank: Organisation, fresh: Path) -> None:
    deletions(bank, 2)
    found = list(ledger().entries())
    assert [(entry.number, entry.kind, entry.tenant_id) for entry in found] == [
        (1, ProtectionKind.DELETE, bank.tenant.id),
        (2, ProtectionKind.DELETE, bank.tenant.id),
    ]
    assert positions() == ((2, found[-1].hash), (2, found[-1].hash))
    assert waiting(bank.tenant.id) == 0
    assert fresh.stat().st_mode & 0o777 == 0o600
    assert b"fact" not in fresh.read_bytes()


def test_where_the_ledger_cannot_be_reached_it_waits_and_is_not_ready(
    bank: Organisation, fresh: Path, settings: Settings
) -> None:
    settings.MEMSTORE_LEDGER = ("file", "/proc/nowhere/ledger.jsonl")
    deletions(bank, 1)
    assert waiting(bank.tenant.id) == 1
    settings.MEMSTORE_LEDGER = ("file", str(fresh))
    assert ship_all() >= 1
    assert waiting(bank.tenant.id) == 0


def test_a_tenant_whose_protections_cannot_be_counted_keeps_no_other_waiting(
    bank: Organisation, outsider: Organisation, fresh: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(tenant_id: UUID) -> int:
        if tenant_id == outsider.tenant.id:
            raise OSError("the database went away")
        return waiting(tenant_id)

    settings.MEMSTORE_LEDGER = ("file", "/proc/nowhere/ledger.jsonl")
    deletions(bank, 1)
    settings.MEMSTORE_LEDGER = ("file", str(fresh))
    tenants = [outsider.tenant.id, bank.tenant.id]  # the one that fails comes first
    monkeypatch.setattr("governance.tenancy.tenant_lookup.tenant_ids", lambda: tenants)
    monkeypatch.setattr("governance.evidence.ledger.shipping.waiting", counted)
    assert ship_all() == 1
    assert waiting(bank.tenant.id) == 0


def test_who_died_between_the_ledger_and_the_database_leaves_no_second_line(bank: Organisation, fresh: Path) -> None:
    deletions(bank, 1)
    with tenant_context(bank.tenant.id):
        [row] = [Protection(tenant_id=bank.tenant.id, kind="delete", memory_ids=[uuid4()])]
        row.save(force_insert=True)
        row.refresh_from_db()
    last = ledger().last()
    assert last is not None
    ledger().append(chained([row], number=1, previous=last.hash))  # and here it died
    refuse_restored()
    assert open_gate() is None  # nothing had to be replayed: the effect was there, and its note too
    assert ship(bank.tenant.id) == 0
    assert [entry.number for entry in ledger().entries()] == [1, 2]
    assert start_gate.compare().in_step


@pytest.mark.parametrize("what", ["data", "keys"])
def test_a_backup_that_was_restored_under_a_running_process_appends_nothing_before_the_replay(
    bank: Organisation, fresh: Path, what: str
) -> None:
    deletions(bank, 3)
    first = next(iter(ledger().entries()))
    position = LedgerPosition if what == "data" else LedgerHead
    position.objects.update(number=1, hash=first.hash)  # as in a backup from after the first
    deletions(bank, 1)
    assert [entry.number for entry in ledger().entries()] == [1, 2, 3]
    assert waiting(bank.tenant.id) == 1
    with pytest.raises(LedgerRefuses, match="restored"):
        refuse_restored()
    report = open_gate()
    assert report is not None
    assert report.entries["delete"] == 2
    assert [entry.number for entry in ledger().entries()] == [1, 2, 3, 4]
    assert start_gate.compare().in_step


def test_a_line_that_is_not_whole_was_never_acknowledged(bank: Organisation, fresh: Path) -> None:
    deletions(bank, 1)
    with fresh.open("ab") as file:
        file.write(b'{"number": 2, "half')
    deletions(bank, 1)
    assert [entry.number for entry in ledger().entries()] == [1, 2]


@pytest.mark.parametrize("what", ["data", "keys"])
def test_a_ledger_that_is_shorter_than_a_database_knows_it_is_refused(
    bank: Organisation, fresh: Path, what: str
) -> None:
    deletions(bank, 3)
    kept = fresh.read_bytes().splitlines(keepends=True)
    if what == "keys":
        LedgerPosition.objects.update(number=2)
    fresh.write_bytes(b"".join(kept[:2]))
    with pytest.raises(LedgerRefuses, match=f"the {what} database has seen number 3"):
        open_gate()


def test_another_history_of_the_same_length_is_refused(bank: Organisation, fresh: Path) -> None:
    deletions(bank, 2)
    number = positions()[0][0]
    set_positions(number, bytes(32))
    with pytest.raises(LedgerRefuses, match="another history"):
        open_gate()


def test_a_line_in_the_middle_that_was_edited_is_an_alarm_at_the_next_check(
    bank: Organisation, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_ledger, "_sound_at", None)
    deletions(bank, 3)
    assert check_ledger_when_due() is True
    assert check_ledger_when_due() is None  # not due again for hours
    lines = fresh.read_bytes().splitlines(keepends=True)
    edited = lines[1].replace(b"delete", b"shred")
    assert edited != lines[1]
    fresh.write_bytes(lines[0] + edited + lines[2])
    assert start_gate.compare().in_step  # what each request and readiness look at: the end of it alone
    assert check_ledger() is False
    assert alarms()["ledger_damaged"] >= 1
    assert check_ledger_when_due() is False  # looked at each time for as long as it is so
    fresh.write_bytes(b"".join(lines))
    assert check_ledger_when_due() is True


def test_lines_that_were_all_chained_anew_are_not_what_the_databases_have_seen(bank: Organisation, fresh: Path) -> None:
    deletions(bank, 3)
    first, *_ = FileLedger(fresh).entries()
    forged = chained(notes(2), number=1, previous=first.hash)
    fresh.write_bytes(b"".join(entry.line() for entry in (first, *forged)))
    assert check_ledger() is False


def test_a_place_that_cannot_be_reached_is_no_damage(bank: Organisation, fresh: Path) -> None:
    deletions(bank, 1)
    before = alarms()["ledger_damaged"]
    fresh.unlink()
    fresh.mkdir()
    assert check_ledger() is False
    assert alarms()["ledger_damaged"] == before


def test_a_missing_ledger_is_refused_where_there_was_one_and_welcome_where_there_was_none(
    bank: Organisation, fresh: Path
) -> None:
    assert open_gate() is None
    deletions(bank, 1)
    fresh.unlink()
    with pytest.raises(LedgerRefuses):
        open_gate()


def test_an_unreadable_ledger_is_no_empty_one(bank: Organisation, fresh: Path, settings: Settings) -> None:
    deletions(bank, 1)
    fresh.write_bytes(b"no line of a ledger\n")
    with pytest.raises(LedgerRefuses):
        open_gate()


@example_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_whatever_lies_there_instead_is_refused_or_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.jsonl"
    path.write_bytes(content)
    place = FileLedger(path)
    try:
        found = list(place.entries())
    except (LedgerRefuses, LedgerUnavailable):
        return
    assert found == []
    assert content.count(b"\n") == 0


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(
        Bucket="ledger",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        ObjectLockEnabledForBucket=True,
    )
    yield "ledger"
    server.stop()


def test_in_s3_lines_are_locked_and_no_number_is_written_twice(
    bank: Organisation, fresh: Path, bucket: str, settings: Settings
) -> None:
    settings.MEMSTORE_LEDGER = ("s3", f"{bucket}/memstore")
    deletions(bank, 3)
    place = ledger()
    found = list(place.entries())
    assert [entry.number for entry in found] == [1, 2, 3]
    assert list(place.entries(after=1)) == found[1:]
    assert place.last() == found[-1]
    with pytest.raises(LedgerUnavailable):
        place.append(found[-1:])
    locked = boto3.client("s3").head_object(Bucket=bucket, Key=f"memstore/{1:020}.json")
    assert locked["ObjectLockMode"] == "COMPLIANCE"
    assert start_gate.compare(thoroughly=True).in_step


def test_a_line_of_any_length_is_the_last(tmp_path: Path) -> None:
    place = FileLedger(tmp_path / "ledger.jsonl")
    long = Protection(id=uuid7(), tenant_id=uuid4(), kind="delete", at=datetime.now(UTC), subject_id=uuid4())
    long.memory_ids = [uuid4() for _ in range(40_000)]
    made = chained([*notes(2), long, *notes(1)], number=0, previous=NOTHING)
    for n in range(1, 5):
        place.append(made[n - 1 : n])
        assert place.last() == made[n - 1]
    assert list(place.entries()) == made


def test_one_deletion_of_many_memories_makes_several_lines(bank: Organisation, fresh: Path) -> None:
    ids = [uuid4() for _ in range(2_500)]
    with tenant_context(bank.tenant.id):
        protect(ProtectionKind.DELETE, tenant_id=bank.tenant.id, subject_id=uuid4(), memory_ids=ids)
    assert [len(entry.memory_ids) for entry in ledger().entries()] == [1_000, 1_000, 500]


def test_a_disk_that_takes_a_part_loses_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, made, write = FileLedger(tmp_path / "ledger.jsonl"), entries(6), os.write
    monkeypatch.setattr(
        "governance.evidence.ledger.storage.os.write", lambda file, content: write(file, bytes(content)[:100])
    )
    place.append(made[:3])
    assert list(place.entries()) == made[:3]

    def full(file: int, content: bytes) -> int:
        if len(content) < 300:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, bytes(content)[:100])

    monkeypatch.setattr("governance.evidence.ledger.storage.os.write", full)
    with pytest.raises(LedgerUnavailable):
        place.append(made[3:])
    monkeypatch.undo()
    there = list(place.entries())
    assert there == made[: len(there)]
    place.append(made[len(there) :])
    assert list(place.entries()) == made
