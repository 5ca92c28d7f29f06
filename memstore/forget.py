"""forget: memories out of every live row at once, with their versions, cards and the source messages behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from governance.errors import AccessRefused
from governance.guard import effect, refuse
from governance.ids import NIL, uuid7
from governance.keyring.identities import find_identity
from governance.policy import Action, Capability, ReasonCode, SubjectKind
from memstore.errors import InvalidInput
from memstore.idempotency import Once, claim, replayed
from memstore.load import load_memories
from memstore.models import Job, JobKind, JobStatus, Memory, Source
from memstore.remove import remove
from memstore.resolve import REFS, authorize_scope
from memstore.store import hold_subjects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from governance.guard import Caller, Grant
    from memstore.scope import ScopeIds


def forget(*, caller: Caller, ids: Sequence[UUID], once: Once | None = None) -> UUID:
    """Delete these memories, all or none; answers with the event's id.

    Raises MemoryNotFound when one of them is missing or not the caller's to know of.
    """
    event_id = uuid7()
    if once is not None and (earlier := replayed(caller, once)) is not None:
        return earlier
    loaded = load_memories(caller=caller, action=Action.FORGET, ids=list(dict.fromkeys(ids)))
    with effect(caller, Action.FORGET):
        if once is not None and (first := claim(caller, once, event_id)) != event_id:
            return first
        hold_subjects({entry.memory.subject_id for entry in loaded})
        remove([entry.memory.id for entry in loaded])
        _note(caller, event_id, len(loaded))
        for entry in loaded:
            entry.grant.record(items=[(entry.memory.id, entry.memory.version)], object_id=entry.memory.id)
    return event_id


def forget_scope(*, caller: Caller, scope: ScopeIds, once: Once | None = None) -> UUID:
    """Delete every memory of a user, agent, app or run (of all of them, when several are named).

    All memories of one person need the capability `forget_subject`. The answer is the same whether there was
    anything to delete or not. Raises AccessRefused.
    """
    given = scope.given()
    if not given:
        refuse(caller, Action.FORGET_SCOPE, ReasonCode.UNSCOPED)
        raise InvalidInput("user_id", "name a user_id, agent_id, app_id or run_id; deleting everything is not offered")
    if Capability.FORGET_SUBJECT not in caller.principal.capabilities:
        refuse(caller, Action.FORGET_SCOPE, ReasonCode.CAPABILITY_MISSING)
        raise AccessRefused(ReasonCode.CAPABILITY_MISSING)
    grants = authorize_scope(caller=caller, action=Action.FORGET_SCOPE, alternatives=[given])
    event_id = uuid7()
    with effect(caller, Action.FORGET_SCOPE):
        if once is not None and (first := claim(caller, once, event_id)) != event_id:
            return first
        hold_subjects({grant.subject.id for grant in grants if grant.subject is not None})
        total = sum(_forget_grant(caller, grant, given) for grant in grants)
        _note(caller, event_id, total)
    return event_id


def _forget_grant(caller: Caller, grant: Grant, given: dict[SubjectKind, str]) -> int:
    """What one subject has in the scope, for the purposes that the grant covers."""
    if grant.subject is None:
        grant.record(n_items=0)
        return 0
    rows = Memory.objects.filter(_through(caller, given), subject_id=grant.subject.id)
    found = list(rows.filter(_for(grant)).select_for_update().values_list("id", "version"))
    remove([memory_id for memory_id, _ in found])
    # Also what was said and not learned yet.
    Source.objects.filter(_through(caller, given), _for(grant), subject_id=grant.subject.id).delete()
    grant.record(items=found)
    return len(found)


def _for(grant: Grant) -> Q:
    return Q(purpose_id__in=[rule.purpose_id for rule in grant.allowed.purposes])


def _through(caller: Caller, given: dict[SubjectKind, str]) -> Q:
    """Rows that came through every named agent, app and run."""
    condition = Q()
    for kind, external in given.items():
        if kind is not SubjectKind.USER:
            condition &= Q(**{REFS[kind]: find_identity(caller.tenant_id, kind, external) or NIL})
    return condition


def _note(caller: Caller, event_id: UUID, total: int) -> None:
    Job.objects.create(
        id=event_id,
        tenant_id=caller.tenant_id,
        kind=JobKind.DELETE,
        status=JobStatus.SUCCEEDED,
        principal_id=caller.principal.id,
        request_id=caller.request_id,
        n_results=total,
    )
