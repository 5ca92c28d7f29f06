"""What one person asks for and another approves, or declines. The constraints of the tables refuse one person twice."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from governance.errors import AccessRefused
from governance.models import Proposal
from governance.tokens import digest
from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from governance.acting import Caller
    from governance.models import FourEyes

CLAIM_BYTES = 24


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


def new_claim_code() -> tuple[str, bytes]:
    """A code that is shown once, and the SHA-256 that is kept of it."""
    code = secrets.token_urlsafe(CLAIM_BYTES)
    return code, digest(code)


def claim_text(tenant_id: UUID, object_id: UUID, code: str) -> str:
    """A claim code as it is handed out."""
    return f"{tenant_id}.{object_id}.{code}"


def read_claim(text: str) -> tuple[UUID, UUID, str]:
    """(tenant, object, code) of a claim code as it was handed out. Raises AccessRefused(CLAIM_UNKNOWN)."""
    try:
        tenant_id, object_id, code = text.strip().split(".")
        return UUID(tenant_id), UUID(object_id), code
    except ValueError:
        raise AccessRefused(ReasonCode.CLAIM_UNKNOWN) from None
