"""Dropped ranges: the leaf numbers whose events are rightly missing, as their drops state on the record."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from governance.guard.audit_event import unpacked
from governance.models import AuditDrop, AuditEvent
from governance.vocabulary import Action

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

_SAME_TRANSACTION = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class DroppedRuns:
    """Runs of leaf numbers [start, end), ascending, whose events were dropped on the record."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def runs(self) -> list[tuple[int, int]]:
        """Return (first number, length) of each run."""
        return [(start, end - start) for start, end in zip(self.starts, self.ends, strict=True)]

    def covers(self, index: int) -> bool:
        """Return whether the event of leaf `index` was dropped."""
        place = bisect_right(self.starts, index) - 1
        return place >= 0 and index < self.ends[place]


def dropped_runs(tenant_id: UUID) -> DroppedRuns:
    """Return what the tenant's newest drop covers: each drop states all runs so far, in an event that is sealed.

    A row whose event is missing, or has another digest, covers nothing: then the missing events count as deleted.
    """
    row = AuditDrop.objects.filter(tenant_id=tenant_id).order_by("-at").first()
    if row is None:
        return DroppedRuns()
    near = (row.at - _SAME_TRANSACTION, row.at + _SAME_TRANSACTION)
    event = AuditEvent.objects.filter(
        tenant_id=tenant_id, type=Action.DROP_AUDIT.value, object_id=row.id, at__range=near
    ).first()
    runs = bytes(row.runs)
    if event is None or bytes(event.item_digest or b"") != hashlib.sha256(runs).digest():
        return DroppedRuns()
    pairs = [(number.int, length) for number, length in unpacked(runs)]
    return DroppedRuns(tuple(first for first, _ in pairs), tuple(first + length for first, length in pairs))


def merged(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the runs in ascending order, with neighbours joined, as (first number, length). None may overlap."""
    joined: list[tuple[int, int]] = []
    for first, length in sorted(runs):
        if joined and first == sum(joined[-1]):
            joined[-1] = (joined[-1][0], joined[-1][1] + length)
        else:
            joined.append((first, length))
    return joined
