"""Look-up of subjects by what a request names: the only way. `clear` decides first what needs no subject.

It makes every refusal that does not depend on who is known, and a look-up needs the clearance that it returns. From
there the same statements run for a known and an unknown subject, in the same order, and nothing is taken from a cache:
neither the time of an answer nor what it costs the database tells who is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.errors import AccessRefused, InvalidChange
from governance.guard.authorize import refuse
from governance.guard.facts import subject_facts
from governance.ids import NIL
from governance.keyring.identities import find_identity, stands_for
from governance.policy.decide import OWN_AFFAIRS, AccessRequest, refused_unseen
from governance.policy.external_ids import external_id, field_of
from governance.vocabulary import ReasonCode, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from governance.context import Caller
    from governance.policy.decide import Principal, SubjectFacts
    from governance.policy.external_ids import ExternalId
    from governance.vocabulary import Action


@dataclass(frozen=True, slots=True)
class Cleared:
    """Clearance to look a subject up: no rule that needs no subject refuses this caller's action.

    `names` are the ids that were asked about, by kind, each in its kept form; empty where a row is asked for by its id.
    """

    caller: Caller
    action: Action
    names: Mapping[SubjectKind, ExternalId]

    @property
    def agent_id(self) -> UUID | None:
        """Return the agent that the key is pinned to, which is among the names; None without names."""
        return self.caller.principal.pinned_agent if self.names else None


def clear(
    *,
    caller: Caller,
    action: Action,
    names: Mapping[SubjectKind, str] | None = None,
    kind: SubjectKind | None = None,
    purpose: str | None = None,
    object_id: UUID | None = None,
) -> Cleared:
    """Decide what needs no subject, before a subject is looked up: rules 1 to 5 of policy, and the pin by its names.

    `names`: the ids that are asked about; they are brought into the form that is kept. `kind`: of the subject, where
    the ids settle it. Without names the pin is decided on the row, as kind and purpose are. Call it before `authorize`.
    Raises AccessRefused (InvalidChange for text that is no id), whose event is committed by then.
    """
    request = AccessRequest(
        principal=caller.principal,
        action=action,
        purpose=purpose if purpose is not None else caller.purpose,
        new_subject_kind=kind,
        on_a_row=kind is None,
    )
    refused = refused_unseen(request, datetime.now(UTC))
    if refused is not None:
        refuse(caller, action, refused.reason, object_id=object_id)
        raise AccessRefused(refused.reason)
    try:
        cleaned = {one: external_id(name, field_of(one)) for one, name in (names or {}).items()}
    except InvalidChange:
        refuse(caller, action, ReasonCode.INVALID, object_id=object_id)
        raise
    if cleaned and action not in OWN_AFFAIRS and not _names_the_pin(caller.principal, cleaned):
        refuse(caller, action, ReasonCode.PINNED_ELSEWHERE, object_id=object_id)
        raise AccessRefused(ReasonCode.PINNED_ELSEWHERE)
    return Cleared(caller, action, cleaned)


def _names_the_pin(principal: Principal, names: Mapping[SubjectKind, ExternalId]) -> bool:
    """Return whether the ids are those of the subject and of the agent that a key is pinned to.

    Reads the rows of those two alone.
    """
    subject, agent, tenant_id = principal.pinned_subject, principal.pinned_agent, principal.tenant_id
    named: dict[SubjectKind, str] = {one: name for one, name in names.items() if one is SubjectKind.AGENT}
    if subject is not None and not stands_for(tenant_id, subject, _about(names)):
        return False
    return agent is None or stands_for(tenant_id, agent, named)


def _about(names: Mapping[SubjectKind, ExternalId]) -> dict[SubjectKind, ExternalId]:
    """Return the user among the names, since a call that names one is about them; else all names."""
    return {one: name for one, name in names.items() if one is SubjectKind.USER or SubjectKind.USER not in names}


def subject_named(cleared: Cleared, kind: SubjectKind) -> SubjectFacts | None:
    """Return the subject behind the id of this kind, as the database has it now; None when it is not known.

    A subject whose erasure runs is still found, and refused by policy.
    """
    return subject_numbered(cleared, identity_named(cleared, kind))


def identity_named(cleared: Cleared, kind: SubjectKind) -> UUID | None:
    """Return the random id behind the id of this kind, or None. It need not be a subject's."""
    return find_identity(cleared.caller.tenant_id, kind, cleared.names[kind], evenly=True)


def subject_numbered(cleared: Cleared, subject_id: UUID | None) -> SubjectFacts | None:
    """Return the subject of this random id, or None. Without an id the same statements run on the nil UUID."""
    return subjects_numbered(cleared, [subject_id or NIL]).get(subject_id or NIL)


def subjects_numbered(cleared: Cleared, ids: Iterable[UUID]) -> dict[UUID, SubjectFacts]:
    """Return the subjects of these random ids; ids that are no subjects are left out."""
    return subject_facts(cleared.caller.tenant_id, list(ids) or [NIL], fresh=True)
