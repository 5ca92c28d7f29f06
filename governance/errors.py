"""What governance refuses or cannot do. It knows nothing of HTTP; `api.errors` maps each to a status.

GovernanceError
├── AccessRefused        policy said no; carries the reason code that is in the audit event
├── KeyUnavailable       the key should be there and is not, or its keeper cannot be reached
├── WrongRootKey         the configured root key did not make the stored keys
├── Unopenable           a ciphertext does not open: damaged, moved to another row, or of another key
└── AuditUnavailable     the event could not be written, so the operation did not happen
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from governance.policy import ReasonCode


class GovernanceError(Exception):
    """Root of everything that governance raises."""


class AccessRefused(GovernanceError):
    """Policy refused. `reason` is the closed vocabulary that callers decide by."""

    def __init__(self, reason: ReasonCode) -> None:
        super().__init__(reason.value)
        self.reason = reason


class KeyUnavailable(GovernanceError):
    """A key that should exist cannot be had now. Never taken for "erased" (DESIGN section 4)."""


class WrongRootKey(GovernanceError):
    """The root key at hand fails the key-check value of an epoch; nothing has been written."""


class Unopenable(GovernanceError):
    """A sealed value failed authentication. The message never holds content."""


class AuditUnavailable(GovernanceError):
    """The audit event could not be committed, so nothing was done and nothing is returned."""
