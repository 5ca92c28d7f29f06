"""Inbox: counts of what waits for the caller, for the first page of the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Q, Value

from governance.guard.alarms import damaged_since
from governance.guard.authorize import authorize
from governance.models import (
    UNDECIDED,
    ApiKey,
    BreakGlass,
    Erasure,
    LegalHold,
    Loosening,
    Objection,
    Proposal,
    Retention,
    RightsRequest,
    StaffUser,
    Tenant,
)
from governance.paging import count_of
from governance.policy.roles import NEEDED
from governance.vocabulary import Action
from memstore.forget.sweep import late
from memstore.models import Quarantine
from memstore.oversight.contradictions import open_contradictions
from memstore.records.raised import waiting_statements

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from governance.context import Caller

P = TypeVar("P", bound=Proposal)
NOTHING = Value(0)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Inbox:
    """Counts of what the caller can act on, each 0 if another role does that. `overdue_memories` must be 0.

    `damaged_values`: found within a week. `requests_due`: escalated, their day is near or over. The caller's own
    proposals wait for others and are not counted.
    """

    quarantined: int
    contradictions: int
    open_objections: int
    raised_statements: int
    break_glass_to_review: int
    keys_to_approve: int
    staff_to_approve: int
    rules_to_approve: int
    holds_to_approve: int
    loosenings_to_approve: int
    requests_open: int
    requests_due: int
    erasures_to_approve: int
    overdue_memories: int
    damaged_values: int


def inbox(*, caller: Caller) -> Inbox:
    """Return the counts of what this caller can act on."""
    allowed = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    now, own, may = datetime.now(UTC), caller.principal.id, caller.principal.capabilities
    with allowed.effect():
        requests = RightsRequest.objects.open()
        waiting: dict[str, tuple[Action, QuerySet[Any]]] = {
            "quarantined": (Action.READ_QUARANTINE, Quarantine.objects.filter(memory__expires_at__gt=now)),
            "contradictions": (Action.SETTLE_FACT, open_contradictions(now)),
            "open_objections": (Action.SETTLE_OBJECTION, Objection.objects.filter(settled_at=None)),
            "raised_statements": (Action.SETTLE_OBJECTION, waiting_statements()),
            "break_glass_to_review": (
                Action.REVIEW_BREAK_GLASS,
                BreakGlass.objects.filter(reviewed_at=None).exclude(user_id=own),
            ),
            "keys_to_approve": (Action.APPROVE_KEY, proposed(ApiKey.objects.filter(revoked_at=None), own)),
            "staff_to_approve": (Action.APPROVE_MEMBER, proposed(StaffUser.objects.filter(suspended_at=None), own)),
            "rules_to_approve": (
                Action.APPROVE_RULE,
                proposed(Retention.objects.all(), own) | proposed(Retention.objects.all(), own, second="end_"),
            ),
            "holds_to_approve": (
                Action.APPROVE_HOLD,
                proposed(LegalHold.objects.all(), own) | proposed(LegalHold.objects.all(), own, second="release_"),
            ),
            "loosenings_to_approve": (Action.APPROVE_LOOSENING, proposed(Loosening.objects.all(), own)),
            "requests_open": (Action.VERIFY_REQUEST, requests),
            "requests_due": (Action.VERIFY_REQUEST, requests.filter(escalated_at__isnull=False)),
            "erasures_to_approve": (
                Action.APPROVE_ERASURE,
                Erasure.objects.filter(state__in=UNDECIDED).exclude(
                    Q(requested_by=own) | Q(request__opened_by=own) | Q(request__verified_by=own)
                ),
            ),
            "overdue_memories": (Action.READ_CONFIGURATION, late(now)),
            "damaged_values": (Action.READ_CONFIGURATION, damaged_since(now - WEEK)),
        }
        counts = {
            name: count_of(rows) if NEEDED[action] in may else NOTHING for name, (action, rows) in waiting.items()
        }
        counted = Tenant.objects.filter(id=caller.tenant_id).values(**counts).get()
        found = Inbox(**{name: int(counted[name]) for name in waiting})  # type: ignore[literal-required]  # named above
        allowed.record()
    return found


def proposed(rows: QuerySet[P], own: UUID, *, second: str = "") -> QuerySet[P]:
    """Return the proposals of others that wait; with `second`, the second proposals of their rows."""
    if second:
        asked = {f"{second}requested_at__isnull": False, f"{second}approved_at": None}
        return rows.filter(**asked).exclude(**{f"{second}requested_by": own})
    return rows.filter(approved_at=None, ended_at=None).exclude(requested_by=own)
