"""The end of a round: the certificate, and what the request, the erasure and the event say from then on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from governance.guard import authorize, effect, system_caller
from governance.models import (
    AuditEvent,
    Certificate,
    Erasure,
    ErasureState,
    ErasureStep,
    ErasureStepDone,
    RequestState,
    RightsRequest,
)
from governance.rights.handling import close
from governance.vocabulary import Action, SystemJob

if TYPE_CHECKING:
    from uuid import UUID

    from memstore.erasure.plan import Plan

SEALER_PAUSE = timedelta(seconds=1)


class NotYet(Exception):
    """The step cannot be done before `wait` is over."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(str(wait))
        self.wait = wait


def certify(tenant_id: UUID, erasure_id: UUID, round_: int, plan: Plan) -> dict[str, object]:
    """Sign what was done. Raises NotYet while some process may still hold an unwrapped key."""
    steps = {row.step: row for row in ErasureStepDone.objects.filter(erasure_id=erasure_id, round=round_)}
    now = datetime.now(UTC)
    shredded = steps[ErasureStep.SHRED.value].at
    cold = shredded + timedelta(seconds=settings.MEMSTORE_KEY_CACHE_SECONDS)
    if now < cold:
        raise NotYet(cold - now)
    caller = system_caller(tenant_id, SystemJob.ERASURE)
    grant = authorize(caller=caller, action=Action.CERTIFY_ERASURE, object_id=erasure_id)
    with effect(caller, Action.CERTIFY_ERASURE):
        grant.record_held(object_id=erasure_id, n_items=round_)
        event = AuditEvent.objects.filter(type=Action.CERTIFY_ERASURE.value, object_id=erasure_id).latest("at")
        row = Erasure.objects.get(id=erasure_id)
        Certificate.objects.create(
            tenant_id=tenant_id,
            erasure_id=row.id,
            round=round_,
            key_id=event.id,
            document=b"{}",
            signature=b"0" * 64,
            issued_at=now,
        )
        row.state = (ErasureState.DONE if plan.is_complete else ErasureState.WAITING).value
        row.lease_until, row.problem = None, ""
        row.save(update_fields=["state", "lease_until", "problem"])
        request = RightsRequest.objects.select_for_update().get(id=row.request_id)
        if plan.is_complete:
            close(request, caller, RequestState.DONE)
        else:
            request.state = RequestState.PARTLY_DONE.value
        request.save()
    return {"total": 1}
