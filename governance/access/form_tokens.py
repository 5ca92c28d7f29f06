"""A form of the console or the portal that is sent twice does one thing: its token counts once in a session."""

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
    """True for one of however many that come with the same token, at once or later."""
    session_id = caller.principal.session_id or NIL
    with tenant_context(caller.tenant_id):
        made = SubmittedForm(tenant_id=caller.tenant_id, session_id=session_id, token=token)
        SubmittedForm.objects.bulk_create([made], ignore_conflicts=True)
        return SubmittedForm.objects.filter(id=made.id).exists()


def came_before(caller: Caller, token: UUID) -> bool:
    """Whether something was done, or is being done, for this token."""
    with tenant_context(caller.tenant_id):
        return SubmittedForm.objects.filter(session_id=caller.principal.session_id or NIL, token=token).exists()


def drop_old_forms(now: datetime) -> int:
    """Of sessions that are over. Inside the tenant's context."""
    return SubmittedForm.objects.filter(created_at__lt=now - KEPT).delete()[0]


def not_done(caller: Caller, token: UUID) -> None:
    """What was asked for was refused: the same form may be sent again."""
    with tenant_context(caller.tenant_id):
        SubmittedForm.objects.filter(session_id=caller.principal.session_id or NIL, token=token).delete()
