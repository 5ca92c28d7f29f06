"""Erasure steps: what each of them does.

Every step may be repeated: a crash at any point costs time and nothing else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from governance.errors import AccessRefused
from governance.evidence.ledger.protections import protect
from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.keyring.identities import close_identity, identities_there
from governance.keyring.keys import person_keys, shred_person_keys
from governance.keyring.models import DataKey, Identity
from governance.models import (
    Erasure,
    ErasureState,
    ErasureStep,
    ErasureStepDone,
    ProtectionKind,
    RightsRequest,
    Subject,
)
from governance.rights.handling import end_with_the_person
from governance.rights.recipient_notices import prepare_notices
from governance.subjects.subject_lock import lock_subject, lock_subjects
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, SubjectKind, SubjectState, SystemJob
from memstore.errors import ErasureHalted
from memstore.forget.erasure.approval_seal import ApprovalBroken, approved_plan, seal_approval
from memstore.forget.erasure.availability import end_access, entomb, take_back
from memstore.forget.erasure.certify import certify
from memstore.forget.erasure.plan import ERASE, plan
from memstore.forget.erasure.rows import count_rows, delete_rows, fingerprint_of, neighbour_of, passed_through
from memstore.forget.erasure.scan import stores, traces
from memstore.models import Job, JobStatus, Memory, Source
from memstore.records.delete import let_go, let_sources_go
from memstore.records.identity_end import end_identities, unneeded
from memstore.records.lease import LeaseQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from memstore.forget.erasure.plan import Plan

Counts = dict[str, object]
CANARY_BYTES = 64
CANARY_LIFE = timedelta(days=1)
ERASURES = LeaseQueue(
    name="erasure",
    task="memstore.tasks.run_erasure",
    rows=Erasure.objects.all,
    running=Q(state=ErasureState.RUNNING.value),
    untaken=Q(state=ErasureState.RUNNING.value, lease_until=None),
)


class PlanChanged(AccessRefused):
    """A hold, or another change, came after the approval: the approved plan is not the present one."""

    def __init__(self) -> None:
        super().__init__(ReasonCode.PLAN_CHANGED)


class Superseded(Exception):
    """Another worker has the erasure now."""


@dataclass(frozen=True, slots=True)
class Run:
    """One round of one erasure, under one lease."""

    tenant_id: UUID
    erasure_id: UUID
    request_id: UUID
    subject_id: UUID
    round: int
    attempt: int
    plan: Plan

    @property
    def purposes(self) -> list[UUID] | None:
        """The purposes that are erased in this round; None: all of the person."""
        return None if self.plan.is_complete else self.plan.erased


def mine(run: Run) -> Erasure:
    """Return the erasure's row, locked, with the plan that was approved. Raises Superseded, ApprovalBroken."""
    row = ERASURES.held(run.erasure_id, run.attempt).select_for_update().first()
    if row is None:
        raise Superseded
    if approved_plan(row) != run.plan or (row.subject_id, row.round) != (run.subject_id, run.round):
        raise ApprovalBroken
    return row


def still_free(run: Run) -> None:
    """Check holds and floors once more before keys are destroyed. Locks the subject. Raises PlanChanged.

    No hold is placed after the tombstone, so this only fails if the rows were changed past the application.
    """
    now = plan(lock_subject(run.subject_id), datetime.now(UTC), run.request_id)
    kept = {part.purpose_id for part in now.purposes if part.action != ERASE}
    if kept & set(run.plan.erased) or (run.plan.is_complete and (kept or now.n_holds)):
        raise PlanChanged


def tombstone(run: Run) -> Counts:
    """Mark the subject: from the commit on, no read and no write finds the person, in any process.

    An incomplete plan restricts the subject instead. Plants the canary of the scan. Raises PlanChanged, Superseded,
    ApprovalBroken.
    """
    subject, now = lock_subject(run.subject_id), datetime.now(UTC)
    row = mine(run)
    if plan(subject, now, run.request_id).digest() != bytes(row.plan_sha256):
        raise PlanChanged
    entomb(subject, SubjectState.ERASED if run.plan.is_complete else SubjectState.RESTRICTED)
    if run.plan.is_complete:
        protect(
            ProtectionKind.ERASE,
            tenant_id=run.tenant_id,
            subject_id=subject.id,
            subject_kind=SubjectKind(subject.kind),
            effect={"generation": subject.generation},
        )
    for purpose_id in run.purposes or ():
        protect(
            ProtectionKind.SHRED,
            tenant_id=run.tenant_id,
            subject_id=subject.id,
            subject_kind=SubjectKind(subject.kind),
            purpose_id=purpose_id,
        )
    canary = Source.objects.create(
        tenant_id=run.tenant_id,
        subject_id=subject.id,
        purpose_id=NIL,
        sealed=os.urandom(CANARY_BYTES),
        expires_at=now + CANARY_LIFE,
    )
    row.canary_id = canary.id
    row.save(update_fields=["canary_id"])
    return {"generation": subject.generation}


