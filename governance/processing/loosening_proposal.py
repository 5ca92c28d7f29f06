"""Loosening proposals: changes of configuration that loosen something, written down without any effect.

`governance.dual_control.approve_loosening` approves them; `governance.dual_control.proposals` declines and withdraws
them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from governance.models import Loosening

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from governance.context import Caller
    from governance.models import LooseningKind


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed field. `before` and `after` are texts, empty where there is nothing.

    `loosens`: the field is a reason why a second person is asked.
    """

    field: str
    before: str
    after: str
    loosens: bool


@dataclass(frozen=True, slots=True)
class LooseningView:
    """A proposal. `state`: proposed, approved, declined, withdrawn.

    `digest` (SHA-256, hex) is what the second person approves.
    """

    id: UUID
    kind: str
    purpose_id: UUID | None
    state: str
    changes: tuple[FieldChange, ...]
    loosens: tuple[str, ...]
    digest: str
    requested_by: UUID
    requested_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str
    object_id: UUID | None


def propose(
    caller: Caller,
    kind: LooseningKind,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    loosens: Sequence[str],
    *,
    purpose_id: UUID | None = None,
) -> Loosening:
    """Insert a proposal. Call it inside the transaction of the use case that was asked for the change."""
    row = Loosening.objects.create(
        tenant_id=caller.tenant_id,
        kind=kind.value,
        purpose_id=purpose_id,
        before=dict(before),
        after=dict(after),
        loosens=list(loosens),
        requested_by=caller.principal.id,
    )
    row.refresh_from_db()  # the time is the database's
    return row


def digest_of(row: Loosening) -> str:
    """Return the SHA-256 (hex) of all that the second person is shown: an altered proposal has another one."""
    shown = [str(row.id), row.kind, str(row.purpose_id), row.before, row.after, row.loosens, str(row.requested_by)]
    return hashlib.sha256(json.dumps(shown, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def loosening_view(row: Loosening) -> LooseningView:
    """Return a proposal as the API and the console show it."""
    state = row.ended_as or ("approved" if row.approved_by else "proposed")
    names = [name for name in row.after if row.before.get(name) != row.after[name]]
    return LooseningView(
        id=row.id,
        kind=row.kind,
        purpose_id=row.purpose_id,
        state=state,
        changes=tuple(
            FieldChange(name, _text(row.before.get(name)), _text(row.after[name]), name in row.loosens)
            for name in names
        ),
        loosens=tuple(row.loosens),
        digest=digest_of(row),
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        decided_by=row.ended_by or row.approved_by,
        decided_at=row.ended_at or row.approved_at,
        reason=row.ended_reason,
        object_id=row.object_id,
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
