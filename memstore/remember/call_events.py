"""Events of calls: the outcome of each write.

Ids and status are stored; texts are opened anew for the key that asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.guard.alarms import report_damage
from governance.guard.authorize import authorize, on_current_facts, refuse, subjects_of
from governance.subjects.look_up import clear, subject_numbered
from governance.subjects.subjects import subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, DataClass, ReasonCode
from memstore.errors import MemoryNotFound
from memstore.models import Job, JobKind, Memory
from memstore.records.insert import Stored
from memstore.records.payload import current_versions, readable_payloads

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.policy.decide import SubjectFacts


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One event; `stored` are the memories that its call added."""

    job: Job
    stored: tuple[Stored, ...] = ()


@dataclass(frozen=True, slots=True)
class CallEventPage:
    """One page of events. `total` counts the events of all pages."""

    events: tuple[CallEvent, ...]
    total: int


@on_current_facts
def event(*, caller: Caller, event_id: UUID) -> CallEvent:
    """Return one event with its results. Raises MemoryNotFound for a missing event and for that of another key."""
    cleared = clear(caller=caller, action=Action.READ_EVENT, object_id=event_id)
    with tenant_context(caller.tenant_id):
        job = Job.objects.filter(id=event_id, principal_id=caller.principal.id).first()
    subject = subject_numbered(cleared, job.subject_id if job else None)
    if job is None:
        refuse(caller, Action.READ_EVENT, ReasonCode.NOT_FOUND, object_id=event_id)
        raise MemoryNotFound
    grant = authorize(caller=caller, action=Action.READ_EVENT, subject=subject, object_id=event_id)
    with grant.effect(subjects=subjects_of([grant])):
        stored: list[Stored] = []
        if job.kind == JobKind.ADD and job.purpose_id and grant.subject is not None:
            stored = _results(job, grant, grant.subject, job.purpose_id)
        grant.record(items=[(fact.id, 1) for fact in stored], object_id=event_id)
    return CallEvent(job, tuple(stored))


def events(*, caller: Caller, page: int = 1, page_size: int = 100) -> CallEventPage:
    """Return one page, counted from 1, of the caller's own events, newest first, without results."""
    grant = authorize(caller=caller, action=Action.READ_EVENT)
    with tenant_context(caller.tenant_id):
        mine = Job.objects.filter(principal_id=caller.principal.id).order_by("-created_at", "-id")
        total = mine.count()
        found = tuple(CallEvent(job) for job in mine[(page - 1) * page_size : page * page_size])
        grant.record(n_items=len(found))
    return CallEventPage(found, total)


def _results(job: Job, grant: Grant, subject: SubjectFacts, purpose_id: UUID) -> list[Stored]:
    """Return the memories that the job added, in their current wording: those still live that the caller may see."""
    classes = [data_class.value for data_class in DataClass if grant.allowed.sees(purpose_id, data_class)]
    live = Memory.objects.readable(datetime.now(UTC)).filter(job_id=job.id, data_class__in=classes)
    rows = sorted(current_versions(live).values(), key=lambda row: row.memory_id)
    if not rows:
        return []
    opened = readable_payloads(subject_sealer(job.tenant_id, subject, purpose_id), rows)
    both = list(zip(rows, opened, strict=True))
    if damaged := [row.memory_id for row, payload in both if payload is None]:
        report_damage(job.tenant_id, damaged, subject_id=subject.id)
    return [Stored(row.memory_id, payload.text, added=True) for row, payload in both if payload is not None]