def revoke(run: Run) -> Counts:
    """End what could still bring memories back or show them: jobs, copy links, pinned API keys, open break-glass."""
    mine(run)
    ended = end_access(run.tenant_id, run.subject_id, datetime.now(UTC), for_good=run.plan.is_complete)
    return {**ended, "total": sum(ended.values())}


def shred_intent(run: Run) -> Counts:
    """Store the ids of the keys that are about to be destroyed: after a crash the certificate still knows them."""
    mine(run)
    keys = person_keys(tenant_id=run.tenant_id, subject_id=run.subject_id, purposes=run.purposes)
    return {"keys": [str(key) for key in keys], "total": len(keys)}


def shred(run: Run) -> Counts:
    """Destroy the keys: the point of no return.

    They are deleted in their own database; that they are gone is committed here. Raises PlanChanged, Superseded,
    ApprovalBroken.
    """
    still_free(run)
    mine(run)
    n = shred_person_keys(tenant_id=run.tenant_id, subject_id=run.subject_id, purposes=run.purposes)
    return {"destroyed_now": n, "total": n, "at": datetime.now(UTC).isoformat()}


def locate(run: Run) -> Counts:
    """Check the scan by a positive control: it finds the canary that was planted for it. Raises ErasureHalted."""
    row = mine(run)
    planted = [row.canary_id] if row.canary_id else []
    found = traces(run.tenant_id, run.subject_id, planted, only=frozenset({Source._meta.db_table}))
    if not found.get(f"{Source._meta.db_table}.id"):
        raise ErasureHalted("scan_blind")
    rows = count_rows(run.subject_id, run.purposes)
    return {"rows": rows, "total": sum(rows.values())}


def delete(run: Run) -> Counts:
    """Delete the rows that `erasure_rules` names, and restrict what the law keeps.

    The sealed bytes of a neighbour must be the same before and after. Raises ErasureHalted.
    """
    neighbour = neighbour_of(run.subject_id)
    lock_subjects({run.subject_id, neighbour} if neighbour else {run.subject_id})
    mine(run)
    before = fingerprint_of(neighbour) if neighbour else ""
    through = passed_through(run.subject_id)
    rows = delete_rows(run.subject_id, run.purposes)
    kept = 0
    if run.purposes is not None:
        removed = let_go(Memory.objects.filter(purpose_id__in=run.plan.kept), run.subject_id)
        n_sources = let_sources_go(Source.objects.filter(purpose_id__in=run.plan.kept), run.subject_id)
        kept = len(removed.kept) + n_sources
        rows["memstore_memory"] = rows.get("memstore_memory", 0) + len(removed.gone)
        if removed.all:
            protect(
                ProtectionKind.DELETE,
                tenant_id=run.tenant_id,
                subject_id=run.subject_id,
                memory_ids=[memory_id for memory_id, _ in removed.all],
            )
        Source.objects.filter(subject_id=run.subject_id, purpose_id=NIL).delete()
    if neighbour and fingerprint_of(neighbour) != before:
        raise ErasureHalted("neighbour_changed")
    compared = "unchanged" if neighbour else "nobody"
    return {
        "rows": rows,
        "kept": kept,
        "neighbour": compared,
        "through": sorted(str(one) for one in through),
        "total": sum(rows.values()),
    }


def end_through(run: Run) -> None:
    """End agents, apps and runs that only the person's rows named, before the scan, in transactions of their own."""
    end_identities(run.tenant_id, _through(run))


def _through(run: Run) -> set[UUID]:
    with tenant_context(run.tenant_id):
        done = ErasureStepDone.objects.filter(erasure_id=run.erasure_id, step=ErasureStep.DELETE.value)
        return {UUID(one) for counts in done.values_list("counts", flat=True) for one in counts.get("through", [])}


def close(run: Run) -> Counts:
    """Close the identity: a caller with the external id gets a new subject from here on.

    If something stays because it was refused, and nothing because of the law, the person's availability is restored.
    """
    subject = lock_subject(run.subject_id)
    row = mine(run)
    if not run.plan.is_complete:
        if not run.plan.waits_for_law:
            take_back(row, subject)
        return {"total": 0}
    Subject.objects.filter(id=run.subject_id).update(minor_until=None)
    caller = system_caller(run.tenant_id, SystemJob.ERASURE)
    ended = end_with_the_person(caller, run.subject_id, but=run.request_id)
    closed = close_identity(run.tenant_id, run.subject_id)
    # A call that ran meanwhile may have made a key for the erased subject.
    strays = shred_person_keys(tenant_id=run.tenant_id, subject_id=run.subject_id)
    note_event_done(run)
    return {"identities": int(closed), "stray_keys": strays, "requests_ended": ended, "total": int(closed)}


