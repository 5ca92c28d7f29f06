"""End of a purpose for a person: its memories are deleted, and its key is destroyed once no row needs it.

A withdrawal or an upheld objection ends it at once; the sweep ends a consent that has run out.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.evidence.ledger.protections import protect
from governance.guard.authorize import authorize, refuse, system_caller
from governance.guard.facts import purpose_rules, subject_facts
from governance.keyring.keys import shred_purpose_key
from governance.models import ProtectionKind, SubjectPurpose
from governance.processing.shred_orders import Order, close_order, consent_is_sealed, order_shred, read_order
from governance.subjects.subject_lock import lock_subject, moved
from governance.vocabulary import Action, ReasonCode, SystemJob
from memstore.models import Job, Memory, Source
from memstore.records.delete import Removed, let_go, let_sources_go
from memstore.records.jobs import cancel_jobs

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.models import Subject

log = logging.getLogger(__name__)


def take_away(subject: Subject, purpose_id: UUID, reason: ReasonCode) -> Removed:
    """Delete what is kept of one person for one purpose, and fail the jobs that would add to it.

    What a hold or a retention floor keeps is taken out of use. The caller has locked the subject.
    """
    cancel_jobs(Job.objects.filter(subject_id=subject.id, purpose_id=purpose_id), reason)
    removed = let_go(Memory.objects.filter(purpose_id=purpose_id), subject.id)
    let_sources_go(Source.objects.filter(purpose_id=purpose_id), subject.id)
    return removed


def expire_consent(*, tenant_id: UUID, subject_id: UUID, purpose_id: UUID) -> Removed:
    """End a consent that has run out, with what was kept for it. Does nothing if it was given anew meanwhile."""
    allowed = authorize(caller=system_caller(tenant_id, SystemJob.SWEEP), action=Action.EXPIRE)
    with allowed.effect():
        row = lock_subject(subject_id)
        standing = SubjectPurpose.objects.get(subject_id=subject_id, purpose_id=purpose_id)
        now = datetime.now(UTC)
        if standing.consent_until is None or standing.consent_until > now:
            return Removed()
        sealed = consent_is_sealed(standing)
        altered = standing.consent_mac is not None and not sealed
        standing.consent_until = None
        standing.consent_version += 1
        if sealed:  # else its end was written past the application: that ends its use, and destroys no key
            order_shred(standing, now)
        standing.save(update_fields=["consent_until", "shred_due_at", "shred_mac", "consent_version"])
        [rule] = purpose_rules(tenant_id, [purpose_id])
        removed = take_away(row, purpose_id, ReasonCode.CONSENT_ENDED)
        moved(row)
        allowed.record_under_lock(subject_id=subject_id, items=removed.all, purpose=rule)
    if altered:
        _alarm(allowed.caller, Action.EXPIRE, subject_id, purpose_id)
    return removed


def finish_shred(*, tenant_id: UUID, subject_id: UUID, purpose_id: UUID) -> bool:
    """Destroy the key of a purpose that has ended, if no row needs it. Return whether it is destroyed. Safe to repeat.

    While a hold or a retention floor keeps rows, the key waits for the sweep after their end. A shred that was not
    ordered (`governance.processing.shred_orders`) destroys nothing: it is an alarm, on the record and in the log.
    """
    caller = system_caller(tenant_id, SystemJob.SWEEP)
    subject = subject_facts(tenant_id, [subject_id]).get(subject_id)
    allowed = authorize(caller=caller, action=Action.SHRED)
    with allowed.effect():
        due = SubjectPurpose.objects.filter(subject_id=subject_id, purpose_id=purpose_id, shred_due_at__isnull=False)
        if subject is None or not due.exists():
            return False
        lock_subject(subject_id)
        kept = Memory.objects.filter(subject_id=subject_id, purpose_id=purpose_id).exists()
        kept = kept or Source.objects.filter(subject_id=subject_id, purpose_id=purpose_id).exists()
        standing = due.first()
        if kept or standing is None:
            return False
        order = read_order(standing)
        if order is Order.UNSEALED:
            return False
        close_order(subject_id, purpose_id)
        if order is Order.DESTROY:
            shred_purpose_key(tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id)
        if order is not Order.BROKEN:
            _record_shred(allowed, subject_id, purpose_id)
    if order is Order.BROKEN:
        _alarm(caller, Action.SHRED, subject_id, purpose_id)
    return order is not Order.BROKEN


def _record_shred(allowed: Grant, subject_id: UUID, purpose_id: UUID) -> None:
    protect(ProtectionKind.SHRED, tenant_id=allowed.caller.tenant_id, subject_id=subject_id, purpose_id=purpose_id)
    allowed.record_under_lock(subject_id=subject_id, object_id=purpose_id)


def _alarm(caller: Caller, action: Action, subject_id: UUID, purpose_id: UUID) -> None:
    """Record that the row of a person's choices was changed past the application."""
    log.critical("shred_not_ordered", extra={"fields": {"tenant": str(caller.tenant_id), "purpose": str(purpose_id)}})
    refuse(caller, action, ReasonCode.APPROVAL_BROKEN, subject_id=subject_id, object_id=purpose_id)
