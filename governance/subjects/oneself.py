"""Person in the portal, as policy sees them and as the assistant knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.guard.facts import subject_facts
from governance.keyring.identities import reveal_identities
from governance.vocabulary import Capability, ReasonCode, Role

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.policy.decide import SubjectFacts
    from governance.vocabulary import SubjectKind


def oneself(caller: Caller) -> SubjectFacts | None:
    """Return the subject that the person in the portal is.

    None for every other caller, and when the person is no longer there.
    """
    if caller.principal.role is not Role.SUBJECT:
        return None
    return subject_facts(caller.tenant_id, [caller.principal.id], fresh=True).get(caller.principal.id)


def is_proved(caller: Caller) -> bool:
    """Return whether a one-time code has shown that it is the person (`sittings.note_proved`)."""
    return Capability.OWN_READ_ALL in caller.principal.capabilities


def own_identity(caller: Caller) -> tuple[SubjectKind, str]:
    """Return kind and external id of the person in the portal, for use cases that take these. Never shown.

    Raises AccessRefused(SUBJECT_NOT_ACTIVE) once the person is erased.
    """
    subject = oneself(caller)
    external_id = reveal_identities(caller.tenant_id, [caller.principal.id]).get(caller.principal.id)
    if subject is None or external_id is None:
        raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)
    return subject.kind, external_id
