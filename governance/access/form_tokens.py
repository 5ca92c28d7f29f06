"""Form tokens: a form of the console or the portal that is sent twice does one thing.

A token counts once in a session.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from governance.ids import NIL
from governance.models import SubmittedForm
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.context import Caller

KEPT = timedelta(days=1)  # longer than any session


def first_time(caller: Caller, token: UUID) -> bool:
    """Return True for exactly one of the calls with this token in the caller's session, concurrent or later."""
    session_id = caller.principal.session_id or NIL
    with tenant_context(caller.tenant_id):
        made = SubmittedForm(tenant_id=caller.tenant_id, session_id=session_id, token=token)
        SubmittedForm.objects.bulk_create([made], ignore_conflicts=True)
        return SubmittedForm.objects.filter(id=made.id).exists()


def came_before(caller: Caller, token: UUID) -> bool:
    """Return whether a form with this token was accepted before; its effect may still be running."""
    with tenant_context(caller.tenant_id):
        return SubmittedForm.objects.filter(session_id=caller.principal.session_id or NIL, token=token).exists()


def drop_old_forms(now: datetime) -> int:
    """Delete the tokens of sessions that are over. Return how many. Call it inside the tenant's context."""
    return SubmittedForm.objects.filter(created_at__lt=now - KEPT).delete()[0]


def not_done(caller: Caller, token: UUID) -> None:
    """Release the token of a form whose action was refused, so that the same form may be sent again."""
    with tenant_context(caller.tenant_id):
        SubmittedForm.objects.filter(session_id=caller.principal.session_id or NIL, token=token).delete()
