"""From what a request names to the subjects behind it: the one way, and only with the leave of `guard.clear`.

The same statements are run for somebody whom we know and for somebody we do not, in the same order, and nothing is
taken from memory: neither the time of an answer nor what it costs the database tells who is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.facts import subject_facts
from governance.ids import NIL
from governance.keyring.identities import find_identity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.guard import Cleared
    from governance.policy import SubjectFacts
    from governance.vocabulary import SubjectKind


def subject_named(cleared: Cleared, kind: SubjectKind) -> SubjectFacts | None:
    """The subject behind the id of this kind, as the database has it now; None when we have never met.

    Somebody whose erasure runs is still found, and refused by policy.
    """
    return subject_numbered(cleared, identity_named(cleared, kind))


def identity_named(cleared: Cleared, kind: SubjectKind) -> UUID | None:
    """The random id behind the id of this kind, which need not be a subject: of an agent, app or run."""
    return find_identity(cleared.caller.tenant_id, kind, cleared.names[kind], evenly=True)


def subject_numbered(cleared: Cleared, subject_id: UUID | None) -> SubjectFacts | None:
    """The subject of this random id, or None. Without an id nobody is asked for, by the same statements."""
    return subjects_numbered(cleared, [subject_id or NIL]).get(subject_id or NIL)


def subjects_numbered(cleared: Cleared, ids: Iterable[UUID]) -> dict[UUID, SubjectFacts]:
    """The subjects of these random ids; those that are none are left out."""
    return subject_facts(cleared.caller.tenant_id, list(ids) or [NIL], fresh=True)
