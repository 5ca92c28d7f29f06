"""What governance refuses or cannot do. It knows nothing of HTTP; `api.web.errors` maps each to a status.

GovernanceError
├── AccessRefused        policy said no; carries the reason code that is in the audit event
│   ├── InvalidChange    what was asked for cannot be; carries the field and what was expected
│   └── NoSuchObject     there is no such thing, or none that the caller may know of
├── FactsMoved           the decision was made on facts that are old by now: decide again
├── KeyUnavailable       the key should be there and is not, or its keeper cannot be reached
│   └── KeyDamaged       it is there and does not open, while others of the tenant do
├── WrongRootKey         the configured root key did not make the stored keys
├── Unopenable           a ciphertext does not open: damaged, moved to another row, or of another key
├── AuditUnavailable     the event could not be written, so the operation did not happen
├── LedgerUnavailable    the protective ledger cannot be reached
├── LedgerRefuses        the ledger and the databases do not agree, so nothing may be served
└── AnchorUnavailable    a place for anchored tree heads cannot be reached
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from uuid import UUID


class GovernanceError(Exception):
    """Root of everything that governance raises."""


class AccessRefused(GovernanceError):
    """Policy refused. `reason` is the closed vocabulary that callers decide by."""

    def __init__(self, reason: ReasonCode) -> None:
        super().__init__(reason.value)
        self.reason = reason


class InvalidChange(AccessRefused):
    """A change of configuration that cannot be. `field` is its path; the value is never repeated."""

    def __init__(self, field: str, problem: str, reason: ReasonCode = ReasonCode.INVALID) -> None:
        super().__init__(reason)
        self.field = field
        self.problem = problem


class NoSuchObject(AccessRefused):
    """There is no such thing in the tenant, or none that the caller may know of. `what` is its kind."""

    def __init__(self, what: str) -> None:
        super().__init__(ReasonCode.NOT_FOUND)
        self.what = what


class FactsMoved(GovernanceError):
    """The subject is not what it was at the decision; nothing was done. `guard.on_current_facts` decides again."""


class KeyUnavailable(GovernanceError):
    """A key that should exist cannot be had now. Never taken for "erased" (DESIGN section 4)."""


class KeyDamaged(KeyUnavailable):
    """The tenant's key is right, and a key that it wraps does not open: what that one sealed is lost, nothing else."""

    def __init__(self, key_id: UUID) -> None:
        super().__init__(f"data key {key_id} does not open under its tenant key")
        self.key_id = key_id


class WrongRootKey(GovernanceError):
    """The root key at hand fails the key-check value of an epoch; nothing has been written."""


class Unopenable(GovernanceError):
    """A sealed value failed authentication, or holds what nothing here would write. The message never holds content.

    `object_id`: of the memory, source, identity or request whose value it is, where that is known.
    """

    def __init__(self, problem: str = "", object_id: UUID | None = None) -> None:
        super().__init__(problem)
        self.object_id = object_id


class AuditUnavailable(GovernanceError):
    """The audit event could not be committed, so nothing was done and nothing is returned."""


class AnchorUnavailable(GovernanceError):
    """A head could not be put outside, or what was put there cannot be read."""


class LedgerUnavailable(GovernanceError):
    """The protective ledger cannot be read or written now. What took effect waits to be shipped."""


class LedgerRefuses(GovernanceError):
    """The ledger is shorter than a database knows it, of another history, or broken. The message names no person."""


class IdentityUnproved(GovernanceError):
    """The identity provider did not answer as it should, or what it said is not for us. Nobody is signed in."""
