"""Readers of the person's own data: how often and when last, by kind of reader and never by name (C-579/21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.accountability.period import Period
from governance.accountability.subject_access import reads_of
from governance.guard.authorize import authorize
from governance.subjects.oneself import oneself
from governance.vocabulary import Action

if TYPE_CHECKING:
    from governance.context import Caller

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Readers:
    """All reads by one kind of reader. `role` is a value of `Role`."""

    role: str
    reads: int
    first_at: datetime
    last_at: datetime


def who_read(*, caller: Caller) -> tuple[Readers, ...]:
    """Return the reads of the last 365 days by kind of reader, the most frequent first.

    Refusals are left out: they showed nothing.
    """
    grant = authorize(caller=caller, action=Action.READ_OWN_ACCESS, subject=oneself(caller))
    now = datetime.now(UTC)
    found: dict[str, Readers] = {}
    with grant.effect():
        for kind in reads_of(caller.principal.id, Period(now - YEAR, now)):
            seen = found.get(kind.who.role)
            found[kind.who.role] = Readers(
                role=kind.who.role,
                reads=kind.events + (seen.reads if seen else 0),
                first_at=min(kind.first_at, seen.first_at) if seen else kind.first_at,
                last_at=max(kind.last_at, seen.last_at) if seen else kind.last_at,
            )
        grant.record_under_lock(n_items=len(found))
    return tuple(sorted(found.values(), key=lambda readers: (-readers.reads, readers.role)))
