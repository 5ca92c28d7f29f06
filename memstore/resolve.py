"""From the entity ids of a filter to the subjects whose memories it may be about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from governance.guard import Caller, Grant, authorize, refuse
from governance.keyring.identities import find_identity
from governance.subjects import find_subject, subject_facts
from governance.tenancy import tenant_context
from governance.vocabulary import Action, ReasonCode, SubjectKind, SubjectState
from memstore.errors import InvalidInput
from memstore.filters import Filter, UnscopedFilter, WildcardScope, parse_filter, scope
from memstore.models import Memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

MAX_SUBJECTS = 100
REFS = {SubjectKind.AGENT: "agent_ref", SubjectKind.APP: "app_ref", SubjectKind.RUN: "run_ref"}


def reach(*, caller: Caller, action: Action, filters: object) -> tuple[Filter, list[Grant]]:
    """The parsed filter, and a grant for each subject that it may be about.

    A filter that names nobody, or everybody, is refused on the record. Raises AccessRefused, InvalidInput.
    """
    try:
        wanted = parse_filter(filters)
        alternatives = scope(wanted).alternatives
    except UnscopedFilter as error:
        refuse(
            caller,
            action,
            ReasonCode.WILDCARD_SCOPE if isinstance(error, WildcardScope) else ReasonCode.UNSCOPED,
        )
        raise
    return wanted, authorize_scope(caller=caller, action=action, alternatives=alternatives)


def authorize_scope(
    *, caller: Caller, action: Action, alternatives: Iterable[Mapping[SubjectKind, str]]
) -> list[Grant]:
    """One grant per subject that the scope reaches; a single grant without a subject when it reaches none.

    Somebody whom we never met and somebody with no memories give the same answer, and both are on the record.
    Raises AccessRefused as soon as one subject is refused, InvalidInput when the scope reaches too many.
    """
    subjects: dict[UUID, UUID | None] = {}
    agent_id: UUID | None = None
    for alternative in alternatives:
        ids = {kind: _identity(caller.tenant_id, kind, external) for kind, external in alternative.items()}
        agent_id = ids.get(SubjectKind.AGENT)
        for subject_id in _subjects(caller, alternative, ids):
            subjects[subject_id] = agent_id
        if len(subjects) > MAX_SUBJECTS:
            break
    # Of somebody whose erasure has begun nothing is found, as of somebody whom we never met.
    facts = {
        subject_id: found
        for subject_id, found in subject_facts(caller.tenant_id, subjects).items()
        if found.state is not SubjectState.ERASED
    }
    if not facts:
        return [authorize(caller=caller, action=action, agent_id=agent_id)]
    grants = [
        authorize(caller=caller, action=action, subject=found, agent_id=subjects[found.id]) for found in facts.values()
    ]
    if len(subjects) > MAX_SUBJECTS:  # said only to who may ask: it tells how many there are
        raise InvalidInput("filters", f"reaches more than {MAX_SUBJECTS} people; name a user_id")
    return grants


def _identity(tenant_id: UUID, kind: SubjectKind, external: str) -> UUID | None:
    """Of a person as they are now: who was erased and came back is somebody else than this process may remember."""
    if kind is not SubjectKind.USER:
        return find_identity(tenant_id, kind, external)
    known = find_subject(tenant_id, kind, external)
    return known.id if known is not None else None


def _subjects(
    caller: Caller, alternative: Mapping[SubjectKind, str], ids: Mapping[SubjectKind, UUID | None]
) -> set[UUID]:
    """The subject itself when a user is named; else the agent, app or run and the people it has memories with."""
    if SubjectKind.USER in alternative:
        user = ids[SubjectKind.USER]
        return {user} if user is not None else set()
    if any(found is None for found in ids.values()):
        return set()
    through = Q()
    for kind, found in ids.items():
        through &= Q(**{REFS[kind]: found})
    with tenant_context(caller.tenant_id):
        people = Memory.objects.filter(through).values_list("subject_id", flat=True).distinct()
        return set(people[: MAX_SUBJECTS + 1])
