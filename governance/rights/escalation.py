"""Scheduled work on requests: escalation before the due date, and deletion of expired files, links and tokens."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from governance.access.form_tokens import drop_old_forms
from governance.guard.authorize import authorize, system_caller
from governance.keyring.keys import shred_request_key
from governance.models import ENDED, UNFINISHED, Erasure, RightsRequest, Tenant
from governance.rights.clocks import escalate_at
from governance.rights.handling import end_with_the_person
from governance.rights.link_issuers import drop_old_links
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import for_each_tenant
from governance.vocabulary import Action, SubjectState, SystemJob

if TYPE_CHECKING:
    from uuid import UUID

log = logging.getLogger(__name__)


def escalate_all() -> int:
    """Run the scheduled work of every tenant. Return how many requests were escalated.

    A tenant that fails is logged and does not keep the others waiting.
    """
    return sum(for_each_tenant("escalate", _escalate_and_tidy).values())


def _escalate_and_tidy(tenant_id: UUID) -> int:
    end_of_erased(tenant_id)
    escalated = escalate(tenant_id)
    end_files(tenant_id)
    drop_leftovers(tenant_id)
    return escalated


def escalate(tenant_id: UUID, now: datetime | None = None) -> int:
    """Escalate open requests that come near their due date, each once. Return how many.

    An escalation is an audit event and a log warning; the request shows in the inbox of those who handle requests.
    """
    moment = now or datetime.now(UTC)
    grant = authorize(caller=system_caller(tenant_id, SystemJob.CLOCKS), action=Action.ESCALATE_REQUEST)
    with grant.effect():
        running = RightsRequest.objects.open().filter(escalated_at=None, paused_at=None)
        near = [row for row in running.select_for_update() if escalate_at(row.due_at, row.received_at) <= moment]
        for row in near:
            row.escalated_at = moment
            row.save(update_fields=["escalated_at"])
            grant.record_under_lock(subject_id=row.subject_id, object_id=row.id)
            left = str(row.due_at - moment)
            log.warning("request_due", extra={"fields": {"request": str(row.id), "kind": row.kind, "left": left}})
    return len(near)


def end_of_erased(tenant_id: UUID) -> int:
    """End the requests of erased people that are still open. Return how many.

    They were opened while the erasure came to its end, or came back with a backup.
    """
    caller = system_caller(tenant_id, SystemJob.CLOCKS)
    with tenant_context(tenant_id):
        unfinished = Erasure.objects.filter(subject_id=OuterRef("subject_id"), state__in=UNFINISHED)
        still = RightsRequest.objects.open().filter(~Exists(unfinished))
        gone = still.filter(subject__state=SubjectState.ERASED.value).values_list("subject_id", flat=True).distinct()
        people = list(gone)
        return sum(end_with_the_person(caller, subject_id) for subject_id in people)


def drop_leftovers(tenant_id: UUID, now: datetime | None = None) -> int:
    """Delete old portal links and form tokens. Return how many; nothing is recorded when there were none."""
    moment = now or datetime.now(UTC)
    grant = authorize(caller=system_caller(tenant_id, SystemJob.CLOCKS), action=Action.EXPIRE)
    with grant.effect():
        dropped = drop_old_links(moment) + drop_old_forms(moment)
        if dropped:
            grant.record_under_lock(n_items=dropped)
    return dropped


def end_files(tenant_id: UUID, now: datetime | None = None) -> int:
    """Destroy the files of requests whose retention is over: first the key, then the bytes. Return how many."""
    moment = now or datetime.now(UTC)
    with tenant_context(tenant_id):
        kept = timedelta(days=Tenant.objects.get(id=tenant_id).request_file_days)
        over = RightsRequest.objects.filter(state__in=ENDED, closed_at__lt=moment - kept).filter(~Q(sealed=b""))
        ids = list(over.values_list("id", flat=True))
    for request_id in ids:
        grant = authorize(caller=system_caller(tenant_id, SystemJob.CLOCKS), action=Action.EXPIRE)
        with grant.effect():
            shred_request_key(tenant_id=tenant_id, request_id=request_id)
            RightsRequest.objects.filter(id=request_id).update(sealed=b"")
            grant.record_under_lock(object_id=request_id, n_items=1)
    return len(ids)
