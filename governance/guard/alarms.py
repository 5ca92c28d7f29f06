"""Alarms: events about what must never happen.

Each is written when it is noticed, once a day for each object that it is about.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.guard import audit_event
from governance.ids import NIL, uuid7
from governance.models import AuditEvent
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, Role, SystemJob

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

log = logging.getLogger(__name__)
ONCE_IN = timedelta(days=1)
ALARMS = (Action.DAMAGE_FOUND, Action.CLOCK_JUMPED, Action.LEDGER_DAMAGED, Action.MESSAGE_PARKED)


def report_damage(tenant_id: UUID, objects: Iterable[UUID], *, subject_id: UUID | None = None) -> None:
    """Raise the alarm about sealed values that do not open, or hold what nothing here would write.

    In the current transaction, if any. `objects`: ids of memories, sources, identities or request files. Raises
    AuditUnavailable.
    """
    found = sorted(set(objects))
    for object_id in found:
        log.error("damaged", extra={"fields": {"tenant": str(tenant_id), "object": str(object_id)}})
    raise_alarm(Action.DAMAGE_FOUND, tenant_id=tenant_id, objects=found, subject_id=subject_id)


def damaged_since(since: datetime) -> QuerySet[AuditEvent]:
    """Return the events from `since` on about damage to what the current tenant keeps."""
    return AuditEvent.objects.filter(type=Action.DAMAGE_FOUND.value, at__gte=since)


def raise_alarm(
    action: Action, *, tenant_id: UUID = NIL, objects: Iterable[UUID] = (), subject_id: UUID | None = None
) -> None:
    """Write one event for each object that no alarm of this action named within ONCE_IN; without objects, one in all.

    Raises AuditUnavailable.
    """
    wanted: list[UUID | None] = [*objects] or [None]
    with tenant_context(tenant_id):
        recent = AuditEvent.objects.filter(type=action.value, at__gt=datetime.now(UTC) - ONCE_IN)
        known = set(recent.values_list("object_id", flat=True))
        events = [
            audit_event.Event(
                type=action,
                reason=ReasonCode.ALLOWED,
                tenant_id=tenant_id,
                principal_id=NIL,
                role=Role.SYSTEM,
                job=SystemJob.ALARM,
                request_id=uuid7(),
                subject_id=subject_id,
                object_id=object_id,
                n_items=1,
            )
            for object_id in wanted
            if object_id not in known
        ]
        audit_event.write_all(events)
