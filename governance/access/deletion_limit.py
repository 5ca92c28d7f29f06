"""A brake on what one key deletes: whole people, so many an hour. A stolen key must not empty the house in seconds."""

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
    """Whether the key may delete one more person now; if so and `counts`, it has. Inside the effect's transaction.

    The key's row is locked until the commit, so that the count is exact however many ask at once; call it after the
    subject's lock, as everything does that takes both. What is above the limit is on the record with its own reason.
    People at work and the service itself are not counted: they have their own second person.
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
    """Inside the tenant's context."""
    return KeyDeletion.objects.filter(at__lt=now - KEPT).delete()[0]
