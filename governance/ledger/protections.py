"""A protection is noted in the transaction of its effect; it reaches the ledger before the caller has its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.models import Protection, ProtectionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from governance.vocabulary import SubjectKind

Detail = str | int | bool | None


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
    """Note it in the current transaction, whose tenant context must be `tenant_id`. Ids, dates and codes only."""
    Protection.objects.create(
        tenant_id=tenant_id,
        kind=kind.value,
        subject_id=subject_id,
        subject_kind=subject_kind.value if subject_kind else "",
        purpose_id=purpose_id,
        memory_ids=list(memory_ids),
        effect=dict(effect or {}),
    )
