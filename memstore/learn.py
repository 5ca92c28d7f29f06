"""learn: the job behind `infer=True`. Claim -> authorize anew -> unseal -> extract -> embed -> store once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connection

from governance.errors import AccessRefused, GovernanceError
from governance.guard import Caller, Grant, authorize
from governance.ids import NIL
from governance.keyring.keys import purpose_sealer
from governance.policy import Action, ReasonCode, SubjectFacts
from governance.principals import principal_of_key
from governance.subjects import subject_facts
from governance.tenancy import tenant_context
from memstore import jobs
from memstore.errors import ProviderError
from memstore.models import Job, Source
from memstore.payload import Payload
from memstore.providers import embedder, extractor
from memstore.sources import Conversation, unseal_source
from memstore.store import Draft, Owner, Provenance, hold_subject, scope_refs, store

if TYPE_CHECKING:
    from uuid import UUID

    from memstore.extract import Fact

log = logging.getLogger(__name__)


class JobLost(Exception):
    """Another worker took the job after our lease ran out; what we did must not count."""


def learn(*, job_id: UUID, tenant_id: UUID) -> None:
    """Do the job if it is due; return quietly when it is done, taken or gone. Safe to call any number of times."""
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


def _learn(job: Job) -> None:
    grant, subject = _authorize(job)
    sealer = purpose_sealer(tenant_id=job.tenant_id, subject_id=subject.id, purpose_id=grant.purpose.purpose_id)
    with tenant_context(job.tenant_id):
        source = Source.objects.filter(id=job.source_id or NIL).first()
    conversation = unseal_source(sealer, source) if source else None
    facts = _extract(conversation) if conversation and not _is_over(conversation) else []
    model = embedder()
    vectors = model.embed([fact.text for fact in facts])
    refs = scope_refs(job.tenant_id, conversation.scope) if conversation else {}
    with tenant_context(job.tenant_id):
        hold_subject(subject)
        stored = []
        # A source that was forgotten before or while we read it teaches nothing.
        if conversation is not None and _still_there(job):
            stored = store(
                owner=Owner(job.tenant_id, subject, grant.purpose, sealer, conversation.scope, refs),
                drafts=[_draft(fact, conversation) for fact in facts],
                vectors=vectors,
                model_id=model.model_id,
                provenance=_provenance(job),
                said_at=conversation.said_at,
                expires_on=conversation.expires_on,
            )
        added = [fact for fact in stored if fact.added]
        if not jobs.finish(job, n_results=len(added)):
            raise JobLost
        grant.record(items=[(fact.id, 1) for fact in added], object_id=job.id)


def _authorize(job: Job) -> tuple[Grant, SubjectFacts]:
    """The key that asked must still be allowed to, and the person still be the one that it was about."""
    principal = principal_of_key(job.principal_id, job.tenant_id)
    subject = next(iter(subject_facts(job.tenant_id, [job.subject_id]).values()), None) if job.subject_id else None
    if principal is None:
        raise AccessRefused(ReasonCode.KEY_UNKNOWN)
    if subject is None or subject.generation != job.generation:
        raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)
    purpose = next((rule.name for rule in principal.purposes if rule.purpose_id == job.purpose_id), "")
    caller = Caller(principal=principal, request_id=job.request_id, purpose=purpose)
    return authorize(caller=caller, action=Action.EXTRACT, subject=subject, object_id=job.id), subject


def _extract(conversation: Conversation) -> list[Fact]:
    """May be remote and slow: outside any transaction."""
    return extractor().extract(
        conversation.messages, instructions=conversation.instructions, said_at=conversation.said_at
    )


def _is_over(conversation: Conversation) -> bool:
    """The caller's expiry date has passed while the job waited."""
    return conversation.expires_on is not None and conversation.expires_on < datetime.now(UTC).date()


def _draft(fact: Fact, conversation: Conversation) -> Draft:
    payload = Payload(
        text=fact.text,
        role=conversation.messages[fact.message_index].role,
        speaker=fact.speaker,
        kind=fact.kind,
        categories=fact.categories,
        metadata=conversation.metadata,
    )
    return Draft(payload=payload, position=fact.message_index, stated=fact.stated, confidence=fact.confidence)


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
    """Lock the source, so that a delete of it waits for our facts and takes them along."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM memstore_source WHERE id = %s FOR SHARE", [job.source_id])
        return cursor.fetchone() is not None
