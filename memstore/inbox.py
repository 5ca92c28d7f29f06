"""What waits for somebody: counts, for the first look of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.guard import authorize, effect
from governance.models import (
    ENDED,
    ApiKey,
    BreakGlass,
    Erasure,
    ErasureState,
    LegalHold,
    Objection,
    Retention,
    RightsRequest,
    StaffUser,
)
from governance.roles import NEEDED
from governance.vocabulary import Action, Capability
from memstore.models import Quarantine
from memstore.sweep import overdue

if TYPE_CHECKING:
    from governance.guard import Caller


@dataclass(frozen=True, slots=True)
class Inbox:
    """`overdue_memories` must be 0. Holds and requests are counted for those who may know of them, else 0.

    `requests_due`: escalated, their day is near or over. `erasures_to_approve` wait for a second person.
    """

    quarantined: int
    open_objections: int
    break_glass_to_review: int
    keys_to_approve: int
    staff_to_approve: int
    rules_to_approve: int
    holds_to_approve: int
    requests_open: int
    requests_due: int
    erasures_to_approve: int
    overdue_memories: int


def inbox(*, caller: Caller) -> Inbox:
    allowed = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    now = datetime.now(UTC)
    with effect(caller, Action.READ_CONFIGURATION):
        holds = LegalHold.objects.filter(approved_at=None) | LegalHold.objects.filter(
            release_requested_at__isnull=False, release_approved_at=None
        )
        rules = Retention.objects.filter(approved_at=None) | Retention.objects.filter(
            end_requested_at__isnull=False, end_approved_at=None
        )
        handles = Capability.HANDLE_RIGHTS in caller.principal.capabilities
        requests = RightsRequest.objects.exclude(state__in=ENDED)
        knows_holds = NEEDED[Action.READ_HOLDS] in caller.principal.capabilities
        found = Inbox(
            quarantined=Quarantine.objects.filter(memory__expires_at__gt=now).count(),
            open_objections=Objection.objects.filter(settled_at=None).count(),
            break_glass_to_review=BreakGlass.objects.filter(reviewed_at=None).count(),
            keys_to_approve=ApiKey.objects.filter(approved_at=None, revoked_at=None).count(),
            staff_to_approve=StaffUser.objects.filter(approved_at=None, suspended_at=None).count(),
            rules_to_approve=rules.count(),
            holds_to_approve=holds.count() if knows_holds else 0,
            requests_open=requests.count() if handles else 0,
            requests_due=requests.filter(escalated_at__isnull=False).count() if handles else 0,
            erasures_to_approve=Erasure.objects.filter(state=ErasureState.PLANNED.value).count() if handles else 0,
            overdue_memories=overdue(now),
        )
        allowed.record()
    return found