def note_event_done(run: Run) -> None:
    """Mark the event of Mem0's wire, which has the request's id, as done: nothing is left to read."""
    Job.objects.filter(id=run.request_id).update(status=JobStatus.SUCCEEDED.value, updated_at=datetime.now(UTC))


def notify(run: Run) -> Counts:
    """List the recipients to be notified (Art. 19). Staff tell them, and record what came of it."""
    mine(run)
    n = prepare_notices(RightsRequest.objects.get(id=run.request_id))
    return {"recipients": n, "total": n}


def scan(run: Run) -> Counts:
    """Scan for residue; there must be none. What a straggler left is destroyed first. Raises ErasureHalted."""
    mine(run)
    grant = authorize(
        caller=system_caller(run.tenant_id, SystemJob.ERASURE), action=Action.SCAN_ERASURE, object_id=run.erasure_id
    )
    with grant.effect():
        stragglers = shred_person_keys(tenant_id=run.tenant_id, subject_id=run.subject_id, purposes=run.purposes)
        stragglers += sum(delete_rows(run.subject_id, run.purposes).values())
        left = residue(run)
        if left:
            raise ErasureHalted("residue_found")
        grant.record_under_lock(object_id=run.erasure_id, n_items=0)
    return {"stores": looked_through(run), "found": 0, "stragglers": stragglers, "total": 0}


def residue(run: Run) -> dict[str, int]:
    """Return where rows are still found that should be gone, by table or column.

    A partial erasure is counted in the tables that have a purpose, and by its keys.
    """
    # What the rows came through belongs to whoever else's rows name it; else it had to go with them.
    through = unneeded(run.tenant_id, _through(run))
    if run.plan.is_complete:
        return traces(run.tenant_id, run.subject_id, through)
    left = {table: n for table, n in count_rows(run.subject_id, run.purposes).items() if n}
    if keys := person_keys(tenant_id=run.tenant_id, subject_id=run.subject_id, purposes=run.purposes):
        left[DataKey._meta.db_table] = len(keys)
    if still := identities_there(run.tenant_id, through):
        left[Identity._meta.db_table] = len(still)
    return left


def looked_through(run: Run) -> list[str]:
    """Return the tables that `residue` scans: what a certificate may name as scanned."""
    if run.plan.is_complete:
        return stores()
    return sorted({*count_rows(run.subject_id, []), DataKey._meta.db_table})


def finish(run: Run) -> Counts:
    mine(run)
    if run.plan.is_complete:  # requests made while the erasure ran, under an id that still led here
        end_with_the_person(system_caller(run.tenant_id, SystemJob.ERASURE), run.subject_id, but=run.request_id)
    return certify(run.tenant_id, run.erasure_id, run.round, run.plan)


# Work that comes before the transaction of a step, in transactions of its own.
BEFORE: dict[ErasureStep, Callable[[Run], None]] = {ErasureStep.SCAN: end_through}
STEPS: dict[ErasureStep, Callable[[Run], Counts]] = {
    ErasureStep.TOMBSTONE: tombstone,
    ErasureStep.REVOKE: revoke,
    ErasureStep.SHRED_INTENT: shred_intent,
    ErasureStep.SHRED: shred,
    ErasureStep.LOCATE: locate,
    ErasureStep.DELETE: delete,
    ErasureStep.CLOSE: close,
    ErasureStep.NOTIFY: notify,
    ErasureStep.SCAN: scan,
    ErasureStep.CERTIFY: finish,
}


def again(tenant_id: UUID, erasure_id: UUID) -> bool:
    """Begin the next round, under the same approval, if a hold or floor has ended since. Return whether it began.

    Raises ApprovalBroken.
    """
    grant = authorize(caller=system_caller(tenant_id, SystemJob.ERASURE), action=Action.ERASE, object_id=erasure_id)
    with grant.effect():
        subject_id = Erasure.objects.filter(id=erasure_id).values_list("subject_id", flat=True).get()
        subject = lock_subject(subject_id)
        row = Erasure.objects.select_for_update().get(id=erasure_id)
        found = plan(subject, datetime.now(UTC), row.request_id)
        free = any(part.action == ERASE and part.n_memories + part.n_sources for part in found.purposes)
        if row.state != ErasureState.WAITING.value or (found.waits_for_law and not free):
            return False
        approved_plan(row)
        row.round += 1
        row.state, row.canary_id, row.lease_until, row.problem = ErasureState.RUNNING.value, None, None, ""
        row.plan, row.plan_sha256 = found.to_json(), found.digest()
        seal_approval(row)
        row.save()
        grant.record_under_lock(subject_id=subject_id, object_id=erasure_id)
    return True
