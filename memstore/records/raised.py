"""Raised statements: what a person said in a chat that an officer has to hear of, noted with its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memstore.models import RaisedStatement, StatementKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from memstore.records.insert import Owner


def raise_objections(owner: Owner, ids: Iterable[UUID]) -> None:
    """Have these memories, in which the person objects, wait for an officer: in the transaction that stores them.

    What waits already waits once; said again after an officer handled it, it waits again.
    """
    RaisedStatement.objects.bulk_create(
        [
            RaisedStatement(
                tenant_id=owner.tenant_id,
                memory_id=memory_id,
                subject_id=owner.subject.id,
                purpose_id=owner.purpose.purpose_id,
                kind=StatementKind.OBJECTION,
            )
            for memory_id in dict.fromkeys(ids)
        ],
        ignore_conflicts=True,
    )


def waiting_statements() -> QuerySet[RaisedStatement]:
    """Return the statements that no officer has handled. Inside the tenant's context."""
    return RaisedStatement.objects.filter(handled_at=None)
