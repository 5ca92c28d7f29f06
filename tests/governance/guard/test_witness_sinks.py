"""The places of the second witness: files that are taken away, rotated or full, and syslog."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from api.configuration import env
from governance.guard import witness, witness_sinks
from governance.guard.witness import FIELDS, Witness
from governance.guard.witness_sinks import FileSink, SyslogSink, open_sink, witness_files
from tests.governance.evidence.witnessing import losses, told, until, witnessed

if TYPE_CHECKING:
    from collections.abc import Callable

HUGE = 2**40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "witness" / "events.jsonl"


def tell_one(one: Witness) -> str:
    event_id = uuid4()
    one.tell((event_id, *[None] * (len(FIELDS) - 1)))
    return str(event_id)


def unlink(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.write_text("")


def replace_and_say_rotated(path: Path) -> None:
    """Replace the file as if it had been rotated, but keep what was written nowhere."""
    path.unlink()
    path.write_text('{"rotated_from":"events.20260101T000000000000Z.jsonl"}\n')


def truncate(path: Path) -> None:
    os.truncate(path, 10)


def remove_the_folder(path: Path) -> None:
    for found in path.parent.iterdir():
        found.unlink()
    path.parent.rmdir()


TAKEN_AWAY = [unlink, replace, replace_and_say_rotated, truncate, remove_the_folder]


@pytest.mark.django_db(transaction=True, databases=["default", "keys"])
@pytest.mark.parametrize("take_away", TAKEN_AWAY)
def test_a_file_that_is_taken_away_is_noticed_recorded_and_made_anew(
    path: Path, take_away: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness, "CHECK_SECONDS", 0.05)
    before = losses()
    with witnessed(path) as one:
        tell_one(one)
        until(lambda: told(path))
        take_away(path)
        until(lambda: one.state().lost == 1)  # without any event in between
        later = tell_one(one)
        until(lambda: later in path.read_text() if path.exists() else False)
        until(lambda: len(losses()) > len(before))
        assert one.state().lost == 1
    assert losses()[len(before) :] == [0]


def test_a_file_that_nobody_touches_is_no_incident(path: Path) -> None:
    one, other = FileSink(path, max_bytes=HUGE), FileSink(path, max_bytes=HUGE)
    for _ in range(3):
        for sink in (one, other):
            assert sink.write(b"{}\n") == 3
            assert not sink.is_robbed()
    assert path.read_bytes() == b"{}\n" * 6


def test_processes_that_share_a_file_agree_on_its_rotation(path: Path) -> None:
    written, robbed = 0, []
    found = [FileSink(path, max_bytes=1_000) for _ in range(3)]
    for n in range(600):
        for sink in found:
            robbed.append(sink.is_robbed())
            line = json.dumps({"id": f"{n}"}).encode() + b"\n"
            assert sink.write(line) == len(line)
            written += 1
    assert not any(robbed)
    files = witness_files(path)
    assert len(files) > 10
    assert max(file.stat().st_size for file in files) < 2_000
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert sum("id" in line for line in lines) == written
    # Each file but the first begins by naming the one before it.
    heads = [json.loads(file.read_text().splitlines()[0]).get("rotated_from") for file in files]
    assert heads == [None, *[file.name for file in files[:-1]]]
    assert {oct(file.stat().st_mode)[-3:] for file in files} == {"600"}


def test_a_rotated_file_that_is_gone_as_well_is_an_incident(path: Path) -> None:
    one, other = FileSink(path, max_bytes=100), FileSink(path, max_bytes=100)
    one.write(b"{}\n")
    other.write(b"x" * 100)
    assert not other.is_robbed()
    for file in witness_files(path)[:-1]:
        file.unlink()
    assert one.is_robbed()


def test_where_a_file_cannot_get_a_second_name_it_grows_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    one = FileSink(path, max_bytes=10)
    monkeypatch.setattr("os.link", refuse)
    for _ in range(3):
        assert one.write(b"x" * 20) == 20
    assert path.stat().st_size == 60
    assert not one.is_robbed()


def test_a_device_is_neither_rotated_nor_missed() -> None:
    one = FileSink(Path("/dev/null"), max_bytes=1)
    assert one.write(b"{}\n") == 3
    assert not one.is_robbed()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_a_full_disk_is_an_error_of_the_sink_and_the_lines_stay() -> None:
    one = Witness(FileSink(Path("/dev/full"), max_bytes=HUGE), backlog=100, report=lambda _: None)
    tell_one(one)
    until(lambda: one._unwritten)
    assert one.state().written == 0
    assert one.state().backlog == 1


# Syslog


def test_each_line_is_one_message_to_a_syslog_server() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        sink = open_sink(f"syslog:127.0.0.1:{server.getsockname()[1]}", max_megabytes=1)
        assert sink is not None
        assert sink.write(b'{"id":"1%s"}\n{"id":"2"}\n') == 24
        messages = [server.recv(1_000) for _ in range(2)]
        sink.close()
    assert messages == [b'<86>memstore-witness: {"id":"1%s"}\0', b'<86>memstore-witness: {"id":"2"}\0']


def test_a_local_syslog_that_hangs_holds_the_thread_for_a_second_and_loses_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness_sinks, "SYSLOG_PATIENCE_SECONDS", 0.1)
    address = str(tmp_path / "log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(address)
        sink = SyslogSink(address)
        line = b"{}\n"
        taken = sink.write(line * 300)  # without a reader
        assert 0 < taken < len(line) * 300
        server.setblocking(False)
        received = 0
        while taken < len(line) * 300 or received < 300:
            try:
                server.recv(1_000)
                received += 1
            except BlockingIOError:
                taken += sink.write(line * (300 - taken // len(line)))
        sink.close()
    assert received == 300


def test_a_syslog_that_is_not_there_is_an_error_of_the_sink(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        SyslogSink(str(tmp_path / "nobody")).write(b"{}\n")


# The setting


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (None, "file:/home/witness/events.jsonl"),
        ("file:/var/log/memstore.jsonl", "file:/var/log/memstore.jsonl"),
        ("none", "none:"),
        ("syslog:", "syslog:"),
        ("syslog:log.example:514", "syslog:log.example:514"),
        ("syslog:[::1]:514", "syslog:[::1]:514"),
    ],
)
def test_the_setting_names_a_place(monkeypatch: pytest.MonkeyPatch, given: str | None, value: str) -> None:
    monkeypatch.delenv("MEMSTORE_TRIED", raising=False)
    if given is not None:
        monkeypatch.setenv("MEMSTORE_TRIED", given)
    assert env.sink("MEMSTORE_TRIED", Path("/home/witness/events.jsonl")) == value


@pytest.mark.parametrize(
    "given",
    ["file:", "file:/", "tape:1", "none:x", "syslog:host", "syslog::514", "syslog:h:0", "syslog:h:-1", "events"],
)
def test_a_place_that_cannot_be_stops_the_start(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("MEMSTORE_TRIED", given)
    with pytest.raises(env.BadSetting, match="MEMSTORE_TRIED: expected file:<path>, syslog:"):
        env.sink("MEMSTORE_TRIED", Path("/home"))
