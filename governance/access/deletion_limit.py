"""Deletion limit: how many people one API key may delete in an hour, so a stolen one cannot erase all at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from governance.guard.authorize import refuse_here
from governance.models import ApiKey, KeyDeletion, Tenant
from governance.tenancy.database_clock import database_now
from governance.vocabulary import ReasonCode, Role

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.context import Caller
    from governance.vocabulary import Action

WINDOW = timedelta(hours=1)
KEPT = timedelta(days=1)


def within_limit(caller: Caller, action: Action, *, counts: bool, subject_id: UUID, request_id: UUID | None) -> bool:
    """Return whether the key may delete one more person now. With `counts`, an allowed deletion is counted.

    Call it inside the transaction of the effect, after the subject's lock. The key's row is locked until the commit, so
    that the count is exact for concurrent calls. A deletion above the limit is refused on the record with its own
    reason (DELETION_LIMIT). Staff and the service itself are not limited: dual control governs them.
    """
    if caller.principal.role is not Role.API_KEY:
        return True
    ApiKey.objects.select_for_update(no_key=True).get(id=caller.principal.id)
    limit = Tenant.objects.values_list("key_deletions_per_hour", flat=True).get(id=caller.tenant_id)
    done = KeyDeletion.objects.filter(principal_id=caller.principal.id, at__gt=database_now() - WINDOW)
    if done.count() >= limit:
        refuse_here(caller, action, ReasonCode.DELETION_LIMIT, subject_id=subject_id, object_id=request_id)
        return False
    if counts:
        KeyDeletion.objects.create(tenant_id=caller.tenant_id, principal_id=caller.principal.id)
    return True


def drop_old_deletions(now: datetime) -> int:
    """Delete the counted deletions that are older than a day. Return how many. Call it inside the tenant's context."""
    return KeyDeletion.objects.filter(at__lt=now - KEPT).delete()[0]
