"""Protections: recorded in the transaction of their effect, and in the ledger before the caller has the answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from governance.models import Protection, ProtectionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from governance.evidence.ledger.entries import Detail
    from governance.vocabulary import SubjectKind

MOST_MEMORIES = 1_000  # in one line of the ledger; more are split over several


def protect(
    kind: ProtectionKind,
    *,
    tenant_id: UUID,
    subject_id: UUID | None = None,
    subject_kind: SubjectKind | None = None,
    purpose_id: UUID | None = None,
    memory_ids: Iterable[UUID] = (),
    effect: Mapping[str, Detail] | None = None,
) -> None:
    """Record a protection in the current transaction, whose tenant context must be `tenant_id`.

    `effect` holds ids, dates, codes and the case reference of a hold, and no content. The protection is shipped after
    the commit, before the caller has the answer.
    """
    named = list(memory_ids)
    for begin in range(0, max(len(named), 1), MOST_MEMORIES):
        Protection.objects.create(
            tenant_id=tenant_id,
            kind=kind.value,
            subject_id=subject_id,
            subject_kind=subject_kind.value if subject_kind else "",
            purpose_id=purpose_id,
            memory_ids=named[begin : begin + MOST_MEMORIES],
            effect=dict(effect or {}),
        )
    transaction.on_commit(partial(_ship, tenant_id), robust=True)


def _ship(tenant_id: UUID) -> None:
    from governance.evidence.ledger.shipping import ship

    ship(tenant_id)
