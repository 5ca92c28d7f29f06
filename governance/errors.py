"""Exceptions of governance. They know nothing of HTTP: `api.web.errors` maps each to a status.

GovernanceError
├── AccessRefused        policy refused; carries the reason code that is in the audit event
│   ├── InvalidChange    the requested change is not possible; carries the field and what was expected
│   └── NoSuchObject     there is no such object, or none that the caller may know of
├── FactsMoved           the decision was made on facts that have changed since: decide again
├── KeyUnavailable       a key that should exist is missing, or its keeper cannot be reached
│   └── KeyDamaged       the key is there and does not open, while others of the tenant do
├── WrongRootKey         the configured root key did not make the stored keys
├── Unopenable           a ciphertext does not open: damaged, moved to another row, or of another key
├── AuditUnavailable     the event could not be written, so the operation did not happen
├── LedgerUnavailable    the protective ledger cannot be reached
├── LedgerRefuses        the ledger and the databases do not agree, so nothing may be served
├── AnchorUnavailable    a place for anchored tree heads cannot be reached
└── IdentityUnproved     the identity provider proved no identity, so no session is opened
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.vocabulary import ReasonCode

if TYPE_CHECKING:
    from uuid import UUID


class GovernanceError(Exception):
    """Base class of every exception that governance raises."""


class AccessRefused(GovernanceError):
    """Refusal by policy. `reason` is a word of the closed vocabulary, for callers to decide by."""

    def __init__(self, reason: ReasonCode) -> None:
        super().__init__(reason.value)
        self.reason = reason


class InvalidChange(AccessRefused):
    """Refusal of a change that is not possible. `field` is its path; the value is never repeated."""

    def __init__(self, field: str, problem: str, reason: ReasonCode = ReasonCode.INVALID) -> None:
        super().__init__(reason)
        self.field = field
        self.problem = problem


class NoSuchObject(AccessRefused):
    """Refusal because the tenant has no such object, or none that the caller may know of. `what` is its kind."""

    def __init__(self, what: str) -> None:
        super().__init__(ReasonCode.NOT_FOUND)
        self.what = what


class FactsMoved(GovernanceError):
    """Change of the subject since the decision; nothing was done. `guard.on_current_facts` decides again."""


class KeyUnavailable(GovernanceError):
    """Absence of a key that should exist. Never taken as proof of an erasure (DESIGN section 4)."""


class KeyDamaged(KeyUnavailable):
    """Failure of one data key to open under its tenant key, which is the right one.

    What this data key sealed is lost, and nothing else.
    """

    def __init__(self, key_id: UUID) -> None:
        super().__init__(f"data key {key_id} does not open under its tenant key")
        self.key_id = key_id


class WrongRootKey(GovernanceError):
    """Failure of the root key to reproduce the key-check value of an epoch; nothing has been written."""


class Unopenable(GovernanceError):
    """Failure of a sealed value to authenticate, or content in it that nothing here would write.

    The message never holds content. `object_id`: the memory, source, identity or request whose value it is, where
    known.
    """

    def __init__(self, problem: str = "", object_id: UUID | None = None) -> None:
        super().__init__(problem)
        self.object_id = object_id


class AuditUnavailable(GovernanceError):
    """Failure to commit the audit event, so nothing was done and nothing is returned."""


class AnchorUnavailable(GovernanceError):
    """Failure to put a tree head outside, or to read back what was put there."""


class LedgerUnavailable(GovernanceError):
    """Failure to read or write the protective ledger. Protections that took effect wait to be shipped."""


class LedgerRefuses(GovernanceError):
    """Disagreement of the ledger with a database.

    It is shorter than the database knows it, of another history, or broken. The message names no person.
    """


class IdentityUnproved(GovernanceError):
    """Failure of single sign-on: no session is opened.

    The identity provider did not answer as it should, or its answer is not meant for this client.
    """
