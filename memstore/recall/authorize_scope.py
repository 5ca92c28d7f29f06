"""Authorization of a filter's scope: from its entity ids to a grant for each subject that it can be about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from governance.guard.authorize import Grant, authorize, refuse
from governance.ids import NIL
from governance.subjects.look_up import Cleared, clear, identity_named, subject_named, subjects_numbered
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SHARED, Action, ReasonCode, SubjectKind, SubjectState
from memstore.errors import InvalidInput
from memstore.models import Memory, Sighting
from memstore.recall.filter.parse import Filter, UnscopedFilter, WildcardScope, parse_filter, scope
from memstore.recall.filter.tree import And, IdTest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from governance.context import Caller

MAX_SUBJECTS = 100
REFS = {SubjectKind.AGENT: "agent_ref", SubjectKind.APP: "app_ref", SubjectKind.RUN: "run_ref"}


def reach(*, caller: Caller, action: Action, filters: object) -> tuple[Filter, list[Grant]]:
    """Return the parsed filter, and a grant for each subject that it can be about.

    A filter that names no subject, or all of them, is refused on the record. Raises AccessRefused, InvalidInput.
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
    grants = authorize_scope(caller=caller, action=action, alternatives=alternatives)
    return _cut_to_the_pin(caller, wanted, alternatives), grants


def authorize_scope(
    *, caller: Caller, action: Action, alternatives: Iterable[Mapping[SubjectKind, str]]
) -> list[Grant]:
    """Return one grant for each subject that the scope reaches, or a single grant without a subject if it reaches none.

    Policy decides what needs no subject for every alternative before any subject is looked up; a key that is pinned to
    a subject or agent needs it named in each alternative. An unknown subject and one without memories give the same
    answer after the same statements, and both are on the record. Raises AccessRefused as soon as one subject is
    refused, InvalidInput when the scope reaches more than MAX_SUBJECTS.
    """
    cleared = [_clear(caller, action, alternative) for alternative in alternatives]
    subjects: set[UUID] = set()
    for one in cleared:
        subjects |= _subjects(one)
        if len(subjects) > MAX_SUBJECTS:
            break
    agent_id = caller.principal.pinned_agent if cleared else None
    # An erased subject is answered like an unknown one: nothing is found.
    found = subjects_numbered(cleared[0], subjects) if cleared else {}
    facts = [subject for subject in found.values() if subject.state is not SubjectState.ERASED]
    if not facts:
        kind = _kind(cleared[0].names) if cleared else None
        return [authorize(caller=caller, action=action, agent_id=agent_id, new_subject_kind=kind)]
    grants = [authorize(caller=caller, action=action, subject=one, agent_id=agent_id) for one in facts]
    if len(subjects) > MAX_SUBJECTS:  # raised only after the decision: it tells how many subjects there are
        raise InvalidInput("filters", f"reaches more than {MAX_SUBJECTS} people; name a user_id")
    return grants


def _clear(caller: Caller, action: Action, alternative: Mapping[SubjectKind, str]) -> Cleared:
    """Clear the caller for one alternative, before any subject is looked up.

    An alternative that names only an agent or app is about people as well: for a read, kind and purpose are decided on
    each subject.
    """
    kind = _kind(alternative)
    settled = kind not in SHARED or action is Action.FORGET_SCOPE
    return clear(caller=caller, action=action, names=dict(alternative.items()), kind=kind if settled else None)


def _kind(names: Mapping[SubjectKind, str]) -> SubjectKind:
    """Return the kind of the subject: the user if named, else the run, else the agent or app."""
    order = (SubjectKind.USER, SubjectKind.RUN, SubjectKind.AGENT, SubjectKind.APP)
    return next(kind for kind in order if kind in names)


def _subjects(cleared: Cleared) -> set[UUID]:
    """Return the user if one is named, else every subject with memories that came through the named agent, app and run.

    A key that is pinned to a subject reaches that one alone. At most MAX_SUBJECTS + 1 are returned.
    """
    if SubjectKind.USER in cleared.names:
        user = subject_named(cleared, SubjectKind.USER)
        return {user.id} if user is not None else set()
    caller, through = cleared.caller, Q()
    for kind in cleared.names:
        through &= Q(**{REFS[kind]: identity_named(cleared, kind) or NIL})
    if caller.principal.pinned_subject is not None:
        through &= Q(subject_id=caller.principal.pinned_subject)
    with tenant_context(caller.tenant_id):
        people = Memory.objects.filter(through).values_list("subject_id", flat=True).distinct()
        again = Sighting.objects.filter(through).values_list("subject_id", flat=True).distinct()
        return set(people[: MAX_SUBJECTS + 1]) | set(again[: MAX_SUBJECTS + 1])


def _cut_to_the_pin(caller: Caller, wanted: Filter, alternatives: Iterable[Mapping[SubjectKind, str]]) -> Filter:
    """Return the filter, narrowed to the agent that the key is pinned to.

    `authorize_scope` has checked that every alternative names it.
    """
    if caller.principal.pinned_agent is None:
        return wanted
    named = frozenset(one[SubjectKind.AGENT] for one in alternatives)
    return Filter(And((wanted.root, IdTest(SubjectKind.AGENT, named))))
