"""The second witness: what is reported to it and when, and that no fault of it delays or fails a request."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import transaction

from governance.errors import AccessRefused, AuditUnavailable
from governance.guard import audit_event, witness
from governance.guard.authorize import authorize
from governance.guard.witness import FIELDS, Witness
from governance.guard.witness_sinks import FileSink, witness_files
from governance.models import RevealReason
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Capability, SubjectKind
from memstore.recall.recall import recall
from tests.governance.evidence.witnessing import losses, told, until, witnessed
from tests.support.cast import DATABASES, Organisation, say

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

LINE = tuple(None for _ in FIELDS)


def tell_one(n: int = 1) -> None:
    for _ in range(n):
        witness.tell((uuid4(), *LINE[1:]))


# What is told, and when


def test_each_committed_event_is_told_with_the_fields_of_its_row(bank: Organisation, tmp_path: Path) -> None:
    path = tmp_path / "witness" / "events.jsonl"
    with witnessed(path):
        say(bank, "alice", "I like qz7canary tea")
        recall(caller=bank.caller(), query="tea", filters={"user_id": "alice"})
        with pytest.raises(AccessRefused):
            recall(caller=bank.caller(purpose="offers"), query="tea", filters={"user_id": "alice"})
    events = bank.events()
    lines = {UUID(line["id"]): line for line in told(path)}
    assert [event.id for event in events if event.type != "authenticate"] == list(lines)
    for event in events:
        line = lines[event.id]
        assert line["told_at"] >= (event.at - timedelta(seconds=5)).isoformat()
        assert {name: line[name] for name in FIELDS} == {
            "id": str(event.id),
            "tenant": str(bank.tenant.id),
            "type": event.type,
            "reason": event.reason,
            "principal": str(event.principal_id),
            "role": event.role,
            "job": event.job,
            "request": str(event.request_id),
            "subject": str(event.subject_id) if event.subject_id else None,
            "object": str(event.object_id) if event.object_id else None,
            "purpose_version": str(event.purpose_version_id) if event.purpose_version_id else None,
            "lawful_basis": event.lawful_basis,
            "n_items": event.n_items,
            "item_digest": bytes(event.item_digest).hex() if event.item_digest else None,
        }
        assert set(line) == {*FIELDS, "pid", "told_at"}
        assert line["pid"] == os.getpid()
    assert {line["reason"] for line in lines.values()} == {"allowed", "consent_missing"}
    assert "qz7canary" not in path.read_text()
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)


def test_what_was_rolled_back_is_not_told(bank: Organisation, tmp_path: Path) -> None:
    with witnessed(tmp_path / "events.jsonl"):
        grant = authorize(caller=bank.caller(), action=Action.CONNECT)
        with tenant_context(bank.tenant.id):
            grant.record()
            transaction.set_rollback(True)
        with tenant_context(bank.tenant.id):
            with transaction.atomic():
                grant.record()
                transaction.set_rollback(True)
            grant.record()
        audit_event.try_out()
    assert len(told(tmp_path / "events.jsonl")) == 1


def test_an_event_that_was_not_written_since_the_facts_moved_is_not_told(bank: Organisation, tmp_path: Path) -> None:
    say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    with witnessed(tmp_path / "events.jsonl"):
        grant = authorize(caller=bank.caller(), action=Action.RECALL, subject=alice)
        with grant.effect():
            assert grant.record(revision=-1) is False
    assert told(tmp_path / "events.jsonl") == []


def test_this_process_tells_the_file_of_the_settings(bank: Organisation) -> None:
    kind, _, place = settings.MEMSTORE_WITNESS.partition(":")
    assert kind == "file"
    say(bank, "alice", "I like tea")
    last = str(bank.events()[-1].id)
    until(lambda: any(last in path.read_text() for path in witness_files(Path(place))))
    found = witness.state()
    assert found is not None
    assert not found.is_behind


def test_every_ten_seconds_there_is_a_heartbeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(witness, "HEARTBEAT_SECONDS", 0.1)
    path = tmp_path / "events.jsonl"
    with witnessed(path) as one:
        tell_one()
        until(lambda: path.exists() and path.read_text().count('"heartbeat":true') >= 3)
        quiet = one.state().quiet_seconds
    beats = [json.loads(line) for line in path.read_text().splitlines() if "heartbeat" in line]
    assert set(beats[-1]) == {"heartbeat", "pid", "told_at", "written", "dropped", "backlog"}
    assert (beats[-1]["pid"], beats[-1]["dropped"]) == (os.getpid(), 0)
    assert beats[-1]["written"] >= 1
    assert quiet is not None
    assert quiet < 5


def test_an_ending_process_still_tells_what_it_committed(tmp_path: Path) -> None:
    script = (
        "import django; django.setup()\n"
        "from uuid import uuid4; from governance.guard import witness\n"
        f"for _ in range(500): witness.tell((uuid4(), *[None] * {len(FIELDS) - 1}))\n"
    )
    path = tmp_path / "events.jsonl"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "api.settings", "MEMSTORE_WITNESS": f"file:{path}"}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)
    assert len(told(path)) == 500


def test_a_forked_child_has_a_witness_of_its_own(tmp_path: Path) -> None:
    script = (
        "import os, django; django.setup()\n"
        "from uuid import uuid4; from governance.guard import witness\n"
        f"tell = lambda: witness.tell((uuid4(), *[None] * {len(FIELDS) - 1}))\n"
        "tell()\n"
        "child = os.fork()\n"
        "tell()\n"
        "if child: assert os.waitpid(child, 0)[1] == 0\n"
        "else: witness._current.end(); os._exit(0)\n"
    )
    path = tmp_path / "events.jsonl"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "api.settings", "MEMSTORE_WITNESS": f"file:{path}"}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)
    pids = [line["pid"] for line in told(path)]
    assert sorted(pids.count(pid) for pid in set(pids)) == [1, 2]


def test_without_a_witness_nothing_is_told_and_nothing_fails(bank: Organisation, tmp_path: Path) -> None:
    script = (
        "import threading, django; django.setup()\n"
        "from governance.guard import witness\n"
        f"witness.tell(tuple([None] * {len(FIELDS)}))\n"
        "assert witness.state() is None and not witness.is_full()\n"
        "assert 'audit-witness' not in [thread.name for thread in threading.enumerate()]\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "api.settings", "MEMSTORE_WITNESS": "none"}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)


def test_telling_costs_a_request_a_few_microseconds(bank: Organisation, tmp_path: Path) -> None:
    with witnessed(tmp_path / "events.jsonl", backlog=100_000):
        tell_one()
        values: list[object] = [uuid4()] * 17
        took = []
        for _ in range(20):
            started = time.perf_counter()
            for _ in range(100):
                witness.tell(audit_event._told(values))
            took.append((time.perf_counter() - started) / 100)
            time.sleep(0.01)
    assert min(took) < 15e-6


# A witness that cannot follow


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A pipe without a reader."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_sink_that_hangs_delays_nobody_and_holds_no_more_than_its_backlog(bank: Organisation, pipe: Path) -> None:
    with witnessed(pipe, backlog=100) as one:
        started = time.perf_counter()
        tell_one(5_000)
        assert time.perf_counter() - started < 1.0
        say(bank, "alice", "I like tea")  # a request is served
        state = one.state()
        assert state.full
        assert state.is_behind
        assert state.backlog <= 100 + witness.BATCH
        assert state.dropped >= 4_700


def test_what_a_hanging_reader_did_not_take_comes_later_and_whole(pipe: Path) -> None:
    with witnessed(pipe, backlog=1_000) as one:
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        try:
            tell_one(1_000)  # more than the 64 KB of a pipe
            until(lambda: one.state().written > 0)
            time.sleep(0.2)
            assert one.state().written < 1_000
            taken = b""
            while taken.count(b'"id"') < 1_000:
                try:
                    taken += os.read(reader, 65_536)
                except BlockingIOError:
                    time.sleep(0.05)
        finally:
            os.close(reader)
    ids = []
    for line in taken.splitlines():
        try:
            ids.append(json.loads(line)["id"])
        except (ValueError, KeyError):
            continue
    assert len(set(ids)) == 1_000


class FullDisk:
    """A sink that takes nothing until there is room."""

    def __init__(self) -> None:
        self.room = False
        self.taken = b""

    def write(self, lines: bytes) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        self.taken += lines
        return len(lines)

    def is_robbed(self) -> bool:
        return False

    def close(self) -> None:
        return


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(witness, "CHECK_SECONDS", 0.05)


def special_key(bank: Organisation) -> str:
    return bank.another_key([Capability.REMEMBER, Capability.RECALL, Capability.RECALL_SPECIAL])


def ordinary_key(bank: Organisation) -> str:
    return bank.another_key([Capability.REMEMBER, Capability.RECALL])


def test_while_lines_are_dropped_special_data_is_not_read_and_all_else_is(bank: Organisation, quick: None) -> None:
    say(bank, "alice", "I like tea")
    special, ordinary, disk = special_key(bank), ordinary_key(bank), FullDisk()

    def found(key: str) -> int:
        return len(recall(caller=bank.caller(key_text=key), query="tea", filters={"user_id": "alice"}, threshold=0))

    with witnessed(disk, backlog=100) as one:
        assert found(special) == found(ordinary) == 1
        tell_one(1_000)
        assert one.full
        n_events = len(bank.events())
        with pytest.raises(AuditUnavailable):
            found(special)
        assert len(bank.events()) == n_events
        assert found(ordinary) == 1
        say(bank, "alice", "I like coffee", key_text=special)  # to write shows nothing
        disk.room = True
        until(lambda: not one.full)
        assert found(special) == 2
        until(lambda: one.state().backlog == 0)
    assert disk.taken.count(b"\n") >= 100


def test_while_lines_are_dropped_the_broken_glass_shows_nothing_and_masks_go_on(bank: Organisation) -> None:
    from governance.access.break_glass import break_glass
    from memstore.oversight.inspection import inspect

    say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    rita, dora = bank.staff("rita"), bank.staff("dora")
    break_glass(caller=rita, subject=alice, reason=RevealReason.SAFETY, reference="1", minutes=5)
    with witnessed(FullDisk(), backlog=100):
        tell_one(1_000)
        with pytest.raises(AuditUnavailable):
            inspect(caller=rita, subject_id=alice.id)
        assert inspect(caller=dora, subject_id=alice.id)[1] == 1


def test_dropped_lines_are_on_the_record_once_a_minute(bank: Organisation, quick: None) -> None:
    disk, before = FullDisk(), losses()
    with witnessed(disk, backlog=100) as one:
        tell_one(1_000)
        disk.room = True
        until(lambda: len(losses()) > len(before))
        dropped = one.state().dropped
        until(lambda: not one.full)
        disk.room = False
        tell_one(1_000)
        time.sleep(0.3)
        assert losses()[len(before) :] == [dropped]


def test_an_incident_that_cannot_be_recorded_is_recorded_later(quick: None, tmp_path: Path) -> None:
    reported, failing = [], [True]

    def report(n_dropped: int) -> None:
        if failing[0]:
            raise AuditUnavailable
        reported.append(n_dropped)

    path = tmp_path / "events.jsonl"
    one = Witness(FileSink(path, max_bytes=2**40), backlog=100, report=report)
    one.tell(LINE)
    until(path.exists)
    path.unlink()
    until(lambda: one.state().lost == 1)
    time.sleep(0.2)
    assert reported == []
    failing[0] = False
    until(lambda: reported == [0])
    one.end()
