"""A subject's row, held while something about it changes: the one lock that choices, holds and erasure share."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import F
from django.db.models.functions import Now

from governance.errors import FactsMoved, NoSuchObject
from governance.guard.facts import forget_facts
from governance.models import ErasureStep, ErasureStepDone, Subject, SubjectPurpose
from governance.vocabulary import SubjectState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def lock_subject(subject_id: UUID) -> Subject:
    """The row, locked until the transaction ends. Erasure, holds, withdrawals and deletions all wait here.

    FOR NO KEY UPDATE, as the writers of memories take it: rows that refer to the subject can still be read.
    """
    row = Subject.objects.select_for_update(no_key=True).filter(id=subject_id).first()
    if row is None:
        raise NoSuchObject("subject")
    return row


def lock_living(subject_id: UUID) -> Subject:
    """The same for what somebody says about themselves.

    Raises FactsMoved once the person is erased: whoever speaks now is somebody new, and is looked for again.
    """
    row = lock_subject(subject_id)
    if row.state == SubjectState.ERASED.value:
        forget_facts(row.tenant_id, row.id)
        raise FactsMoved
    return row


def closed_before(subject_id: UUID, asked_at: float) -> bool:
    """Whether the erasure of this subject had closed before `asked_at` (`time.monotonic()` of this process).

    By the clock of the database and the time that has gone by here, so no two clocks need to agree. Asked early in
    doubt: the time that the question takes counts as gone by before it.
    """
    steps = ErasureStepDone.objects.filter(erasure__subject_id=subject_id, step=ErasureStep.CLOSE.value)
    found = steps.order_by("at").values_list("at", Now()).last()
    if found is None:
        return False
    closed_at, now = found
    return bool(closed_at < now - timedelta(seconds=time.monotonic() - asked_at))


def lock_subjects(ids: Iterable[UUID]) -> None:
    """Several at once, in one order for all, so that no two transactions wait for each other."""
    list(Subject.objects.select_for_update(no_key=True).filter(id__in=list(ids)).order_by("id").values_list("id"))


def standing_of(subject: Subject, purpose_id: UUID) -> SubjectPurpose:
    """The row of one person and purpose, made on first use. The subject is locked by the caller."""
    row, _ = SubjectPurpose.objects.get_or_create(
        tenant_id=subject.tenant_id, subject_id=subject.id, purpose_id=purpose_id
    )
    return row


def moved(subject: Subject) -> None:
    """Count up: every decision that was made before is old now, in every process."""
    Subject.objects.filter(id=subject.id).update(standing_version=F("standing_version") + 1)
    forget_facts(subject.tenant_id, subject.id)
