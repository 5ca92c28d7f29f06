"""Erasure by the operator: the plan of a person, a request for them, and its progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import NoSuchObject
from governance.guard.authorize import authorize, system_caller
from governance.models import Erasure, ErasureStepDone, Verification
from governance.subjects.look_up import clear, subject_named
from governance.subjects.subject_lock import lock_subject
from governance.vocabulary import Action, SubjectKind, SubjectState, SystemJob
from memstore.forget.erasure.erase_person import erase_person
from memstore.forget.erasure.plan import Plan, plan

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class ErasureProgress:
    """Progress of an erasure. `state` is a word of ErasureState; `steps` are those done in this `round`, in order."""

    erasure_id: UUID
    state: str
    round: int
    steps: tuple[str, ...]
    problem: str
    plan: Plan


def plan_of(*, tenant_id: UUID, user_id: str) -> Plan:
    """Return what an erasure would do now: nothing for an unknown or erased id. Changes nothing."""
    caller = system_caller(tenant_id, SystemJob.OPERATOR)
    cleared = clear(caller=caller, action=Action.ERASE, names={SubjectKind.USER: user_id}, kind=SubjectKind.USER)
    grant = authorize(caller=caller, action=Action.ERASE)
    known = subject_named(cleared, SubjectKind.USER)
    if known is None or known.state is SubjectState.ERASED:
        return Plan(0, 0, 0, ())
    with grant.effect():
        found = plan(lock_subject(known.id), datetime.now(UTC))
        grant.record_under_lock(subject_id=known.id, n_items=0)
        return found


def erase_by_operator(*, tenant_id: UUID, user_id: str) -> UUID:
    """Open an erasure request and begin it. Return the request's id. It needs approval like any other."""
    caller = system_caller(tenant_id, SystemJob.OPERATOR)
    deleted = erase_person(caller=caller, user_id=user_id, action=Action.ERASE, verification=Verification.OPERATOR)
    return deleted.event_id


def progress(*, tenant_id: UUID, request_id: UUID) -> ErasureProgress:
    """Return the progress of an erasure.

    Raises NoSuchObject, also for a duplicate request, which has no erasure itself.
    """
    caller = system_caller(tenant_id, SystemJob.OPERATOR)
    grant = authorize(caller=caller, action=Action.ERASE, object_id=request_id)
    with grant.effect():
        row = Erasure.objects.filter(request_id=request_id).first()
        if row is None:
            raise NoSuchObject("erasure")
        done = ErasureStepDone.objects.filter(erasure_id=row.id, round=row.round).order_by("at", "id")
        steps = tuple(done.values_list("step", flat=True))
        grant.record_under_lock(object_id=request_id, n_items=0)
    return ErasureProgress(row.id, row.state, row.round, steps, row.problem, Plan.from_json(row.plan))
