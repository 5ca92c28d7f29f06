"""Last use of memories: a recall counts as use where a retention rule counts from the last use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.processing.retention_rules import rules_in_force
from memstore.models import Card, Memory
from memstore.records.redate import new_dates

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

RESOLUTION = timedelta(days=1)  # a write per recall would cost more than the fact is worth


def touch(ids: Iterable[UUID]) -> None:
    """Note the use, at most once a day, and move the end of use. Runs in the transaction of the recall."""
    now = datetime.now(UTC)
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - RESOLUTION)
    rows = list(Memory.objects.select_for_update().filter(stale, id__in=list(ids)).order_by("id"))
    for row in rows:
        row.last_used_at = now
    for row, dates in new_dates(rows, rules_in_force()):
        Memory.objects.filter(id=row.id).update(
            last_used_at=now, expires_at=dates.expires_at, destroy_at=dates.destroy_at
        )
        # The sealed card allows `sealed_until` at most; moving the plain end up to there needs no new seal.
        Card.objects.filter(memory_id=row.id).update(expires_at=dates.expires_at)
