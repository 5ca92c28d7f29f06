"""Dual control: one person requests, another approves or declines.

Constraints of the tables refuse the same person twice as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.models import Proposal
from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.models import FourEyes


def approve(row: FourEyes, caller: Caller) -> None:
    """Set the approval on an unsaved `row`. Raises AccessRefused: SAME_PERSON, ALREADY_DECIDED."""
    check_approver(row, caller)
    row.approved_by = caller.principal.id
    row.approved_at = datetime.now(UTC)


def check_approver(row: FourEyes, caller: Caller) -> None:
    """Check that the caller may approve `row` now. Raises AccessRefused: SAME_PERSON, ALREADY_DECIDED."""
    if row.approved_by is not None or (isinstance(row, Proposal) and row.has_ended):
        raise AccessRefused(ReasonCode.ALREADY_DECIDED)
    not_the_same(caller, row.requested_by)


def not_the_same(caller: Caller, *others: object) -> None:
    """Check that the caller is none of `others`. Raises AccessRefused(SAME_PERSON).

    Persons are compared, whatever their role or session.
    """
    if caller.principal.id in others:
        raise AccessRefused(ReasonCode.SAME_PERSON)


@dataclass(frozen=True, slots=True)
class EndedProposal:
    """End of a proposal that was not approved. `how`: declined, for the `reason`, or withdrawn."""

    how: str
    reason: str
    by: UUID
    at: datetime


def ended_of(row: Proposal) -> EndedProposal | None:
    """Return the end of the row's last proposal; None when none was declined or withdrawn."""
    if row.ended_at is None or row.ended_by is None:
        return None
    return EndedProposal(row.ended_as, row.ended_reason, row.ended_by, row.ended_at)
