"""End of an erasure's round: the certificate, and the final state of the request, the erasure and the event."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from governance.evidence.certificates.issue import issue
from governance.evidence.certificates.statement import (
    CertificateFacts,
    DestroyedKey,
    NoHorizon,
    Outcome,
    PurposeScope,
    Residue,
    ScanResult,
    StatedHorizon,
)
from governance.guard.authorize import authorize, system_caller
from governance.ids import uuid7
from governance.keyring.backup_horizon import horizon
from governance.models import (
    AuditEvent,
    Certificate,
    Erasure,
    ErasureState,
    ErasureStep,
    ErasureStepDone,
    RecipientNotice,
    RequestState,
    RightsRequest,
    Tenant,
)
from governance.policy.decide import POLICY_VERSION
from governance.rights.handling import close
from governance.vocabulary import Action, SystemJob
from memstore.forget.erasure.plan import ERASE, KEEP

if TYPE_CHECKING:
    from memstore.forget.erasure.plan import Plan, PurposePlan

# Days for which a provider of models may keep what it was sent, for abuse monitoring, by its usual terms.
PROVIDER_DAYS = 30


class NotYet(Exception):
    """The step cannot run before `wait` is over."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(str(wait))
        self.wait = wait


def certify(tenant_id: UUID, erasure_id: UUID, round_: int, plan: Plan) -> dict[str, object]:
    """Sign what was done, in the transaction of the last step. Return the step's counts.

    Raises NotYet while a process may still have a key in its cache.
    """
    steps = {row.step: row for row in ErasureStepDone.objects.filter(erasure_id=erasure_id, round=round_)}
    now = datetime.now(UTC)
    cold = steps[ErasureStep.SHRED.value].at + timedelta(seconds=settings.MEMSTORE_KEY_CACHE_SECONDS)
    if now < cold:
        raise NotYet(cold - now)
    erasure = Erasure.objects.get(id=erasure_id)
    request = RightsRequest.objects.select_for_update().get(id=erasure.request_id)
    caller = system_caller(tenant_id, SystemJob.ERASURE)
    grant = authorize(caller=caller, action=Action.CERTIFY_ERASURE, object_id=erasure_id)
    with grant.effect():
        grant.record_under_lock(object_id=erasure_id, n_items=0)  # names the job, and no person
        event_id = _event_of(erasure_id)
        facts = _facts(erasure, request, steps, plan)
        # Not the external id: "1", "2026" and the name of the tenant are ids too, and the facts have no place for one.
        issued = issue(tenant_id=tenant_id, facts=facts, event_id=event_id, forbidden=[str(erasure.subject_id)])
        Certificate.objects.create(
            id=facts.certificate_id,
            tenant_id=tenant_id,
            erasure_id=erasure_id,
            round=round_,
            key_id=issued.key_id,
            document=issued.document,
            signature=issued.signature,
            issued_at=issued.issued_at,
        )
        erasure.state = (ErasureState.WAITING if plan.waits_for_law else ErasureState.DONE).value
        erasure.lease_until, erasure.problem = None, ""
        erasure.save(update_fields=["state", "lease_until", "problem"])
        if plan.waits_for_law:
            request.state = RequestState.PARTLY_DONE.value
        else:
            close(request, caller, RequestState.DONE)
        request.save()
    return {"certificate": str(facts.certificate_id), "total": 1}


def _event_of(erasure_id: UUID) -> UUID:
    """Return the id of the audit event that was just written."""
    written = AuditEvent.objects.filter(type=Action.CERTIFY_ERASURE.value, object_id=erasure_id)
    return written.order_by("-at", "-id").values_list("id", flat=True)[0]


def _facts(erasure: Erasure, request: RightsRequest, steps: dict[str, ErasureStepDone], plan: Plan) -> CertificateFacts:
    shredded_at = steps[ErasureStep.SHRED.value].at
    intended = steps[ErasureStep.SHRED_INTENT.value]
    deleted, scanned = steps[ErasureStep.DELETE.value], steps[ErasureStep.SCAN.value]
    notices = RecipientNotice.objects.filter(request_id=request.id).values_list("state", flat=True)
    return CertificateFacts(
        certificate_id=uuid7(),
        tenant_name=Tenant.objects.get(id=erasure.tenant_id).name,
        erasure_id=erasure.id,
        round=erasure.round,
        receipt_sha256=bytes(request.receipt_sha256),
        policy_version=POLICY_VERSION,
        scope=tuple(_scope(part) for part in plan.purposes),
        deleted=deleted.counts["rows"],
        keys=tuple(DestroyedKey(UUID(key), shredded_at) for key in intended.counts["keys"]),
        refusals=_refusals(plan),
        recipients=Counter(notices),
        residue=_residue(shredded_at),
        scan=ScanResult(
            at=scanned.at,
            stores=tuple(scanned.counts["stores"]),
            found=scanned.counts["found"],
            control_found=ErasureStep.LOCATE.value in steps,  # it does not end unless the control was found
            neighbour_unchanged=deleted.counts["neighbour"] != "changed",
        ),
        horizon=_horizon(shredded_at),
    )


def _scope(part: PurposePlan) -> PurposeScope:
    if part.action == ERASE:
        return PurposeScope(part.purpose, Outcome.ERASED)
    return PurposeScope(part.purpose, Outcome.REFUSED if part.action == KEEP else Outcome.RESTRICTED, part.ground)


def _refusals(plan: Plan) -> Counter[str]:
    """Return the number of memories that stay, by ground."""
    found: Counter[str] = Counter()
    for part in plan.purposes:
        if part.ground:
            found[part.ground] += part.n_kept
    return found


def _residue(shredded_at: datetime) -> tuple[Residue, ...]:
    """Return what a server of models may still keep, and until when by its usual terms."""
    if "openai" not in (settings.MEMSTORE_EXTRACTOR, settings.MEMSTORE_EMBEDDER):
        return ()
    processor = urlsplit(settings.OPENAI_BASE_URL).hostname or "OpenAI"
    return (Residue(processor, (shredded_at + timedelta(days=PROVIDER_DAYS)).date()),)


def _horizon(now: datetime) -> StatedHorizon | NoHorizon:
    found = horizon(now)
    return NoHorizon(found.reason) if found.by is None else StatedHorizon(found.by, found.epoch)
