"""Remember: authorize -> extract (later, in a job) -> embed -> seal -> one transaction with its audit event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from governance.errors import AccessRefused
from governance.guard.authorize import Grant, authorize, on_current_facts, refuse
from governance.ids import uuid7
from governance.subjects.look_up import clear, subject_named
from governance.subjects.subjects import admit_subject, subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, SubjectKind
from memstore.errors import InvalidInput
from memstore.heavy_calls import at_work
from memstore.intake.call_size import MAX_LEARNED_CHARS, check_amount, check_read_now
from memstore.intake.classify import classify, look_beside
from memstore.intake.embed import embedder
from memstore.intake.extract import says_objection
from memstore.intake.validity import plan_end
from memstore.models import Job, JobKind, JobStatus
from memstore.reconcile.keep import keep
from memstore.records.idempotency import Once, claim
from memstore.records.identity_end import hold_refs
from memstore.records.insert import (
    Draft,
    Owner,
    Provenance,
    Stored,
    check_expires_on,
    hold_subject,
    scope_refs,
    touched,
)
from memstore.records.jobs import JOBS
from memstore.records.payload import Payload
from memstore.records.source import Conversation, Message, seal_source
from memstore.remember.learn import learn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from governance.context import Caller
    from governance.policy.decide import PurposeRule, SubjectFacts
    from memstore.intake.classify import Beside
    from memstore.records.payload import Json
    from memstore.records.scope_ids import ScopeIds

MAX_MESSAGES = 1_000
MAX_MESSAGE_CHARS = 50_000
UNSAID = frozenset({"system", "developer", "tool", "function"})  # roles that no person or assistant speaks in


@dataclass(frozen=True, slots=True)
class Remembered:
    """Result of a call: its event, and what was stored at once.

    With `answered_by_event`, the results are read from the event: a job has extracted them, or the request was sent
    before.
    """

    event_id: UUID
    status: JobStatus
    stored: tuple[Stored, ...] = ()
    answered_by_event: bool = False


@on_current_facts
def remember(
    *,
    caller: Caller,
    scope: ScopeIds,
    messages: Sequence[Message],
    infer: bool = True,
    wait: bool = False,
    metadata: dict[str, Json] | None = None,
    categories: tuple[str, ...] = (),
    instructions: str | None = None,
    said_at: datetime | None = None,
    expires_on: date | None = None,
    once: Once | None = None,
) -> Remembered:
    """Store each message as a memory (`infer=False`), or the facts that a job finds in the messages.

    `wait` runs the job before answering, as clients of Mem0's older versions ask for; a call that would take more than
    a second or two is left to the job all the same.

    Raises AccessRefused, InvalidInput (TooMuch if the call is too long), Busy, Conflict, ProviderError, KeyUnavailable,
    AuditUnavailable. Nothing is stored when it raises.
    """
    _check(messages)
    said = [message.content for message in messages]
    check_amount("messages", [*said, instructions or ""], [metadata] * (1 if infer else len(said)))
    check_expires_on(expires_on, datetime.now(UTC))
    if not infer:
        with at_work(caller, check_read_now("messages", said)):
            return _keep_verbatim(caller, scope, messages, metadata or {}, categories, said_at, expires_on, once)
    conversation = Conversation(
        messages=tuple(messages),
        scope=scope,
        metadata=metadata or {},
        instructions=instructions,
        said_at=said_at or datetime.now(UTC),
        expires_on=expires_on,
    )
    chars = sum(map(len, said))  # a fact may be made of each sentence
    if not wait or chars > MAX_LEARNED_CHARS:
        return _extract_later(_admit(caller, scope), conversation, once)
    with at_work(caller, chars):
        later = _extract_later(_admit(caller, scope), conversation, once)
        if later.answered_by_event:
            return later
        learn(job_id=later.event_id, tenant_id=caller.tenant_id)
    with tenant_context(caller.tenant_id):
        return replay(later.event_id)


def _keep_verbatim(
    caller: Caller,
    scope: ScopeIds,
    messages: Sequence[Message],
    metadata: dict[str, Json],
    categories: tuple[str, ...],
    said_at: datetime | None,
    expires_on: date | None,
    once: Once | None,
) -> Remembered:
    """Store the messages word for word: all of a call or nothing."""
    admitted = _admit(caller, scope)
    spoken = [message for message in messages if message.role not in UNSAID and message.content.strip()]
    if not spoken:
        raise InvalidInput("messages", "expected at least one message of a user or assistant with a text")
    rule, beside = admitted.grant.purpose, look_beside(metadata)
    drafts = [_verbatim(rule, message, place, categories, beside, said_at) for place, message in enumerate(spoken)]
    if any(draft is None for draft in drafts):
        refuse(caller, Action.REMEMBER, ReasonCode.CLASS_NOT_ALLOWED, subject_id=admitted.subject.id)
        raise AccessRefused(ReasonCode.CLASS_NOT_ALLOWED)
    return _store_now(admitted, [draft for draft in drafts if draft], said_at, expires_on, once)


def _verbatim(
    rule: PurposeRule,
    message: Message,
    position: int,
    categories: tuple[str, ...],
    beside: Beside,
    said_at: datetime | None,
) -> Draft | None:
    """Return the draft of one message, or None if the purpose refuses what the detector found in it."""
    payload = Payload(
        text=message.content.strip(),
        role=message.role,
        speaker=message.name,
        categories=categories,
        metadata=beside.metadata,
    )
    looked_at = classify(payload, rule, beside)
    if looked_at.refused:
        return None
    return Draft(
        looked_at.payload,
        looked_at.data_class,
        looked_at.quarantine,
        position=position,
        valid_until=_plan_end(message, said_at),
        objects=message.role == "user" and says_objection(message.content),
    )


def _plan_end(message: Message, said_at: datetime | None) -> datetime | None:
    return plan_end(message.content, message.name, said_at or datetime.now(UTC)) if message.role == "user" else None


def _check(messages: Sequence[Message]) -> None:
    if not messages:
        raise InvalidInput("messages", "expected at least one message")
    if len(messages) > MAX_MESSAGES:
        raise InvalidInput("messages", f"at most {MAX_MESSAGES} messages in one call")
    for index, message in enumerate(messages):
        if len(message.content) > MAX_MESSAGE_CHARS:
            raise InvalidInput(f"messages[{index}].content", f"at most {MAX_MESSAGE_CHARS} characters")


@dataclass(frozen=True, slots=True)
class _Admitted:
    """The decision and the subject of one call, before any key is opened."""

    grant: Grant
    subject: SubjectFacts
    scope: ScopeIds
    refs: dict[SubjectKind, UUID]

    def owner(self) -> Owner:
        """Return the owner with its sealer, opened as late as possible: a call that fails before has opened nothing."""
        tenant_id, purpose = self.grant.caller.tenant_id, self.grant.purpose
        sealer = subject_sealer(tenant_id, self.subject, purpose.purpose_id, create=True)
        return Owner(tenant_id, self.subject, purpose, sealer, self.scope, self.refs)


def _admit(caller: Caller, scope: ScopeIds) -> _Admitted:
    """Decide, then admit the subject: a subject that may not be remembered gets no identity."""
    kind, external_id = scope.subject()
    action = Action.REMEMBER
    cleared = clear(caller=caller, action=action, names=scope.given(), kind=kind)
    known = subject_named(cleared, kind)
    grant = authorize(caller=caller, action=action, subject=known, new_subject_kind=kind, agent_id=cleared.agent_id)
    subject = known or admit_subject(caller.tenant_id, kind, external_id)
    return _Admitted(grant.about(subject), subject, scope, scope_refs(caller.tenant_id, scope))


def _store_now(
    admitted: _Admitted,
    drafts: list[Draft],
    said_at: datetime | None,
    expires_on: date | None,
    once: Once | None,
) -> Remembered:
    model = embedder()
    vectors = model.embed([draft.payload.text for draft in drafts])  # may be remote: outside the transaction
    event_id, grant, owner = uuid7(), admitted.grant, admitted.owner()
    with grant.effect(subjects=[owner.subject.id]):
        hold_subject(owner.tenant_id, owner.subject, asked_at=grant.caller.asked_at)
        if once is not None and (first := claim(grant.caller, once, event_id)) != event_id:
            grant.record(object_id=first)
            return replay(first)
        stored = keep(
            owner=owner,
            drafts=drafts,
            vectors=vectors,
            model_id=model.model_id,
            provenance=Provenance(principal_id=grant.caller.principal.id, job_id=event_id),
            said_at=said_at,
            expires_on=expires_on,
            own_agent_only=grant.caller.principal.pinned_agent is not None,
        )
        added = [fact for fact in stored if fact.added]
        job = _job(grant, owner, event_id, status=JobStatus.SUCCEEDED)
        job.n_results = len(added)
        job.n_quarantined = sum(fact.quarantined for fact in added)
        job.save(force_insert=True)
        grant.record(items=touched(stored), object_id=event_id)
    return Remembered(event_id, JobStatus.SUCCEEDED, tuple(stored))


def _extract_later(admitted: _Admitted, conversation: Conversation, once: Once | None) -> Remembered:
    event_id, source_id = uuid7(), uuid7()
    grant, owner = admitted.grant, admitted.owner()
    source = seal_source(owner, source_id, conversation, datetime.now(UTC))
    with grant.effect(subjects=[owner.subject.id]):
        hold_subject(owner.tenant_id, owner.subject, asked_at=grant.caller.asked_at)
        if once is not None and (first := claim(grant.caller, once, event_id)) != event_id:
            grant.record(object_id=first)
            return replay(first)
        hold_refs(owner.tenant_id, owner.refs.values())
        source.save(force_insert=True)
        job = _job(grant, owner, event_id, status=JobStatus.PENDING)
        job.source_id = source_id
        job.save(force_insert=True)
        grant.record(n_items=len(conversation.messages), object_id=event_id)
        transaction.on_commit(lambda: JOBS.hint(event_id, owner.tenant_id), robust=True)
    return Remembered(event_id, JobStatus.PENDING)


def replay(job_id: UUID) -> Remembered:
    """Return the answer to a request that was done before, from its present state."""
    job = Job.objects.get(id=job_id)
    return Remembered(job.id, JobStatus(job.status), answered_by_event=True)


def _job(grant: Grant, owner: Owner, event_id: UUID, *, status: JobStatus) -> Job:
    return Job(
        id=event_id,
        tenant_id=owner.tenant_id,
        kind=JobKind.ADD,
        status=status,
        principal_id=grant.caller.principal.id,
        request_id=grant.caller.request_id,
        subject_id=owner.subject.id,
        generation=owner.subject.generation,
        purpose_id=owner.purpose.purpose_id,
        consent_version=owner.subject.standing(owner.purpose.purpose_id).consent_version,
    )
