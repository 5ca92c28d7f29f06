"""Events of a trail as tests need them: written directly, at the times that a test is about."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from governance.guard.audit_event import packed
from governance.ids import uuid7
from governance.models import AuditEvent
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, Role, SystemJob

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.policy.decide import PurposeRule
    from tests.support.cast import Organisation

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)  # a Wednesday
SINCE, UNTIL = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
M1, M2, M3, M4 = (UUID(int=number) for number in (101, 102, 103, 104))


def happened(
    organisation: Organisation,
    *,
    at: datetime = NOON,
    who: Caller | None = None,
    action: Action = Action.RECALL,
    reason: ReasonCode = ReasonCode.ALLOWED,
    subject: UUID | None = None,
    purpose: PurposeRule | None = None,
    items: list[tuple[UUID, int]] | None = None,
    unlisted: bool = False,
    job: SystemJob | None = None,
    tenant_id: UUID | None = None,
) -> UUID:
    """Write one event, by the organisation's key unless `who` names another. Returns its id."""
    listed = packed(items) if items else None
    row = AuditEvent(
        id=uuid7(),
        tenant_id=tenant_id or organisation.tenant.id,
        at=at,
        type=action.value,
        reason=reason.value,
        policy_version=2,
        principal_id=UUID(int=0) if job else who.principal.id if who else organisation.key.id,
        role=(Role.SYSTEM if job else who.principal.role if who else Role.API_KEY).value,
        job=job.value if job else None,
        request_id=uuid4(),
        subject_id=subject,
        purpose_version_id=purpose.version_id if purpose else None,
        lawful_basis=purpose.lawful_basis.value if purpose else None,
        n_items=len(items or ()),
        item_digest=hashlib.sha256(listed).digest() if listed else None,
        items=None if unlisted else listed,
    )
    with tenant_context(row.tenant_id):
        row.save(force_insert=True)
    return row.id
