"""Recipient notices (Art. 19): each recipient is told of a rectification, erasure or restriction.

There is one for each recipient to whom the person's data was disclosed; its outcome is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.accountability.read_events import SHOWING_WORDS
from governance.errors import InvalidChange, NoSuchObject
from governance.guard.authorize import authorize
from governance.models import (
    ApiKey,
    AuditEvent,
    Disclosure,
    NoticeState,
    Recipient,
    RecipientNotice,
)
from governance.policy.channels import channel_said
from governance.rights.requests import visible
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.models import RightsRequest

SETTLES = (NoticeState.DELIVERED, NoticeState.FAILED, NoticeState.IMPOSSIBLE)


@dataclass(frozen=True, slots=True)
class RecipientNoticeView:
    """One notice. `state`: pending, delivered, failed (try again) or impossible (or of disproportionate effort)."""

    id: UUID
    recipient_id: UUID
    recipient: str
    address: str
    state: str
    channel: str
    attempts: int
    told_at: datetime | None


def recipients_of(subject_id: UUID) -> set[UUID]:
    """Return the recipients to whom the person's data was disclosed, by hand or by a read with their own key."""
    by_hand = Disclosure.objects.filter(subject_id=subject_id).values_list("recipient_id", flat=True)
    keys = dict(ApiKey.objects.exclude(recipient_id=None).values_list("id", "recipient_id"))
    readers = AuditEvent.objects.filter(
        subject_id=subject_id,
        principal_id__in=list(keys),
        type__in=SHOWING_WORDS,
        reason=ReasonCode.ALLOWED.value,
        n_items__gt=0,
    ).values_list("principal_id", flat=True)
    read = {recipient for key in readers.distinct() if (recipient := keys[key]) is not None}
    return set(by_hand) | read


def prepare_notices(row: RightsRequest) -> int:
    """Insert a notice for each recipient, made once. Return how many recipients there are.

    Call it in the transaction of the effect that they are told of.
    """
    wanted = recipients_of(row.subject_id)
    RecipientNotice.objects.bulk_create(
        [
            RecipientNotice(tenant_id=row.tenant_id, request_id=row.id, recipient_id=recipient)
            for recipient in sorted(wanted)
        ],
        ignore_conflicts=True,
    )
    return len(wanted)


def list_notices(*, caller: Caller, request_id: UUID) -> list[RecipientNoticeView]:
    """Return the notices of a request. The person may ask for them (Art. 19, second sentence). Raises NoSuchObject."""
    grant = authorize(caller=caller, action=Action.READ_REQUESTS, object_id=request_id)
    with grant.effect():
        if not visible(caller).filter(id=request_id).exists():
            raise NoSuchObject("request")
        found = notices_of(request_id)
        grant.record(object_id=request_id, n_items=len(found))
    return found


def notices_of(request_id: UUID) -> list[RecipientNoticeView]:
    """Return the notices of a request, the oldest first. Call it inside the effect of a grant."""
    rows = list(RecipientNotice.objects.filter(request_id=request_id).order_by("created_at", "id"))
    names = {row.id: row for row in Recipient.objects.filter(id__in=[row.recipient_id for row in rows])}
    return [_view(row, names[row.recipient_id]) for row in rows]


def settle_notice(
    *, caller: Caller, request_id: UUID, notice_id: UUID, state: NoticeState, channel: str
) -> RecipientNoticeView:
    """Record the outcome of one notice. A failed one may be tried again; a delivered one is final.

    Raises NoSuchObject, InvalidChange.
    """
    grant = authorize(caller=caller, action=Action.NOTIFY_RECIPIENT, object_id=notice_id)
    with grant.effect():
        row = RecipientNotice.objects.select_for_update().filter(id=notice_id, request_id=request_id).first()
        if row is None:
            raise NoSuchObject("notice")
        if state not in SETTLES:
            raise InvalidChange("state", "expected delivered, failed or impossible")
        if row.state == NoticeState.DELIVERED.value:
            raise InvalidChange("state", "it was delivered already", ReasonCode.ALREADY_DECIDED)
        row.state, row.channel = state.value, channel_said(channel).value
        row.attempts += 1
        row.told_by, row.told_at = caller.principal.id, datetime.now(UTC)
        row.save()
        grant.record_under_lock(object_id=row.id, n_items=1)
        recipient = Recipient.objects.get(id=row.recipient_id)
    return _view(row, recipient)


def _view(row: RecipientNotice, recipient: Recipient) -> RecipientNoticeView:
    return RecipientNoticeView(
        id=row.id,
        recipient_id=row.recipient_id,
        recipient=recipient.name,
        address=recipient.address,
        state=row.state,
        channel=row.channel,
        attempts=row.attempts,
        told_at=row.told_at,
    )
