"""Events: what became of a call. Ids and status are kept; texts are rendered anew, for the key that made the call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.guard import authorize, refuse
from governance.keyring.keys import purpose_sealer
from governance.policy import Action, ReasonCode
from governance.subjects import subject_facts
from governance.tenancy import tenant_context
from memstore.errors import MemoryNotFound
from memstore.models import Job, JobKind, Memory, MemoryState, MemoryVersion
from memstore.payload import open_payloads
from memstore.store import Stored

if TYPE_CHECKING:
    from uuid import UUID

    from governance.guard import Caller


@dataclass(frozen=True, slots=True)
class EventView:
    job: Job
    stored: tuple[Stored, ...] = ()


@dataclass(frozen=True, slots=True)
class EventPage:
    events: tuple[EventView, ...]
    total: int


def event(*, caller: Caller, event_id: UUID) -> EventView:
    """One event with its results. Raises MemoryNotFound for another key's event as for a missing one."""
    with tenant_context(caller.tenant_id):
        job = Job.objects.filter(id=event_id, principal_id=caller.principal.id).first()
    if job is None:
        refuse(caller, Action.READ_EVENT, ReasonCode.NOT_FOUND, object_id=event_id)
        raise MemoryNotFound
    subject = subject_facts(caller.tenant_id, [job.subject_id]).get(job.subject_id) if job.subject_id else None
    grant = authorize(caller=caller, action=Action.READ_EVENT, subject=subject, object_id=event_id)
    readable = {rule.purpose_id for rule in grant.allowed.purposes}
    with tenant_context(caller.tenant_id):
        stored: list[Stored] = []
        if job.kind == JobKind.ADD and job.subject_id and job.purpose_id in readable:
            stored = _results(job, caller.tenant_id, job.subject_id, job.purpose_id)
        grant.record(items=[(fact.id, 1) for fact in stored], object_id=event_id)
    return EventView(job, tuple(stored))


def events(*, caller: Caller, page: int = 1, page_size: int = 100) -> EventPage:
    """The caller's own events, newest first, without results."""
    grant = authorize(caller=caller, action=Action.READ_EVENT)
    with tenant_context(caller.tenant_id):
        mine = Job.objects.filter(principal_id=caller.principal.id).order_by("-created_at", "-id")
        total = mine.count()
        found = tuple(EventView(job) for job in mine[(page - 1) * page_size : page * page_size])
        grant.record(n_items=len(found))
    return EventPage(found, total)


def _results(job: Job, tenant_id: UUID, subject_id: UUID, purpose_id: UUID) -> list[Stored]:
    """The memories that the job added and that are still live, in their current wording."""
    live = Memory.objects.filter(job_id=job.id, state=MemoryState.ACTIVE, expires_at__gt=datetime.now(UTC)).order_by(
        "id"
    )
    versions = {
        row.memory_id: row for row in MemoryVersion.objects.filter(memory__in=live).order_by("memory_id", "version")
    }
    if not versions:
        return []
    sealer = purpose_sealer(tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id)
    rows = list(versions.values())
    return [
        Stored(row.memory_id, payload.text, added=True)
        for row, payload in zip(rows, open_payloads(sealer, rows), strict=True)
    ]
