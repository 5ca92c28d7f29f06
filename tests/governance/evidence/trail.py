"""A tenant's trail with a known number of events, and what an intruder does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.evidence.sealer import seal
from governance.evidence.verify_stored_trail import verify
from governance.guard import audit_event
from governance.ids import uuid7
from governance.models import AuditEvent, AuditLeaf
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, Role

if TYPE_CHECKING:
    from uuid import UUID

    from governance.evidence.verify_stored_trail import Verdict
    from tests.support.cast import Organisation


def event(organisation: Organisation, **changed: object) -> audit_event.Event:
    said = {
        "type": Action.RECALL,
        "reason": ReasonCode.ALLOWED,
        "tenant_id": organisation.tenant.id,
        "principal_id": organisation.key.id,
        "role": Role.API_KEY,
        "request_id": uuid7(),
        "subject_id": uuid7(),
        "purpose": organisation.assistance,
        "items": ((uuid7(), 1), (uuid7(), 2)),
    }
    return audit_event.Event(**{**said, **changed})  # type: ignore[arg-type]


def happen(organisation: Organisation, n: int) -> None:
    """Write `n` events, each committed alone."""
    for _ in range(n):
        audit_event.write_alone(event(organisation))


def sealed(organisation: Organisation, n: int, *, batches: int = 1) -> None:
    for _ in range(batches):
        happen(organisation, n)
        seal(organisation.tenant.id)


def verdict(organisation: Organisation) -> Verdict:
    return verify(organisation.tenant.id)


def numbers(organisation: Organisation) -> list[tuple[int, UUID]]:
    """Return (number, event id) of every leaf, in the order of evidence."""
    with tenant_context(organisation.tenant.id):
        return list(AuditLeaf.objects.order_by("index").values_list("index", "event_id"))


def n_events(organisation: Organisation) -> int:
    with tenant_context(organisation.tenant.id):
        return AuditEvent.objects.count()
