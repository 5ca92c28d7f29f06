"""Drop: months of events deleted at the end of their retention. Their leaves stay, so the rest still verifies.

A dropped event stays provable as to its hash and its place, and can no longer be read or guessed: its salt is deleted
with it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from psycopg.sql import SQL, Identifier

from governance.errors import InvalidChange
from governance.evidence.dropped_ranges import dropped_runs, merged
from governance.evidence.verify_stored_trail import verify
from governance.guard.audit_event import packed
from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.models import AuditDrop, AuditLeaf, AuditQueued
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import tenant_ids
from governance.vocabulary import Action, SystemJob

if TYPE_CHECKING:
    from governance.evidence.verify_stored_trail import Progress


# The leaves of a period as runs: (first number, length).
_RUNS = """
    SELECT min(index), count(*) FROM (
        SELECT index, index - row_number() OVER (ORDER BY index) AS run FROM governance_auditleaf
        WHERE tenant_id = %s AND at >= %s AND at < %s) leaves
    GROUP BY run ORDER BY 1
"""


def drop_month(month: date, progress: Progress | None = None) -> dict[UUID, int]:
    """Drop every tenant's events of one month. Return the number of events by tenant.

    Run it as the owner of the tables. Raises InvalidChange for a month that is too young, not wholly sealed or not
    anchored, and for a trail that does not verify: then nothing is dropped. Raises AnchorUnavailable.
    """
    first = month.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    today = datetime.now(UTC).date()
    age = (today.year - after.year) * 12 + today.month - after.month
    if age < settings.MEMSTORE_AUDIT_KEEP_MONTHS:
        raise InvalidChange("month", f"is kept for MEMSTORE_AUDIT_KEEP_MONTHS={settings.MEMSTORE_AUDIT_KEEP_MONTHS}")
    period = (_midnight(first), _midnight(after))
    tenants = [NIL, *tenant_ids()]
    for tenant_id in tenants:
        _may_drop(tenant_id, period, progress)
    dropped = {}
    partition = f"governance_auditevent_{first:%Y%m}"
    with transaction.atomic(), connection.cursor() as cursor:
        for tenant_id in tenants:
            dropped[tenant_id] = _record_drop(tenant_id, first, period)
        cursor.execute(SQL("DROP TABLE {}").format(Identifier(partition)))
    return {tenant_id: n for tenant_id, n in dropped.items() if n}


def _may_drop(tenant_id: UUID, period: tuple[datetime, datetime], progress: Progress | None) -> None:
    """Raise InvalidChange unless the month's events are sealed and anchored outside, and the trail is intact."""
    verdict = verify(tenant_id, progress)
    if verdict.problem is not None:
        raise InvalidChange("month", f"the trail of tenant {tenant_id} does not verify: {verdict.detail}")
    with tenant_context(tenant_id):
        waiting = AuditQueued.objects.filter(tenant_id=tenant_id, at__gte=period[0], at__lt=period[1]).exists()
        leaves = AuditLeaf.objects.filter(tenant_id=tenant_id, at__gte=period[0], at__lt=period[1])
        last = leaves.aggregate(last=Max("index"))["last"]
    if waiting:
        raise InvalidChange("month", f"events of tenant {tenant_id} still wait for the sealer")
    if last is not None and (verdict.anchored_size is None or verdict.anchored_size <= last):
        raise InvalidChange("month", f"the trail of tenant {tenant_id} is not anchored beyond that month")


def _record_drop(tenant_id: UUID, month: date, period: tuple[datetime, datetime]) -> int:
    """Record the drop of one tenant. Return the number of events.

    The audit event lists the runs as (first number, length), cumulative: the newest drop states all that is missing.
    """
    caller = system_caller(tenant_id, SystemJob.AUDIT_DROP)
    grant = authorize(caller=caller, action=Action.DROP_AUDIT)
    with tenant_context(tenant_id):
        with connection.cursor() as cursor:
            cursor.execute(_RUNS, [tenant_id, *period])
            found = cursor.fetchall()
        if not found:
            return 0
        n = sum(int(length) for _, length in found)
        runs = [(UUID(int=first), length) for first, length in merged([*found, *dropped_runs(tenant_id).runs()])]
        row = AuditDrop.objects.create(tenant_id=tenant_id, month=month, runs=packed(runs), n_events=n)
        grant.record(items=runs, n_items=n, object_id=row.id)
    return n


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
