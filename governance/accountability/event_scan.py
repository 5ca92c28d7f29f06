"""Scan of many events in one pass: how many of each kind, from when to when, and which memories they list.

Rows come in binary and in chunks, with ids as bytes and times as whole numbers, so that 100,000 events take a fraction
of a second and any number of them takes the same memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from psycopg.types.numeric import Int8BinaryLoader
from psycopg.types.string import ByteaBinaryLoader

from governance.accountability.actors import Who
from governance.accountability.tally import Table, tally, together
from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNK = 20_000
_COLUMNS = (
    "principal_id, role, job, subject_id, purpose_version_id, type, reason, at, items,"
    " items IS NULL AND item_digest IS NOT NULL"
)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # of PostgreSQL's binary timestamps
_Key = tuple[bytes, str, str | None, bytes | None, bytes | None, str, str]
_Row = tuple[bytes, str, str | None, bytes | None, bytes | None, str, str, int, bytes | None, bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """Events that are counted together: what they have in common, how many they are, and their first and last time."""

    who: Who
    subject_id: UUID | None
    purpose_version_id: UUID | None
    type: str
    reason: str
    events: int
    first_at: datetime
    last_at: datetime

    @property
    def allowed(self) -> bool:
        return self.reason == ReasonCode.ALLOWED.value


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of a scan. `memories` is grouped by the places of `kinds`.

    `unlisted`: events that had too many memories to list them.
    """

    kinds: tuple[Kind, ...]
    memories: Table
    unlisted: int


def moment(microseconds: int) -> datetime:
    """Return a time of a `Table` as a datetime."""
    return _EPOCH + timedelta(microseconds=microseconds)


def scan(condition: str, values: Sequence[object]) -> Scan:
    """Count all events of the current tenant under `condition`, which is SQL of our own.

    Call it inside the tenant's context.
    """
    places: dict[_Key, int] = {}
    counts: list[list[int]] = []  # events, first, last
    parts: list[Table] = []
    unlisted = 0
    for rows in _chunks(condition, values):
        groups, times, items = [], [], []
        for row in rows:
            key, at, listed, is_unlisted = row[:7], row[7], row[8], row[9]
            place = places.setdefault(key, len(counts))
            if place == len(counts):
                counts.append([0, at, at])
            count = counts[place]
            count[0] += 1
            if at < count[1]:
                count[1] = at
            elif at > count[2]:
                count[2] = at
            unlisted += is_unlisted
            if listed is not None:
                groups.append(place)
                times.append(at)
                items.append(listed)
        parts.append(tally(groups, times, items))
    kinds = tuple(_kind(key, count) for key, count in zip(places, counts, strict=True))
    return Scan(kinds, together(parts), unlisted)


def _chunks(condition: str, values: Sequence[object]) -> Iterator[list[_Row]]:
    query = f"SELECT {_COLUMNS} FROM governance_auditevent WHERE {condition}"  # noqa: S608 - our own condition
    with connection.wrap_database_errors, connection.connection.cursor(name="report", binary=True) as cursor:
        cursor.adapters.register_loader("uuid", ByteaBinaryLoader)
        cursor.adapters.register_loader("timestamptz", Int8BinaryLoader)
        cursor.execute(query, values)
        while rows := cursor.fetchmany(CHUNK):
            yield rows


def _kind(key: _Key, count: list[int]) -> Kind:
    principal, role, job, subject, version, type_, reason = key
    return Kind(
        who=Who(UUID(bytes=principal), role, job),
        subject_id=None if subject is None else UUID(bytes=subject),
        purpose_version_id=None if version is None else UUID(bytes=version),
        type=type_,
        reason=reason,
        events=count[0],
        first_at=moment(count[1]),
        last_at=moment(count[2]),
    )
