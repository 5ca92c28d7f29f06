"""Approval of loosening proposals: a second person approves exactly what was shown.

`governance.dual_control.proposals` declines and withdraws them, like every other proposal.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.errors import AccessRefused, NoSuchObject
from governance.guard.authorize import authorize
from governance.guard.second_approval import approve
from governance.models import Loosening, LooseningKind
from governance.processing import purposes, tenants
from governance.processing.loosening_proposal import LooseningView, digest_of, loosening_view
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from governance.context import Caller

PUT_IN_FORCE: dict[str, Callable[[Loosening], UUID]] = {
    LooseningKind.PURPOSE.value: purposes.put_in_force,
    LooseningKind.COMPATIBILITY.value: purposes.link,
    LooseningKind.SETTINGS.value: tenants.put_in_force,
}
MAX_LISTED = 200


def list_loosenings(*, caller: Caller, waiting: bool = True) -> list[LooseningView]:
    """Return the proposals that wait, oldest first; with `waiting` False the latest decided ones. At most 200."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        undecided = Q(approved_at__isnull=True, ended_at__isnull=True)
        rows = Loosening.objects.filter(undecided if waiting else ~undecided)
        found = list(rows.order_by("requested_at" if waiting else "-requested_at")[:MAX_LISTED])
        grant.record(n_items=len(found))
    return [loosening_view(row) for row in found]


def approve_loosening(*, caller: Caller, loosening_id: UUID, digest: str) -> LooseningView:
    """Put a proposal in force as the second person. `digest`: of the proposal as it was shown.

    Raises NoSuchObject, InvalidChange, AccessRefused: SAME_PERSON, ALREADY_DECIDED, PLAN_CHANGED (what it would change
    has changed since: propose it again).
    """
    grant = authorize(caller=caller, action=Action.APPROVE_LOOSENING, object_id=loosening_id)
    with grant.effect(object_id=loosening_id):
        row = locked(loosening_id)
        approve(row, caller)
        if not hmac.compare_digest(digest_of(row).encode(), digest.lower().encode()):
            raise AccessRefused(ReasonCode.PLAN_CHANGED)
        row.object_id = PUT_IN_FORCE[row.kind](row)
        row.save(update_fields=["approved_by", "approved_at", "object_id"])
        grant.record(object_id=row.id)
    return loosening_view(row)


def locked(loosening_id: UUID) -> Loosening:
    """Return a proposal, locked until the transaction ends.

    Call it inside the tenant's context. Raises NoSuchObject.
    """
    row = Loosening.objects.select_for_update().filter(id=loosening_id).first()
    if row is None:
        raise NoSuchObject("proposal")
    return row
