"""Erasure saga: each step is one transaction that records itself; the next run goes on after the last step done.

A lease names the worker that runs it. `attempt` is the fencing token: a worker that comes back after its lease has
ended can do nothing.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import Error as DatabaseFailure
from django.db import transaction

from governance.errors import GovernanceError
from governance.guard.authorize import attempt, authorize, system_caller
from governance.models import UNDER_WAY, Erasure, ErasureState, ErasureStep, ErasureStepDone
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import for_each_tenant
from governance.vocabulary import Action, ReasonCode, SystemJob
from memstore.errors import MemstoreError
from memstore.forget.erasure.approval_seal import ApprovalBroken, approved_plan
from memstore.forget.erasure.certify import NotYet
from memstore.forget.erasure.steps import BEFORE, ERASURES, STEPS, PlanChanged, Run, Superseded, again
from memstore.records.lease import pause_after, take_lease

if TYPE_CHECKING:
    from uuid import UUID

log = logging.getLogger(__name__)


def hint_if_running(erasure: Erasure) -> None:
    """Tell a worker once the transaction has committed, if the erasure needs no further approval."""
    if erasure.state == ErasureState.RUNNING.value:
        transaction.on_commit(lambda: ERASURES.hint(erasure.id, erasure.tenant_id), robust=True)


def run_erasure(*, erasure_id: UUID, tenant_id: UUID, until: ErasureStep | None = None) -> None:
    """Run an approved erasure to its end, or (`until`) to the end of that step. Safe to call at any time.

    A step that fails is tried again later, by the sweep; the reason is kept as a code in `problem`.
    """
    run = _claim(erasure_id, tenant_id)
    if run is not None:
        go_on(run, until=until)


def go_on(run: Run, *, until: ErasureStep | None = None) -> None:
    """Run the remaining steps. The caller must hold the lease (`take`)."""
    try:
        for step in ErasureStep:
            _do(run, step)
            if step is until:
                break
        _let_go(run, pause=timedelta(0), problem="")
    except PlanChanged:
        _unapprove(run)
    except ApprovalBroken:
        stop(run.tenant_id, run.erasure_id)
    except NotYet as early:
        _let_go(run, pause=early.wait, problem="")
    except Superseded:
        log.info("erasure_superseded", extra={"fields": {"erasure": str(run.erasure_id)}})
    except (GovernanceError, MemstoreError, DatabaseFailure) as error:
        # No step after the failed one runs: what is not proved is not certified.
        problem = str(getattr(error, "code", type(error).__name__))[:40]
        log.exception("erasure_stopped", extra={"fields": {"erasure": str(run.erasure_id), "problem": problem}})
        _let_go(run, pause=pause_after(run.attempt), problem=problem)


def resume_erasures() -> int:
    """Resume erasures with no active lease and those whose hold or retention floor has ended. Return how many.

    It does every tenant in turn; one that fails does not keep the others waiting.
    """
    return sum(for_each_tenant("resume_erasures", _resume).values())


def _resume(tenant_id: UUID) -> int:
    with tenant_context(tenant_id):
        ready = list(ERASURES.due().order_by("approved_at").values_list("id", flat=True))
        waiting = list(Erasure.objects.filter(state=ErasureState.WAITING.value).values_list("id", flat=True))
    ready += [erasure_id for erasure_id in waiting if _goes_on(tenant_id, erasure_id)]
    for erasure_id in ready:
        run_erasure(erasure_id=erasure_id, tenant_id=tenant_id)
    return len(ready)


def _goes_on(tenant_id: UUID, erasure_id: UUID) -> bool:
    """Begin the next round of a waiting erasure if the law allows it now. Return whether it began."""
    try:
        return again(tenant_id, erasure_id)
    except ApprovalBroken:
        stop(tenant_id, erasure_id)
        return False


def _claim(erasure_id: UUID, tenant_id: UUID) -> Run | None:
    """Claim the erasure for one lease. Return None when it is done, held by another worker, or not approved.

    An erasure that is not as it was approved is stopped.
    """
    caller = system_caller(tenant_id, SystemJob.ERASURE)
    try:
        with attempt(caller, Action.ERASE, object_id=erasure_id):
            row = ERASURES.lock_due(erasure_id)
            return None if row is None else take(row)
    except ApprovalBroken:
        stop(tenant_id, erasure_id)
        return None


def take(row: Erasure) -> Run:
    """Take the lease of an erasure. The caller has locked the row, or it is not committed yet.

    Raises ApprovalBroken.
    """
    approved = approved_plan(row)
    take_lease(row)
    return Run(
        tenant_id=row.tenant_id,
        erasure_id=row.id,
        request_id=row.request_id,
        subject_id=row.subject_id,
        round=row.round,
        attempt=row.attempt,
        plan=approved,
    )


def _do(run: Run, step: ErasureStep) -> None:
    """Run one step, unless it is done: its effect, its event and its record in one transaction."""
    with tenant_context(run.tenant_id):
        if ErasureStepDone.objects.filter(erasure_id=run.erasure_id, round=run.round, step=step.value).exists():
            return
    if step in BEFORE:
        BEFORE[step](run)
    grant = authorize(
        caller=system_caller(run.tenant_id, SystemJob.ERASURE), action=Action.ERASE, object_id=run.erasure_id
    )
    with grant.effect(object_id=run.erasure_id):
        counts = STEPS[step](run)
        ErasureStepDone.objects.create(
            tenant_id=run.tenant_id, erasure_id=run.erasure_id, round=run.round, step=step.value, counts=counts
        )
        n_items = counts.get("total", 0)
        grant.record_under_lock(
            subject_id=run.subject_id, object_id=run.erasure_id, n_items=n_items if isinstance(n_items, int) else 0
        )


def _unapprove(run: Run) -> None:
    """Put the erasure back to planned: after a change, such as a hold, the new plan needs another approval."""
    with tenant_context(run.tenant_id):
        ERASURES.held(run.erasure_id, run.attempt).update(
            state=ErasureState.PLANNED.value,
            approved_by=None,
            approved_at=None,
            auto_approved=False,
            approval_mac=None,
            lease_until=None,
            problem=ReasonCode.PLAN_CHANGED.value,
        )


def stop(tenant_id: UUID, erasure_id: UUID) -> None:
    """Stop an erasure that is not as it was approved, and raise an alarm. Officers have to decide anew."""
    log.critical("approval_broken", extra={"fields": {"erasure": str(erasure_id), "tenant": str(tenant_id)}})
    with tenant_context(tenant_id):
        Erasure.objects.filter(id=erasure_id, state__in=UNDER_WAY).update(
            state=ErasureState.FAILED.value,
            approved_by=None,
            approved_at=None,
            auto_approved=False,
            approval_mac=None,
            lease_until=None,
            problem=ReasonCode.APPROVAL_BROKEN.value,
        )


def _let_go(run: Run, *, pause: timedelta, problem: str) -> None:
    """Give the lease back, to be taken again after the pause."""
    with tenant_context(run.tenant_id):
        ERASURES.held(run.erasure_id, run.attempt).update(lease_until=datetime.now(UTC) + pause, problem=problem)
