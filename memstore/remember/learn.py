"""Extraction job behind `infer=True`: claim -> authorize anew -> open the source -> extract -> embed -> store once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connection

from governance.access.authenticate import principal_of_key
from governance.context import Caller
from governance.errors import AccessRefused, GovernanceError
from governance.guard.authorize import Grant, authorize, on_current_facts
from governance.guard.facts import subject_facts
from governance.ids import NIL
from governance.subjects.subjects import subject_sealer
from governance.tenancy.tenant_lookup import for_each_tenant
from governance.vocabulary import Action, ReasonCode
from memstore.errors import ProviderError
from memstore.intake.classify import classify, lent, look_beside
from memstore.intake.embed import embedder
from memstore.intake.extract import Extraction, Fact, Reason, extractor, says_objection
from memstore.intake.validity import dated, plan_end
from memstore.models import Job, Source
from memstore.reconcile.keep import keep
from memstore.records import jobs
from memstore.records.insert import Draft, Owner, Provenance, hold_subject, scope_refs, touched
from memstore.records.payload import Payload
from memstore.records.source import Conversation, unseal_source

if TYPE_CHECKING:
    from uuid import UUID

    from governance.policy.decide import PurposeRule, SubjectFacts

log = logging.getLogger(__name__)

MAX_OUTCOMES = 1_000
"""Sentences whose reasons an event lists; the counts are of all."""


class JobLost(Exception):
    """Another worker took the job after this one's lease ran out; what this one did must not count."""


def learn(*, job_id: UUID, tenant_id: UUID) -> None:
    """Run the job if it is due; return quietly when it is done, taken or gone. Safe to call any number of times."""
    job = jobs.claim_job(job_id, tenant_id)
    if job is None:
        return
    try:
        _learn(job)
    except JobLost:
        log.info("job_lost", extra={"fields": {"job": str(job.id)}})
    except ProviderError as error:
        jobs.fail(job, f"provider_{'permanent' if error.permanent else 'transient'}", permanent=error.permanent)
    except AccessRefused as refused:
        jobs.fail(job, refused.reason.value, permanent=True)
    except GovernanceError as error:
        jobs.fail(job, type(error).__name__, permanent=False)


def resume_jobs() -> int:
    """Do the jobs that no worker holds, in every tenant. Return how many were taken up."""
    return sum(for_each_tenant("resume_jobs", _resume).values())


def _resume(tenant_id: UUID) -> int:
    due = jobs.due_jobs(tenant_id)
    for job_id in due:
        learn(job_id=job_id, tenant_id=tenant_id)
    return len(due)


@on_current_facts
def _learn(job: Job) -> None:
    grant, subject = _authorize(job)
    sealer = subject_sealer(job.tenant_id, subject, grant.purpose.purpose_id)
    with grant.effect(subjects=[subject.id]):
        source = Source.objects.filter(id=job.source_id or NIL).first()
        conversation = unseal_source(sealer, source) if source else None
    model = embedder()
    try:
        found = _extract(conversation) if conversation and not _is_over(conversation) else Extraction()
        drafts, n_refused = _drafts(found, conversation, grant.purpose)
        vectors = model.embed([draft.payload.text for draft in drafts])
    except ProviderError:
        # The source has been opened, and perhaps sent: that is on the record though nothing was stored.
        with grant.effect():
            grant.record(object_id=job.id)
        raise
    refs = scope_refs(job.tenant_id, conversation.scope) if conversation else {}
    with grant.effect(subjects=[subject.id]):
        hold_subject(job.tenant_id, subject)
        stored = []
        # From a source that was deleted before or during the extraction nothing is stored.
        if conversation is not None and _still_there(job):
            stored = keep(
                owner=Owner(job.tenant_id, subject, grant.purpose, sealer, conversation.scope, refs),
                drafts=drafts,
                vectors=vectors,
                model_id=model.model_id,
                provenance=_provenance(job),
                said_at=conversation.said_at,
                expires_on=conversation.expires_on,
                own_agent_only=grant.caller.principal.pinned_agent is not None,
            )
        added = [fact for fact in stored if fact.added]
        n_quarantined = sum(fact.quarantined for fact in added)
        done = {"n_results": len(added), "n_quarantined": n_quarantined, "n_refused": n_refused}
        if not jobs.finish(job, **done, outcomes=_outcomes(found)):
            raise JobLost
        grant.record(items=touched(stored), object_id=job.id)


