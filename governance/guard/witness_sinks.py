"""Sinks of the second witness: a file that notices when it is replaced, or syslog.

A sink is used by one thread of a process; several processes may append to the same file.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import stat
import sys
from datetime import UTC, datetime
from logging import LogRecord, makeLogRecord
from logging.handlers import SysLogHandler
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from governance.secret_file import open_private, private_folder

if TYPE_CHECKING:
    from socket import socket as Socket  # noqa: N812 - a type, beside an attribute of the same name

SYSLOG_PATIENCE_SECONDS = 1.0
LOCAL_SYSLOG = "/dev/log"
ROTATED = "rotated_from"
_HEAD_BYTES = 512  # enough for the first line of a file, which may tell of a rotation
_MEGABYTE = 2**20
log = logging.getLogger(__name__)


class Sink(Protocol):
    """Destination of the second witness's lines."""

    def write(self, lines: bytes) -> int:
        """Write `lines` and return how many bytes were taken; 0 when it can take none just now.

        Never waits for long. Raises OSError.
        """
        ...

    def is_robbed(self) -> bool:
        """Return whether lines written before are gone (file removed, replaced or cut).

        Afterwards the sink writes to a new file where the old one is gone.
        """
        ...

    def close(self) -> None: ...


def open_sink(setting: str, *, max_megabytes: int) -> Sink | None:
    """Return the sink that MEMSTORE_WITNESS names, or None for `none`.

    `api.configuration.env.sink` has checked the setting.
    """
    kind, _, place = setting.partition(":")
    if kind == "none":
        return None
    if kind == "file":
        return FileSink(Path(place), max_bytes=max_megabytes * _MEGABYTE)
    host, _, port = place.rpartition(":")
    return SyslogSink((host.strip("[]"), int(port)) if place else LOCAL_SYSLOG)


class FileSink:
    """Sink of JSON lines in a file of mode 0600.

    At `max_bytes` the file is renamed, and a new one begins with a line that says so.
    """

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._rotate_at = max_bytes
        self._descriptor: int | None = None
        self._seen = 0  # the size that the open file had last

    def write(self, lines: bytes) -> int:
        descriptor = self._open()
        try:
            taken = os.write(descriptor, lines)
        except BlockingIOError:  # a pipe without a reader that empties it
            return 0
        self._seen = os.fstat(descriptor).st_size
        if self._seen >= self._rotate_at:
            self._rotate_at = self._seen + self._max_bytes  # tried again then, should it fail
            try:
                self._rotate()
            except OSError as error:
                log.warning("witness_not_rotated", extra={"fields": {"problem": type(error).__name__}})
        return taken

    def is_robbed(self) -> bool:
        if self._descriptor is None:
            return False
        ours = os.fstat(self._descriptor)
        if not _is_at(self._path, ours):
            rotated = self._has_rotated(ours)
            self.close()
            return not rotated
        shrunk, self._seen = ours.st_size < self._seen, ours.st_size
        return shrunk

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        if self._descriptor is None:
            private_folder(self._path.parent)
            # Without O_NONBLOCK a pipe without a reader would block here.
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
            self._descriptor = open_private(self._path, flags)
            self._seen = os.fstat(self._descriptor).st_size
            self._rotate_at = self._max_bytes
        return self._descriptor

    def _rotate(self) -> None:
        """Rename the file and begin a new one.

        One of several processes does it; the others find their file under its new name.
        """
        ours = os.fstat(self._open())
        if not stat.S_ISREG(ours.st_mode):
            return
        lock = open_private(self._path.with_name(f".{self._path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is_at(self._path, ours):
                self._begin_anew()
                self.close()
        finally:
            os.close(lock)

    def _begin_anew(self) -> None:
        now = datetime.now(UTC)
        name = f"{self._path.stem}.{now:%Y%m%dT%H%M%S%fZ}{self._path.suffix}"
        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}.new")
        descriptor = open_private(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC)
        try:
            os.write(descriptor, json.dumps({ROTATED: name, "told_at": now.isoformat()}).encode() + b"\n")
        finally:
            os.close(descriptor)
        # Link the second name first, then replace: the path exists at every moment.
        os.link(self._path, self._path.with_name(name))
        fresh.replace(self._path)

    def _has_rotated(self, ours: os.stat_result) -> bool:
        """Return whether the open file was rotated.

        It is still beside the new one, and the new one says that it follows a rotation.
        """
        try:
            with self._path.open("rb") as new:
                if ROTATED.encode() not in new.readline(_HEAD_BYTES):
                    return False
        except OSError:
            return False
        return any(_is_at(path, ours) for path in witness_files(self._path))


def witness_files(path: Path) -> list[Path]:
    """Return the file and those that it was rotated to, oldest first."""
    return [*sorted(path.parent.glob(f"{path.stem}.*{path.suffix}")), *([path] if path.exists() else [])]


def _is_at(path: Path, ours: os.stat_result) -> bool:
    try:
        there = path.stat()
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


class SyslogSink:
    """Sink of one syslog message per line, facility authpriv.

    UDP and the local socket do not report what they lose.
    """

    def __init__(self, address: tuple[str, int] | str) -> None:
        self._address = address
        self._handler: _Handler | None = None

    def write(self, lines: bytes) -> int:
        taken = 0
        for line in lines.splitlines(keepends=True):
            try:
                self._handler = self._handler or _Handler(self._address, facility=SysLogHandler.LOG_AUTHPRIV)
                self._handler.emit(makeLogRecord({"msg": line.decode().strip(), "levelname": "INFO"}))
            except (TimeoutError, BlockingIOError):
                return taken
            taken += len(line)
        return taken

    def is_robbed(self) -> bool:
        return False

    def close(self) -> None:
        if self._handler is not None:
            self._handler.close()
            self._handler = None


class _Handler(SysLogHandler):
    """Syslog handler that raises its errors, and waits at most a second for a reader that hangs."""

    ident = "memstore-witness: "
    socket: Socket  # not in the published types either

    def _connect_unixsocket(self, address: str) -> None:
        # The handler connects anew by itself when a message did not go out.
        super()._connect_unixsocket(address)  # type: ignore[misc]  # not in the published types
        self.socket.settimeout(SYSLOG_PATIENCE_SECONDS)

    def handleError(self, record: LogRecord) -> None:  # noqa: N802 - the name is the standard library's
        error = sys.exc_info()[1]
        if error is not None:
            raise error
