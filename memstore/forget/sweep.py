"""The sweep: what is due goes, in batches, from wherever the last one was interrupted. Two sweeps do no harm.

A read never waits for it: expired memories are not returned whether it runs or not. It stops at what is held, and
at what is restricted (Art. 18), under the same lock as everybody who destroys or holds.
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
    """What one sweep of a tenant did, in rows."""

    destroyed: int = 0
    put_out_of_use: int = 0
    sources: int = 0
    keys: int = 0
    redated: int = 0
    identities: int = 0


def sweep_all() -> dict[UUID, Swept]:
    """Every tenant in turn; one that fails does not keep the others waiting."""
    return for_each_tenant("sweep", _sweep_and_log)


def _sweep_and_log(tenant_id: UUID) -> Swept:
    swept = sweep(tenant_id)
    if swept != Swept():
        log.info("swept", extra={"fields": {"tenant": str(tenant_id), **asdict(swept)}})
    return swept


def sweep(tenant_id: UUID) -> Swept:
    """Everything that is due in one tenant, batch by batch, each in a transaction of its own."""
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
        Idempotency.objects.filter(created_at__lt=datetime.now(UTC) - IDEMPOTENCY_KEPT).delete()
        drop_old_writes(datetime.now(UTC))
        drop_old_deletions(datetime.now(UTC))
    keys = sum(
        finish_shred(tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id)
        for subject_id, purpose_id in waiting
    )
    return Swept(destroyed, restricted, sources, keys, redated, end_unneeded(tenant_id))


def _end_expired_consents(tenant_id: UUID) -> None:
    """A consent that ran out is over at the next read already; here what rested on it goes, as at a withdrawal."""
    with tenant_context(tenant_id):
        over = SubjectPurpose.objects.filter(consent_until__lte=datetime.now(UTC))
        found = list(over.values_list("subject_id", "purpose_id"))
    for subject_id, purpose_id in found:
        expire_consent(tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id)


def late(now: datetime) -> QuerySet[Memory]:
    """Memories of the current tenant that should be gone and are not."""
    return Memory.objects.filter(_due(now))


def overdue(now: datetime) -> int:
    """How many those are. Anything but 0 for long is an alarm."""
    return late(now).count()


def _due(now: datetime | None = None) -> Q:
    """Due for destruction, and neither held nor restricted."""
    moment = now or datetime.now(UTC)
    return Q(destroy_at__lte=moment) & ~Q(_held(moment)) & ~Q(_restricted())


def _held(now: datetime) -> Exists:
    holds = LegalHold.objects.filter(in_force(now), subject_id=OuterRef("subject_id"))
    return Exists(holds.filter(Q(purpose_id__isnull=True) | Q(purpose_id=OuterRef("purpose_id"))))


def _restricted() -> Q:
    """Restricted at the person's wish: storage only, and that includes not destroying it (Art. 18(1)(b), (c))."""
    subjects = Subject.objects.filter(id=OuterRef("subject_id"), state=SubjectState.RESTRICTED.value)
    purposes = SubjectPurpose.objects.filter(
        subject_id=OuterRef("subject_id"), purpose_id=OuterRef("purpose_id"), restricted_at__isnull=False
    )
    return Q(Exists(subjects)) | Q(Exists(purposes))


def _out_of_use_due() -> Q:
    """Its ceiling has passed and its floor has not: kept for the law, and out of use."""
    now = datetime.now(UTC)
    return Q(expires_at__lte=now, destroy_at__gt=now) & ~Q(state=MemoryState.RESTRICTED.value)


def _rectified() -> Q:
    """A wrong wording of it was kept for the law (Art. 16), and nothing forbids to destroy that any more."""
    now = datetime.now(UTC)
    free = Q(keep_until__isnull=True) | Q(keep_until__lte=now)
    return Q(versions__rectified=True) & free & ~Q(_held(now)) & ~_restricted()


def _subjects(tenant_id: UUID, due: Q) -> list[UUID]:
    with tenant_context(tenant_id):
        return list(Memory.objects.filter(due).values_list("subject_id", flat=True).distinct())


def _in_batches(batch: Callable[[UUID, UUID], int], tenant_id: UUID, subject_id: UUID) -> int:
    """How many rows in all; the subject is free for others between two batches."""
    total = 0
    while n := batch(tenant_id, subject_id):
        total += n
    return total


def _expire(tenant_id: UUID, subject_id: UUID) -> int:
    """One transaction, under the subject's lock: a hold comes before it or after it, never in between."""
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
    caller = system_caller(tenant_id, SystemJob.SWEEP)
    allowed = authorize(caller=caller, action=Action.EXPIRE)
    with allowed.effect():
        lock_subject(subject_id)
        rows = list(Memory.objects.filter(_rectified(), subject_id=subject_id).distinct().values_list("id", "version"))
        wrong = MemoryVersion.objects.filter(memory_id__in=[memory_id for memory_id, _ in rows], rectified=True)
        wrong.delete()
        allowed.record_under_lock(subject_id=subject_id, items=rows)


def _expire_sources(tenant_id: UUID) -> int:
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
    """Without the rows that an erasure plants for its scan: those go with the erasure, however long it rests."""
    return Source.objects.filter(expires_at__lte=now).exclude(purpose_id=NIL).filter(~Q(_held(now)) & ~_restricted())
