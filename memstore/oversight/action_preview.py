"""Preview of an action of staff, in numbers, before it is done. Nothing here changes anything.

The numbers come from the planner of erasures, so they are what would happen.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.errors import NoSuchObject
from governance.guard.authorize import authorize
from governance.keyring.keys import person_keys
from governance.models import (
    AuditEvent,
    BreakGlass,
    Compatibility,
    CopyLink,
    LegalHold,
    Objection,
    PortalLink,
    PortalSitting,
    RequestKind,
    StaffSession,
    Subject,
)
from governance.processing.objections import is_objectionable
from governance.rights.requests import visible
from governance.vocabulary import Action, MemoryState
from memstore.forget.erasure.begin import will_erase_at_once
from memstore.forget.erasure.plan import ERASE, Plan, PurposePlan, plan
from memstore.models import Job, Memory, MemoryVersion, Quarantine
from memstore.records.raised import waiting_statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from governance.context import Caller
    from governance.models import RightsRequest


@dataclass(frozen=True, slots=True)
class Outlook:
    """Effect that an action would have now.

    `memories` and `conversations` are deleted and `keys` destroyed with them; `kept` memories stay because of the law.
    `untouched` memories of the person stay as they are. `links` (to copies and to the person's page, open pages too)
    stop working. `at_once`: an erasure that runs with the verification. `digest`: of the plan behind the numbers.
    """

    memories: int = 0
    conversations: int = 0
    kept: int = 0
    untouched: int = 0
    keys: int = 0
    links: int = 0
    parts: tuple[PurposePlan, ...] = ()
    at_once: bool = False
    digest: str = ""


def outlook_of_request(*, caller: Caller, request_id: UUID) -> Outlook:
    """Return the effect of doing what a request asks for. Raises NoSuchObject, AccessRefused."""
    grant = authorize(caller=caller, action=Action.PLAN_ERASURE, object_id=request_id)
    with grant.effect(object_id=request_id):
        request = visible(caller).filter(id=request_id).first()
        if request is None:
            raise NoSuchObject("request")
        subject, found = _plan(request.subject_id, request_id)
        seen = _of(found, _concerned(caller, request, found))
        if request.kind == RequestKind.ERASURE.value:
            at_once = will_erase_at_once(request, found, verified_by=caller.principal.id)
            seen = replace(seen, links=_links(subject.id), at_once=at_once)
        grant.record_under_lock(subject_id=subject.id, object_id=request_id, n_items=1)
    whole = request.kind == RequestKind.ERASURE.value and found.is_complete
    return replace(seen, keys=_keys(caller, subject.id, seen, whole=whole))


def outlook_of_objection(*, caller: Caller, objection_id: UUID) -> Outlook:
    """Return the effect of upholding an objection. Raises NoSuchObject, AccessRefused."""
    grant = authorize(caller=caller, action=Action.READ_OBJECTIONS, object_id=objection_id)
    with grant.effect(object_id=objection_id):
        row = Objection.objects.filter(id=objection_id).first()
        if row is None:
            raise NoSuchObject("objection")
        subject, found = _plan(row.subject_id)
        seen = _of(found, {row.purpose_id})
        grant.record_under_lock(subject_id=subject.id, object_id=objection_id)
    return replace(seen, keys=_keys(caller, subject.id, seen, whole=False))


def outlook_of_statement(*, caller: Caller, statement_id: UUID) -> Outlook | None:
    """Return the effect of an upheld objection for a statement that waits; None where it cannot be objected to.

    `at_once`: an objection to direct marketing, which is not assessed (Art. 21(3)). Raises NoSuchObject, AccessRefused.
    """
    grant = authorize(caller=caller, action=Action.READ_OBJECTIONS, object_id=statement_id)
    rules = {rule.purpose_id: rule for rule in caller.principal.purposes}
    with grant.effect(object_id=statement_id):
        row = waiting_statements().filter(id=statement_id).first()
        if row is None or row.purpose_id not in rules:
            raise NoSuchObject("statement")
        subject, found = _plan(row.subject_id)
        seen = replace(_of(found, {row.purpose_id}), at_once=rules[row.purpose_id].direct_marketing)
        grant.record_under_lock(subject_id=subject.id, object_id=statement_id)
    if not is_objectionable(rules[row.purpose_id]):
        return None
    return replace(seen, keys=_keys(caller, subject.id, seen, whole=False))


def outlook_of_rejection(*, caller: Caller, memory_id: UUID) -> Outlook:
    """Return the effect of rejecting a memory in quarantine: it goes with its source, unless the law keeps it.

    Raises NoSuchObject, AccessRefused.
    """
    grant = authorize(caller=caller, action=Action.READ_QUARANTINE, object_id=memory_id)
    with grant.effect(object_id=memory_id):
        row = Quarantine.objects.filter(memory_id=memory_id).first()
        if row is None:
            raise NoSuchObject("quarantined memory")
        memory = Memory.objects.get(id=memory_id)
        _, found = _plan(memory.subject_id)
        part = next((one for one in found.purposes if one.purpose_id == memory.purpose_id), None)
        now = datetime.now(UTC)
        floor = memory.keep_until is not None and memory.keep_until > now
        stays = floor or (part is not None and part.action != ERASE and part.n_kept == part.n_memories)
        versions = MemoryVersion.objects.filter(memory_id=memory_id, source_id__isnull=False)
        sources = versions.values("source_id").distinct().count()
        grant.record(n_items=1)
    return Outlook(kept=1) if stays else Outlook(memories=1, conversations=sources)


def outlook_of_release(*, caller: Caller, hold_id: UUID) -> Outlook:
    """Return the effect of releasing a hold. Raises NoSuchObject, AccessRefused.

    `memories` are past their end and go with the next sweep; `untouched` lose the protection.
    """
    grant = authorize(caller=caller, action=Action.READ_HOLDS, object_id=hold_id)
    with grant.effect(object_id=hold_id):
        row = LegalHold.objects.filter(id=hold_id).first()
        if row is None:
            raise NoSuchObject("hold")
        held = Memory.objects.filter(subject_id=row.subject_id)
        held = held.filter(purpose_id=row.purpose_id) if row.purpose_id else held
        now = datetime.now(UTC)
        due = held.filter(destroy_at__lte=now).filter(Q(keep_until__isnull=True) | Q(keep_until__lte=now)).count()
        seen = Outlook(memories=due, untouched=held.count() - due)
        grant.record_under_lock(subject_id=row.subject_id, object_id=hold_id)
    return seen


def outlook_of_restriction(*, caller: Caller, subject_id: UUID) -> Outlook:
    """Return the effect of lifting a restriction: `untouched` memories are in use again.

    Raises NoSuchObject, AccessRefused.
    """
    grant = authorize(caller=caller, action=Action.PLAN_ERASURE, object_id=subject_id)
    with grant.effect(object_id=subject_id):
        if not Subject.objects.filter(id=subject_id).exists():
            raise NoSuchObject("subject")
        kept = Memory.objects.filter(subject_id=subject_id, state=MemoryState.ACTIVE.value).count()
        grant.record_under_lock(subject_id=subject_id)
    return Outlook(untouched=kept)


def open_sessions(*, caller: Caller, user_id: UUID) -> int:
    """Return how many sessions of a member of staff would end."""
    now = datetime.now(UTC)
    with _configuration(caller, user_id):
        return StaffSession.objects.filter(user_id=user_id, ended_at=None, expires_at__gt=now).count()


def unfinished_jobs(*, caller: Caller, key_id: UUID) -> int:
    """Return how many unfinished jobs of an API key would fail."""
    with _configuration(caller, key_id):
        return Job.objects.unfinished().filter(principal_id=key_id).count()


def also_read(*, caller: Caller, compatibility_id: UUID) -> int:
    """Return how many memories would no longer be read for the other purpose. Raises NoSuchObject."""
    with _configuration(caller, compatibility_id):
        row = Compatibility.objects.filter(id=compatibility_id).first()
        if row is None:
            raise NoSuchObject("compatibility")
        return Memory.objects.filter(purpose_id=row.source_id, state=MemoryState.ACTIVE.value).count()


def looks(*, caller: Caller, break_glass_id: UUID) -> int:
    """Return how often the person's memories were shown in clear during a break-glass. Raises NoSuchObject."""
    with _configuration(caller, break_glass_id):
        row = BreakGlass.objects.filter(id=break_glass_id).first()
        if row is None:
            raise NoSuchObject("break-glass")
        events = AuditEvent.objects.filter(type=Action.INSPECT.value, principal_id=row.user_id)
        return events.filter(subject_id=row.subject_id, at__gte=row.opened_at, at__lt=row.closes_at).count()


@contextmanager
def _configuration(caller: Caller, object_id: UUID) -> Iterator[None]:
    """Open the transaction of a count that shows no words, for staff who read the configuration, on the record."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION, object_id=object_id)
    with grant.effect(object_id=object_id):
        yield
        grant.record(object_id=object_id)


def _plan(subject_id: UUID, request_id: UUID | None = None) -> tuple[Subject, Plan]:
    """Return the subject and its plan, without a lock: the later action compares the digest."""
    subject = Subject.objects.get(id=subject_id)
    return subject, plan(subject, datetime.now(UTC), request_id)


def _concerned(caller: Caller, request: RightsRequest, found: Plan) -> set[UUID]:
    """Return the purposes of which something is deleted when the request is done."""
    kind = RequestKind(request.kind)
    if kind is RequestKind.ERASURE:
        return {part.purpose_id for part in found.purposes}
    at_once = {rule.purpose_id for rule in caller.principal.purposes if rule.direct_marketing}  # Art. 21(3)
    ends = kind is RequestKind.WITHDRAWAL or (kind is RequestKind.OBJECTION and request.purpose_id in at_once)
    return {request.purpose_id} if ends and request.purpose_id is not None else set()


def _of(found: Plan, concerned: set[UUID]) -> Outlook:
    parts = tuple(part for part in found.purposes if part.purpose_id in concerned)
    others = sum(part.n_memories for part in found.purposes if part.purpose_id not in concerned)
    return Outlook(
        memories=sum(part.n_memories - part.n_kept for part in parts),
        # Under a hold the sources stay; under a retention floor (which has a day) only the memories do.
        conversations=sum(part.n_sources for part in parts if part.action == ERASE or part.kept_until is not None),
        kept=sum(part.n_kept for part in parts),
        untouched=others,
        parts=parts,
        digest=found.digest().hex(),
    )


def _keys(caller: Caller, subject_id: UUID, seen: Outlook, *, whole: bool) -> int:
    """Return how many keys are destroyed; with nothing left of the person also the key of their identity."""
    purposes = None if whole else [part.purpose_id for part in seen.parts if part.action == ERASE]
    return len(person_keys(tenant_id=caller.tenant_id, subject_id=subject_id, purposes=purposes))


def _links(subject_id: UUID) -> int:
    """Return how many links to copies and to the person's page would still work, and how many pages are open."""
    now = datetime.now(UTC)
    unused = {"used_at": None, "expires_at__gt": now}
    copies = CopyLink.objects.filter(request__subject_id=subject_id, **unused).count()
    links = PortalLink.objects.filter(subject_id=subject_id, **unused).count()
    return (
        copies + links + PortalSitting.objects.filter(subject_id=subject_id, ended_at=None, expires_at__gt=now).count()
    )
