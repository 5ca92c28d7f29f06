"""The second witness against the trail: reported events that are missing from the trail or differ in it."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from governance.guard.witness import FIELDS
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BATCH = 1_000
GRACE = timedelta(seconds=60)
MAX_NAMED = 1_000  # of each kind; the rest is counted
MAX_LINE_BYTES = 16_384

_COLUMNS = (
    "e.id, e.tenant_id, e.type, e.reason, e.principal_id, e.role, e.job, e.request_id, e.subject_id, e.object_id,"
    " e.purpose_version_id, e.lawful_basis, e.n_items, encode(e.item_digest, 'hex')"
)
# The reported events that are stored; and those that were dropped on the record, which happens to sealed ones only.
_THERE = f"SELECT {_COLUMNS} FROM governance_auditevent e WHERE e.id = ANY (%s)"  # noqa: S608 - our own columns
_DROPPED = """
    SELECT l.event_id FROM governance_auditleaf l
      JOIN governance_auditdrop d ON d.month = date_trunc('month', l.at, 'UTC')::date
     WHERE l.event_id = ANY (%s)
"""
_Told = dict[str, object]


@dataclass(frozen=True, slots=True)
class Difference:
    """One event with the names of the fields that differ between the trail and the witness."""

    event_id: UUID
    fields: tuple[str, ...]


@dataclass(slots=True)
class WitnessReport:
    """The result of a comparison. `told`: events compared; `unreadable`: lines that are no report.

    Unreadable lines are no alarm by themselves, since a disk may be full.
    """

    told: int = 0
    n_missing: int = 0
    n_differing: int = 0
    dropped: int = 0
    unreadable: int = 0
    missing: list[UUID] = field(default_factory=list)
    differing: list[Difference] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        return not self.n_missing and not self.n_differing


def compare_witness(
    tenant_id: UUID | None, paths: Iterable[Path], since: datetime | None = None, *, now: datetime | None = None
) -> WitnessReport:
    """Compare the witness files with the trail: every event reported until a minute ago must be in it unchanged.

    `tenant_id` None: of all tenants. Reads the files once, line by line, ignoring what syslog put before the JSON, and
    holds a thousand lines at a time. Raises OSError for a file that cannot be read.
    """
    report = WitnessReport()
    until = (now or datetime.now(UTC)) - GRACE
    wanted = (
        told
        for told in _lines(paths, report)
        if (tenant_id is None or told["tenant"] == str(tenant_id)) and _counts(told, since, until)
    )
    while batch := list(islice(wanted, BATCH)):
        by_tenant: dict[UUID, dict[UUID, _Told]] = defaultdict(dict)
        for told in batch:
            by_tenant[UUID(str(told["tenant"]))][UUID(str(told["id"]))] = told
        for whose, lines in by_tenant.items():
            _compare(whose, lines, report)
    return report


def _lines(paths: Iterable[Path], report: WitnessReport) -> Iterator[_Told]:
    for path in paths:
        with path.open("rb") as file:
            while line := file.readline(MAX_LINE_BYTES):
                if not line.endswith(b"\n") and len(line) < MAX_LINE_BYTES:
                    break  # still being written
                told = _parsed(line)
                if told is None:
                    report.unreadable += bool(line.strip())
                elif "id" in told:
                    yield told


def _parsed(line: bytes) -> _Told | None:
    """Return the object of a line, or None. One with an id has a valid tenant and moment as well."""
    try:
        told = json.loads(line[line.index(b"{") :].rstrip(b"\0\r\n "))
        if "id" in told:
            UUID(told["id"]), UUID(told["tenant"]), datetime.fromisoformat(told["told_at"]).astimezone(UTC)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _counts(told: _Told, since: datetime | None, until: datetime) -> bool:
    at = datetime.fromisoformat(str(told["told_at"])).astimezone(UTC)
    return at <= until and (since is None or at >= since)


def _compare(tenant_id: UUID, lines: dict[UUID, _Told], report: WitnessReport) -> None:
    ids = list(lines)
    with tenant_context(tenant_id), connection.cursor() as cursor:
        cursor.execute(_THERE, [ids])
        there = {row[0]: row for row in cursor.fetchall()}
        missing = [event_id for event_id in ids if event_id not in there]
        cursor.execute(_DROPPED, [missing])
        dropped = {row[0] for row in cursor.fetchall()}
    report.told += len(ids)
    report.dropped += len(dropped)
    for event_id in missing:
        if event_id not in dropped:
            report.n_missing += 1
            if len(report.missing) < MAX_NAMED:
                report.missing.append(event_id)
    for event_id, row in there.items():
        fields = tuple(
            name for name, value in zip(FIELDS, row, strict=True) if lines[event_id].get(name) != _as_told(value)
        )
        if fields:
            report.n_differing += 1
            if len(report.differing) < MAX_NAMED:
                report.differing.append(Difference(event_id, fields))


def _as_told(value: UUID | str | int | None) -> str | int | None:
    return str(value) if isinstance(value, UUID) else value
