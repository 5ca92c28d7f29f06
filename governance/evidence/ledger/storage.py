"""Places of the ledger, outside both databases: a file, or objects in S3 under object lock (MEMSTORE_LEDGER)."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

from governance.errors import LedgerUnavailable
from governance.evidence.ledger.entries import Entry, in_order, read
from governance.secret_file import open_private, private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_s3.client import S3Client

TAIL_BYTES = 1 << 16  # more than almost every line; for a longer one, more is read


class Ledger(Protocol):
    """A place of the ledger, for one writer at a time.

    `shipping` holds a lock in the database around `last` and `append`. The methods raise LedgerUnavailable when the
    place cannot be reached, LedgerRefuses when a line is not sound.
    """

    def last(self) -> Entry | None: ...

    def append(self, entries: Sequence[Entry]) -> None:
        """Append the entries. Returns when they are durable."""

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries with a number above `after`, in order, each checked against the one before it."""


@dataclass(frozen=True)
class FileLedger:
    """A file of lines, mode 0600, only ever appended to. Keep it on another disk than the databases, and back it up."""

    path: Path

    def last(self) -> Entry | None:
        """Return the last whole line. A partial one was never acknowledged: its writer died before it was complete."""
        with _os_errors():
            if not self.path.exists():
                return None
            with self.path.open("rb") as file:
                begin, end = _last_line(file.fileno())
                line = os.pread(file.fileno(), end - begin, begin)
        return read(line.rstrip(b"\n")) if line else None

    def append(self, entries: Sequence[Entry]) -> None:
        with _os_errors():
            private_folder(self.path.parent)
            descriptor = open_private(self.path, os.O_RDWR | os.O_CREAT)
            try:
                os.ftruncate(descriptor, _last_line(descriptor)[1])
                os.lseek(descriptor, 0, os.SEEK_END)
                left = memoryview(b"".join(entry.line() for entry in entries))
                while left:  # a disk that is getting full takes a part, and fails at the next write
                    left = left[os.write(descriptor, left) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def entries(self, after: int = 0) -> Iterator[Entry]:
        with _os_errors():
            if not self.path.exists():
                return
            with self.path.open("rb") as file:
                lines = (read(line) for line in file if line.endswith(b"\n"))
                yield from (entry for entry in in_order(lines) if entry.number > after)


def _last_line(descriptor: int) -> tuple[int, int]:
    """Return where the last whole line begins and where it ends; (0, 0) without one."""
    size, length = os.fstat(descriptor).st_size, TAIL_BYTES
    while True:
        start = max(0, size - length)
        tail = os.pread(descriptor, size - start, start)
        end = tail.rfind(b"\n") + 1
        begin = tail.rfind(b"\n", 0, max(end - 1, 0)) + 1
        if start == 0 or begin:
            return start + begin, start + end
        length *= 4


@dataclass(frozen=True)
class S3Ledger:
    """Objects `<prefix>/<number>.json`, locked in compliance mode. A number is never written twice (If-None-Match)."""

    bucket: str
    prefix: str
    keep: timedelta

    def last(self) -> Entry | None:
        key = max(self._keys(0), default=None)
        return None if key is None else self._get(key)

    def append(self, entries: Sequence[Entry]) -> None:
        with _s3_errors():
            for entry in entries:
                self._client.put_object(
                    Bucket=self.bucket,
                    Key=self._key(entry.number),
                    Body=entry.line(),
                    ContentType="application/json",
                    ChecksumAlgorithm="SHA256",
                    IfNoneMatch="*",
                    ObjectLockMode="COMPLIANCE",
                    ObjectLockRetainUntilDate=datetime.now(UTC) + self.keep,
                )

    def entries(self, after: int = 0) -> Iterator[Entry]:
        found = (self._get(key) for key in self._keys(after))
        return in_order(found, after=after, previous=None if after else bytes(32))

    def _get(self, key: str) -> Entry:
        with _s3_errors():
            return read(self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def _keys(self, after: int) -> Iterator[str]:
        with _s3_errors():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._folder, StartAfter=self._key(after)
            )
            for page in pages:
                yield from (entry["Key"] for entry in page.get("Contents", []))

    @property
    def _folder(self) -> str:
        return f"{self.prefix}/" if self.prefix else ""

    def _key(self, number: int) -> str:
        return f"{self._folder}{number:020}.json"

    @cached_property
    def _client(self) -> S3Client:
        import boto3

        client: S3Client = boto3.client("s3")
        return client


def ledger() -> Ledger:
    """Return the configured place."""
    kind, place = settings.MEMSTORE_LEDGER
    if kind == "file":
        return FileLedger(Path(place))
    bucket, _, prefix = place.partition("/")
    return S3Ledger(bucket, prefix.strip("/"), keep=timedelta(days=settings.MEMSTORE_AUDIT_ANCHOR_DAYS))


@contextmanager
def _os_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LedgerUnavailable(f"the ledger's file cannot be used: {error.strerror}") from None


@contextmanager
def _s3_errors() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise LedgerUnavailable(f"S3 did not answer as it should: {type(error).__name__}") from None
