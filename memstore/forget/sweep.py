"""Retention sweep: it deletes what is due, in batches, and resumes where the last one was interrupted.

Two sweeps at once do no harm. No read waits for it: expired memories are not returned whether it runs or not. It leaves
out what a legal hold or a restriction (Art. 18) keeps, under the subject lock that holds and deletions take.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from governance.access.deletion_limit import drop_old_deletions
from governance.access.idempotency_keys import drop_old_writes
from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.models import LegalHold, Subject, SubjectPurpose
from governance.processing.holds import in_force
from governance.subjects.subject_lock import lock_subject
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import for_each_tenant
from governance.vocabulary import Action, MemoryState, SubjectState, SystemJob
from memstore.forget.end_of_purpose import expire_consent, finish_shred
from memstore.models import Idempotency, Memory, MemoryVersion, Source
from memstore.records.delete import let_go, put_out_of_use
from memstore.records.forgotten import expire_forgotten
from memstore.records.identity_end import end_unneeded, named_by, note_loose
from memstore.records.redate import redate

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.db.models import QuerySet

log = logging.getLogger(__name__)

BATCH = 500
IDEMPOTENCY_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Swept:
    """Numbers of rows that one sweep of a tenant handled."""

    destroyed: int = 0
    put_out_of_use: int = 0
    sources: int = 0
    keys: int = 0
    redated: int = 0
    identities: int = 0


def sweep_all() -> dict[UUID, Swept]:
    """Sweep every tenant in turn; one that fails does not keep the others waiting. Return the results by tenant."""
    return for_each_tenant("sweep", _sweep_and_log)


def _sweep_and_log(tenant_id: UUID) -> Swept:
    swept = sweep(tenant_id)
    if swept != Swept():
        log.info("swept", extra={"fields": {"tenant": str(tenant_id), **asdict(swept)}})
    return swept


def sweep(tenant_id: UUID) -> Swept:
    """Sweep one tenant: do all that is due, batch by batch, each in a transaction of its own."""
    redated = redate(tenant_id)
    _end_expired_consents(tenant_id)
    destroyed = restricted = 0
    for subject_id in _subjects(tenant_id, _due()):
        destroyed += _in_batches(_expire, tenant_id, subject_id)
    for subject_id in _subjects(tenant_id, _out_of_use_due()):
        restricted += _in_batches(_put_out_of_use, tenant_id, subject_id)
    for subject_id in _subjects(tenant_id, _rectified()):
        _let_wordings_go(tenant_id, subject_id)
    sources = _expire_sources(tenant_id)
    with tenant_context(tenant_id):
        waiting = list(
            SubjectPurpose.objects.filter(shred_due_at__isnull=False).values_list("subject_id", "purpose_id")
        )
        expire_forgotten(datetime.now(UTC))
        Idempotency.objects.filter(created_at__lt=datetime.now(UTC) - IDEMPOTENCY_KEPT).delete()
        drop_old_writes(datetime.now(UTC))
        drop_old_deletions(datetime.now(UTC))
    keys = sum(
        finish_shred(tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id)
        for subject_id, purpose_id in waiting
    )
    return Swept(destroyed, restricted, sources, keys, redated, end_unneeded(tenant_id))


def _end_expired_consents(tenant_id: UUID) -> None:
    """Delete what rested on consents that have run out, as a withdrawal does. Reads refuse it already."""
    with tenant_context(tenant_id):
        over = SubjectPurpose.objects.filter(consent_until__lte=datetime.now(UTC))
        found = list(over.values_list("subject_id", "purpose_id"))
    for subject_id, purpose_id in found:
        expire_consent(tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id)


def late(now: datetime) -> QuerySet[Memory]:
    """Return the memories of the current tenant that should be deleted and are still there."""
    return Memory.objects.filter(_due(now))


def overdue(now: datetime) -> int:
    """Return how many memories are late. A number above 0 that stays is an alarm."""
    return late(now).count()


def _due(now: datetime | None = None) -> Q:
    """Return the condition for memories that are due for destruction, and neither held nor restricted."""
    moment = now or datetime.now(UTC)
    return Q(destroy_at__lte=moment) & ~Q(_held(moment)) & ~Q(_restricted())


def _held(now: datetime) -> Exists:
    """Return the condition for memories under a legal hold."""
    holds = LegalHold.objects.filter(in_force(now), subject_id=OuterRef("subject_id"))
    return Exists(holds.filter(Q(purpose_id__isnull=True) | Q(purpose_id=OuterRef("purpose_id"))))


def _restricted() -> Q:
    """Return the condition for memories restricted at the person's request (Art. 18(1)(b), (c)).

    They are stored only, and so not destroyed either.
    """
    subjects = Subject.objects.filter(id=OuterRef("subject_id"), state=SubjectState.RESTRICTED.value)
    purposes = SubjectPurpose.objects.filter(
        subject_id=OuterRef("subject_id"), purpose_id=OuterRef("purpose_id"), restricted_at__isnull=False
    )
    return Q(Exists(subjects)) | Q(Exists(purposes))


def _out_of_use_due() -> Q:
    """Return the condition for memories to put out of use: past their ceiling, and kept by their floor."""
    now = datetime.now(UTC)
    return Q(expires_at__lte=now, destroy_at__gt=now) & ~Q(state=MemoryState.RESTRICTED.value)


def _rectified() -> Q:
    """Return the condition for memories with a rectified wording (Art. 16) that nothing keeps any longer.

    It was kept by a floor, hold or restriction.
    """
    now = datetime.now(UTC)
    free = Q(keep_until__isnull=True) | Q(keep_until__lte=now)
    return Q(versions__rectified=True) & free & ~Q(_held(now)) & ~_restricted()


def _subjects(tenant_id: UUID, due: Q) -> list[UUID]:
    with tenant_context(tenant_id):
        return list(Memory.objects.filter(due).values_list("subject_id", flat=True).distinct())


def _in_batches(batch: Callable[[UUID, UUID], int], tenant_id: UUID, subject_id: UUID) -> int:
    """Run batches until one finds nothing. Return the number of rows; the subject is unlocked between two batches."""
    total = 0
    while n := batch(tenant_id, subject_id):
        total += n
    return total


def _expire(tenant_id: UUID, subject_id: UUID) -> int:
    """Delete a batch of due memories in one transaction, under the subject lock. Return how many.

    So a hold comes before it or after it, never in between.
    """
    caller = system_caller(tenant_id, SystemJob.SWEEP)
    allowed = authorize(caller=caller, action=Action.EXPIRE)
    with allowed.effect():
        lock_subject(subject_id)
        due: QuerySet[Memory] = Memory.objects.filter(_due(), subject_id=subject_id)
        ids = list(due.order_by("id").values_list("id", flat=True)[:BATCH])
        removed = let_go(Memory.objects.filter(id__in=ids), subject_id)
        if removed.all:
            allowed.record_under_lock(subject_id=subject_id, items=removed.gone)
    return len(removed.gone)


def _put_out_of_use(tenant_id: UUID, subject_id: UUID) -> int:
    """Put a batch of memories out of use, under the subject lock. Return how many."""
    caller = system_caller(tenant_id, SystemJob.SWEEP)
    allowed = authorize(caller=caller, action=Action.EXPIRE)
    with allowed.effect():
        lock_subject(subject_id)
        found = Memory.objects.filter(_out_of_use_due(), subject_id=subject_id)
        rows = list(found.order_by("id").values_list("id", "version")[:BATCH])
        put_out_of_use([memory_id for memory_id, _ in rows], datetime.now(UTC))
        if rows:
            allowed.record_under_lock(subject_id=subject_id, items=rows)
    return len(rows)


def _let_wordings_go(tenant_id: UUID, subject_id: UUID) -> None:
    """Delete the rectified wordings of one subject."""
    caller = system_caller(tenant_id, SystemJob.SWEEP)
    allowed = authorize(caller=caller, action=Action.EXPIRE)
    with allowed.effect():
        lock_subject(subject_id)
        rows = list(Memory.objects.filter(_rectified(), subject_id=subject_id).distinct().values_list("id", "version"))
        wrong = MemoryVersion.objects.filter(memory_id__in=[memory_id for memory_id, _ in rows], rectified=True)
        wrong.delete()
        allowed.record_under_lock(subject_id=subject_id, items=rows)


def _expire_sources(tenant_id: UUID) -> int:
    """Delete the expired sources. Return how many."""
    caller = system_caller(tenant_id, SystemJob.SWEEP)
    now = datetime.now(UTC)
    with tenant_context(tenant_id):
        due = _sources_due(now)
        subjects = list(due.values_list("subject_id", flat=True).distinct())
    total = 0
    for subject_id in subjects:
        allowed = authorize(caller=caller, action=Action.EXPIRE)
        with allowed.effect():
            lock_subject(subject_id)
            over = _sources_due(now).filter(subject_id=subject_id)
            note_loose(tenant_id, named_by(over))
            deleted, _ = over.delete()
            allowed.record_under_lock(subject_id=subject_id, n_items=deleted)
        total += deleted
    return total


def _sources_due(now: datetime) -> QuerySet[Source]:
    """Return the sources that are due, and neither held nor restricted.

    Without the canaries of erasures, which go with their erasure.
    """
    return Source.objects.filter(expires_at__lte=now).exclude(purpose_id=NIL).filter(~Q(_held(now)) & ~_restricted())
