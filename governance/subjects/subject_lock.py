"""Subject lock: the lock on a subject's row that choices, holds, writes and erasure share."""

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
    """Lock the subject's row until the transaction ends, and return it. Raises NoSuchObject.

    Erasure, holds, withdrawals and deletions all wait here. FOR NO KEY UPDATE, as the writers of memories take it: rows
    that refer to the subject can still be inserted.
    """
    row = Subject.objects.select_for_update(no_key=True).filter(id=subject_id).first()
    if row is None:
        raise NoSuchObject("subject")
    return row


def lock_living(subject_id: UUID) -> Subject:
    """Lock the subject's row for a choice that the person makes. Raises NoSuchObject.

    Raises FactsMoved once the person is erased: the caller is then a new subject, and is looked up again.
    """
    row = lock_subject(subject_id)
    if row.state == SubjectState.ERASED.value:
        forget_facts(row.tenant_id, row.id)
        raise FactsMoved
    return row


def closed_before(subject_id: UUID, asked_at: float) -> bool:
    """Return whether the erasure of this subject had closed before `asked_at` (`time.monotonic()` of this process).

    Computed by the database clock and the time elapsed in this process, so no two clocks need to agree. In doubt
    `asked_at` counts as earlier, since the time of the query counts as elapsed before it.
    """
    steps = ErasureStepDone.objects.filter(erasure__subject_id=subject_id, step=ErasureStep.CLOSE.value)
    found = steps.order_by("at").values_list("at", Now()).last()
    if found is None:
        return False
    closed_at, now = found
    return bool(closed_at < now - timedelta(seconds=time.monotonic() - asked_at))


def lock_subjects(ids: Iterable[UUID]) -> None:
    """Lock several subjects at once, in one order for all, so that no two transactions deadlock."""
    list(Subject.objects.select_for_update(no_key=True).filter(id__in=list(ids)).order_by("id").values_list("id"))


def standing_of(subject: Subject, purpose_id: UUID) -> SubjectPurpose:
    """Return the row of one person's choices for one purpose, made on first use. The caller holds the subject lock."""
    row, _ = SubjectPurpose.objects.get_or_create(
        tenant_id=subject.tenant_id, subject_id=subject.id, purpose_id=purpose_id
    )
    return row


def moved(subject: Subject) -> None:
    """Count up `standing_version`: every earlier decision about the subject is old now, in every process."""
    Subject.objects.filter(id=subject.id).update(standing_version=F("standing_version") + 1)
    forget_facts(subject.tenant_id, subject.id)
