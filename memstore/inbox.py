"""What waits for somebody: counts, for the first look of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Value

from governance.counting import count_of
from governance.guard import authorize, effect
from governance.models import (
    ENDED,
    UNDECIDED,
    ApiKey,
    BreakGlass,
    Erasure,
    LegalHold,
    Objection,
    Retention,
    RightsRequest,
    StaffUser,
    Tenant,
)
from governance.roles import NEEDED
from governance.vocabulary import Action, Capability
from memstore.models import Quarantine
from memstore.sweep import late

if TYPE_CHECKING:
    from governance.guard import Caller

NOTHING = Value(0)


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
        planned = Erasure.objects.filter(state__in=UNDECIDED)
        knows_holds = NEEDED[Action.READ_HOLDS] in caller.principal.capabilities
        counted = Tenant.objects.filter(id=caller.tenant_id).values(
            quarantined=count_of(Quarantine.objects.filter(memory__expires_at__gt=now)),
            open_objections=count_of(Objection.objects.filter(settled_at=None)),
            break_glass_to_review=count_of(BreakGlass.objects.filter(reviewed_at=None)),
            keys_to_approve=count_of(ApiKey.objects.filter(approved_at=None, revoked_at=None)),
            staff_to_approve=count_of(StaffUser.objects.filter(approved_at=None, suspended_at=None)),
            rules_to_approve=count_of(rules),
            holds_to_approve=count_of(holds) if knows_holds else NOTHING,
            requests_open=count_of(requests) if handles else NOTHING,
            requests_due=count_of(requests.filter(escalated_at__isnull=False)) if handles else NOTHING,
            erasures_to_approve=count_of(planned) if handles else NOTHING,
            overdue_memories=count_of(late(now)),
        )
        found = Inbox(**counted.get())
        allowed.record()
    return found
