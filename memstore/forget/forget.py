"""Deletion of memories by a call: with their versions, cards and sources, out of every table at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.access.deletion_limit import within_limit
from governance.errors import AccessRefused, KeyUnavailable
from governance.evidence.ledger.protections import protect
from governance.guard.authorize import effect_of, on_current_facts, refuse, subjects_of
from governance.ids import NIL, uuid7
from governance.models import ProtectionKind, Subject
from governance.subjects.look_up import clear, identity_named
from governance.subjects.subject_lock import lock_subjects
from governance.subjects.subjects import subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, SubjectKind
from memstore.errors import InvalidInput
from memstore.forget.erasure.erase_person import RETAINED, again, covers, erase_person
from memstore.models import Job, JobKind, JobStatus, Memory, Source
from memstore.recall.authorize_scope import REFS, authorize_scope
from memstore.records.delete import Removed, let_go, let_sources_go
from memstore.records.forgotten import note_forgotten
from memstore.records.idempotency import Once, claim, replayed
from memstore.records.load import load_memories
from memstore.records.sightings import withdraw_sightings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.keyring.sealing import Sealer
    from governance.subjects.look_up import Cleared
    from memstore.records.load import Loaded
    from memstore.records.scope_ids import ScopeIds


PEOPLE = (SubjectKind.USER.value, SubjectKind.RUN.value)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Result of a deletion. `retained`: the law keeps some of it for now, out of use at once, until the law allows.

    `waits`: it is out of reach, and staff have to approve its destruction.
    """

    event_id: UUID
    retained: bool = False
    waits: bool = False


@on_current_facts
def forget(*, caller: Caller, ids: Sequence[UUID], once: Once | None = None) -> Forgotten:
    """Delete these memories, all or none. Return the event.

    Raises MemoryNotFound when one of them is missing or not the caller's to know of, Conflict for an idempotency key of
    another request, AccessRefused(DELETION_LIMIT) when several ids empty more people than a key may delete in an hour.
    """
    event_id = uuid7()
    if once is not None and (earlier := replayed(caller, once)) is not None:
        return _replay(caller, earlier)
    loaded = load_memories(caller=caller, action=Action.FORGET, ids=list(dict.fromkeys(ids)))
    with effect_of([entry.grant for entry in loaded]):
        if once is not None and (first := claim(caller, once, event_id)) != event_id:
            return _replay(caller, first)
        lock_subjects({entry.memory.subject_id for entry in loaded})
        removed = _let_each_go(loaded)
        if len(loaded) > 1:
            _brake(caller, Action.FORGET, sorted({entry.memory.subject_id for entry in loaded}), removed)
        _protect(caller, removed)
        _note(caller, event_id, removed)
        for entry in loaded:
            entry.grant.record(items=[(entry.memory.id, entry.memory.version)], object_id=entry.memory.id)
    return Forgotten(event_id, removed.retained)


@on_current_facts
def forget_scope(*, caller: Caller, scope: ScopeIds, once: Once | None = None) -> Forgotten:
    """Delete every memory of a user, agent, app or run (of all of them together, if several are named).

    A user alone, by a key that acts for all that is kept of them, is erased as a person: `erasure.erase_person`. Policy
    asks for the capability `forget_subject` beside `forget`. The answer is the same whether there was anything to
    delete or not. Raises AccessRefused, InvalidInput for a scope without ids, Conflict for an idempotency key of
    another request.
    """
    given = scope.given()
    if not given:
        refuse(caller, Action.FORGET_SCOPE, ReasonCode.UNSCOPED)
        raise InvalidInput("user_id", "name a user_id, agent_id, app_id or run_id; deleting everything is not offered")
    cleared = clear(caller=caller, action=Action.FORGET_SCOPE, names=given, kind=scope.subject()[0])
    if set(given) == {SubjectKind.USER} and covers(cleared):
        done = erase_person(caller=caller, user_id=given[SubjectKind.USER], once=once)
        return Forgotten(done.event_id, done.retained, done.waits)
    grants = authorize_scope(caller=caller, action=Action.FORGET_SCOPE, alternatives=[given])
    event_id, through = uuid7(), _through(cleared)
    with effect_of(grants):
        if once is not None and (first := claim(caller, once, event_id)) != event_id:
            return _replay(caller, first)
        lock_subjects({grant.subject_id for grant in grants})
        removed = _joined(_forget_grant(grant, through) for grant in grants)
        _brake(caller, Action.FORGET_SCOPE, subjects_of(grants), removed)
        _protect(caller, removed)
        _note(caller, event_id, removed)
    return Forgotten(event_id, removed.retained)