def _authorize(job: Job) -> tuple[Grant, SubjectFacts]:
    """Authorize the key anew, for the subject that the job was made for.

    Raises AccessRefused: the key's own reason, KEY_UNKNOWN, SUBJECT_NOT_ACTIVE (also for another generation), or
    CONSENT_ENDED when a consent has ended since.
    """
    principal = principal_of_key(job.principal_id, job.tenant_id)
    found = subject_facts(job.tenant_id, [job.subject_id], fresh=True) if job.subject_id else {}
    subject = next(iter(found.values()), None)
    if principal is None:
        raise AccessRefused(ReasonCode.KEY_UNKNOWN)
    if subject is None or subject.generation != job.generation:
        raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)
    if job.purpose_id and subject.standing(job.purpose_id).consent_version != job.consent_version:
        # Nothing is stored from words under a consent that has ended, even if a new one was given since.
        raise AccessRefused(ReasonCode.CONSENT_ENDED)
    purpose = next((rule.name for rule in principal.purposes if rule.purpose_id == job.purpose_id), "")
    caller = Caller(principal=principal, request_id=job.request_id, purpose=purpose)
    grant = authorize(caller=caller, action=Action.EXTRACT, subject=subject, object_id=job.id)
    return grant, grant.subject or subject


def _extract(conversation: Conversation) -> Extraction:
    """Return the facts of a conversation. May be remote and slow: outside any transaction."""
    return extractor().extract(
        conversation.messages, instructions=conversation.instructions, said_at=conversation.said_at
    )


def _is_over(conversation: Conversation) -> bool:
    """Return whether the caller's last day has passed while the job waited."""
    return conversation.expires_on is not None and conversation.expires_on < datetime.now(UTC).date()


def _drafts(found: Extraction, conversation: Conversation | None, rule: PurposeRule) -> tuple[list[Draft], int]:
    """Return the facts that may be stored, as drafts, and how many the purpose refuses."""
    if conversation is None:
        return [], 0
    beside = look_beside(conversation.metadata)
    looked_at = [(fact, classify(_payload(fact, conversation), rule, beside)) for fact in found.facts]
    objecting = _objecting(found, conversation)
    kept = [
        Draft(
            found.payload,
            found.data_class,
            found.quarantine,
            position=fact.message_index,
            stated=fact.stated,
            confidence=fact.confidence,
            context=lent(fact.context),
            valid_until=plan_end(fact.text, fact.speaker, conversation.said_at),
            objects=place in objecting,
        )
        for place, (fact, found) in enumerate(looked_at)
        if not found.refused
    ]
    return kept, len(looked_at) - len(kept)


def _objecting(found: Extraction, conversation: Conversation) -> set[int]:
    """Return the places of the facts in which the person objects.

    A model words its facts anew: of a message that objects, the first fact then stands for the objection.
    """
    told = {
        place
        for place, fact in enumerate(found.facts)
        if fact.reason is Reason.OBJECTION or (fact.reason is Reason.ASKED_FOR and says_objection(fact.text))
    }
    if extractor().model:
        first: dict[int, int] = {}
        for place, fact in enumerate(found.facts):
            first.setdefault(fact.message_index, place)
        known = {found.facts[place].message_index for place in told}
        told |= {
            place
            for index, place in first.items()
            if index not in known and says_objection(conversation.messages[index].content)
        }
    return told


def _payload(fact: Fact, conversation: Conversation) -> Payload:
    return Payload(
        text=dated(fact.text, conversation.said_at),
        role=conversation.messages[fact.message_index].role,
        speaker=fact.speaker,
        kind=fact.kind,
        categories=fact.categories,
        metadata=conversation.metadata,
    )


def _outcomes(found: Extraction) -> dict[str, object]:
    """Return reasons and numbers for the event: all counts, and the first sentences by their message."""
    sentences = [[one.message_index, one.reason.value] for one in found.outcomes[:MAX_OUTCOMES]]
    return {"counts": found.counts(), "sentences": sentences}


def _provenance(job: Job) -> Provenance:
    found = extractor()
    return Provenance(
        principal_id=job.principal_id,
        extractor=found.name,
        model=found.model,
        prompt_version=found.prompt_version,
        source_id=job.source_id,
        job_id=job.id,
    )


def _still_there(job: Job) -> bool:
    """Lock the source and return whether it is still there.

    A delete of it then waits for the new facts and takes them along.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM memstore_source WHERE id = %s AND expires_at > now() FOR SHARE", [job.source_id])
        return cursor.fetchone() is not None
