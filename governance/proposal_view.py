"""How the last proposal of a row ended that was not approved, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.models import Proposal


@dataclass(frozen=True, slots=True)
class EndedProposal:
    """`how`: declined, for the `reason`, or withdrawn."""

    how: str
    reason: str
    by: UUID
    at: datetime


def ended_of(row: Proposal) -> EndedProposal | None:
    """None where no proposal of the row was declined or withdrawn."""
    if row.ended_at is None or row.ended_by is None:
        return None
    return EndedProposal(row.ended_as, row.ended_reason, row.ended_by, row.ended_at)