def _brake(caller: Caller, action: Action, subjects: Iterable[UUID], removed: Removed) -> None:
    """Count the people of whom no memory is left. Raises AccessRefused(DELETION_LIMIT), which undoes it all."""
    if not removed.all:
        return
    people = Subject.objects.filter(id__in=list(subjects), kind__in=PEOPLE).order_by("id").values_list("id", flat=True)
    for subject_id in people:
        emptied = not Memory.objects.filter(subject_id=subject_id).exists()
        if emptied and not within_limit(caller, action, counts=True, subject_id=subject_id, request_id=None):
            raise AccessRefused(ReasonCode.DELETION_LIMIT)


def _protect(caller: Caller, removed: Removed) -> None:
    """Note the deletion for the ledger: a restored backup must not bring the memories back."""
    if removed.all:
        ids = [memory_id for memory_id, _ in removed.all]
        protect(ProtectionKind.DELETE, tenant_id=caller.tenant_id, memory_ids=ids)


def _let_each_go(loaded: list[Loaded]) -> Removed:
    by_subject: dict[UUID, list[UUID]] = {}
    for entry in loaded:
        by_subject.setdefault(entry.memory.subject_id, []).append(entry.memory.id)
    note_forgotten(entry.memory.id for entry in loaded)
    return _joined(let_go(Memory.objects.filter(id__in=ids), subject) for subject, ids in by_subject.items())


def _joined(parts: Iterable[Removed]) -> Removed:
    every = list(parts)
    return Removed(
        tuple(pair for part in every for pair in part.gone),
        tuple(pair for part in every for pair in part.kept),
        sum(part.n_sources_kept for part in every),
    )


def _forget_grant(grant: Grant, through: Q) -> Removed:
    """Delete one subject's memories in the scope, for the purposes that the grant covers.

    A fact that was also said elsewhere stays, as said there. The same statements run if there are none.
    """
    withdraw_sightings(through & _for(grant), grant.subject_id, partial(_sealer, grant))
    going = Memory.objects.filter(through, _for(grant), subject_id=grant.subject_id)
    note_forgotten(going.values_list("id", flat=True))
    removed = let_go(going, grant.subject_id)
    # Also sources whose facts are not extracted yet.
    sources = let_sources_go(Source.objects.filter(through, _for(grant)), grant.subject_id)
    grant.record(items=removed.all)
    return replace(removed, n_sources_kept=sources)


def _sealer(grant: Grant, purpose_id: UUID) -> Sealer:
    if grant.subject is None:
        raise KeyUnavailable("no subject, no key")
    return subject_sealer(grant.caller.tenant_id, grant.subject, purpose_id)


def _for(grant: Grant) -> Q:
    return Q(purpose_id__in=[rule.purpose_id for rule in grant.allowed.purposes])


def _through(cleared: Cleared) -> Q:
    """Return the condition for rows that came through every named agent, app and run."""
    condition = Q()
    for kind in cleared.names:
        if kind is not SubjectKind.USER:
            condition &= Q(**{REFS[kind]: identity_named(cleared, kind) or NIL})
    return condition


def _replay(caller: Caller, event_id: UUID) -> Forgotten:
    """Return the answer to a request that was done before."""
    with tenant_context(caller.tenant_id):
        done = again(event_id)
        return Forgotten(done.event_id, done.retained, done.waits)


def _note(caller: Caller, event_id: UUID, removed: Removed) -> None:
    Job.objects.create(
        id=event_id,
        tenant_id=caller.tenant_id,
        kind=JobKind.DELETE,
        status=JobStatus.SUCCEEDED,
        principal_id=caller.principal.id,
        request_id=caller.request_id,
        n_results=len(removed.gone),
        error_code=RETAINED if removed.retained else "",
    )
