"""What one person asks for and another approves, or declines. The constraints of the tables refuse one person twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.models import Proposal
from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from governance.acting import Caller
    from governance.models import FourEyes


def approve(row: FourEyes, caller: Caller) -> None:
    """Set the approval on an unsaved `row`. Raises AccessRefused: SAME_PERSON, ALREADY_DECIDED."""
    if row.approved_by is not None or (isinstance(row, Proposal) and row.has_ended):
        raise AccessRefused(ReasonCode.ALREADY_DECIDED)
    not_the_same(caller, row.requested_by)
    row.approved_by = caller.principal.id
    row.approved_at = datetime.now(UTC)


def not_the_same(caller: Caller, *others: object) -> None:
    """Raises AccessRefused(SAME_PERSON). Compared by person, whatever role or session they come with."""
    if caller.principal.id in others:
        raise AccessRefused(ReasonCode.SAME_PERSON)
