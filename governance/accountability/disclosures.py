"""Disclosures outside the service, entered by hand, and suspensions of their accounting.

What a recipient reads with a key of its own is not entered here: the audit trail has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from governance.accountability.period import EARLIEST, LATEST
from governance.errors import InvalidChange, NoSuchObject
from governance.guard.authorize import authorize
from governance.models import AccountingSuspension, Disclosed, Disclosure, Recipient, Subject
from governance.policy.case_reference import case_reference
from governance.processing.purposes import purpose_named
from governance.subjects.look_up import clear, subject_named
from governance.vocabulary import Action

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.vocabulary import SubjectKind

ORAL = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DisclosureView:
    """One disclosure as it was entered."""

    id: UUID
    recipient_id: UUID
    subject_id: UUID
    at: datetime
    description: str
    purpose: str
    recorded_by: UUID


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """One suspension of a recipient's accounting. `subject_id` None: for every person."""

    id: UUID
    recipient_id: UUID
    subject_id: UUID | None
    until: datetime
    case_reference: str
    oral: bool
    suspended_by: UUID
    suspended_at: datetime


def record_disclosure(
    *,
    caller: Caller,
    recipient_id: UUID,
    subject: UUID | tuple[SubjectKind, str],
    at: datetime,
    description: Disclosed,
    purpose: str,
) -> DisclosureView:
    """Enter a disclosure. `subject`: surrogate id, or kind and external id.

    Raises AccessRefused, InvalidChange, NoSuchObject.
    """
    # Without the facts of the subject: a disclosure is entered whatever the person's state is now.
    grant = authorize(caller=caller, action=Action.RECORD_DISCLOSURE, object_id=recipient_id)
    subject_id = known_subject(caller, Action.RECORD_DISCLOSURE, subject)
    with grant.effect():
        if subject_id is None or not Subject.objects.filter(id=subject_id).exists():
            raise NoSuchObject("subject")
        recipient = _recipient(recipient_id)
        if not EARLIEST <= at <= datetime.now(UTC):
            raise InvalidChange("at", "must not lie in the future")
        if recipient.ended_at is not None and at > recipient.ended_at:
            raise InvalidChange("recipient_id", "has ended before that")
        if description is Disclosed.MEMORIES_READ:
            raise InvalidChange("description", "what is read with a key is in the audit trail, and counted from there")
        rule = purpose_named(caller.tenant_id, purpose)
        row = Disclosure.objects.create(
            tenant_id=caller.tenant_id,
            recipient_id=recipient_id,
            subject_id=subject_id,
            purpose_id=rule.purpose_id,
            at=at,
            description=description,
            recorded_by=caller.principal.id,
        )
        grant.record_under_lock(subject_id=subject_id, object_id=row.id, purpose=rule)
    return DisclosureView(row.id, recipient_id, subject_id, at, description.value, rule.name, row.recorded_by)


def suspend_accounting(
    *,
    caller: Caller,
    recipient_id: UUID,
    until: datetime,
    reference: str,
    oral: bool = False,
    subject_id: UUID | None = None,
) -> SuspensionView:
    """Suspend the accounting of disclosures to a recipient until a time, as an authority says it would impede its work.

    A statement by word of mouth holds for 30 days at most (45 CFR 164.528(a)(2)(ii)). `subject_id`: for one person
    only. Raises AccessRefused, InvalidChange, NoSuchObject.
    """
    grant = authorize(caller=caller, action=Action.SUSPEND_ACCOUNTING, object_id=recipient_id)
    now = datetime.now(UTC)
    with grant.effect():
        _recipient(recipient_id)
        if subject_id is not None and not Subject.objects.filter(id=subject_id).exists():
            raise NoSuchObject("subject")
        if not now < until < LATEST:
            raise InvalidChange("until", "must lie in the future")
        if oral and until > now + ORAL:
            raise InvalidChange("until", f"by word of mouth for {ORAL.days} days at most")
        row = AccountingSuspension.objects.create(
            tenant_id=caller.tenant_id,
            recipient_id=recipient_id,
            subject_id=subject_id,
            until=until,
            case_reference=case_reference(reference),
            oral=oral,
            suspended_by=caller.principal.id,
            suspended_at=now,
        )
        grant.record_under_lock(subject_id=subject_id, object_id=row.id)
    return SuspensionView(
        row.id, recipient_id, subject_id, until, row.case_reference, oral, row.suspended_by, row.suspended_at
    )


def suspended_recipients(subject_id: UUID, now: datetime) -> set[UUID]:
    """Return the recipients whose disclosures of this person are not accounted for at `now`.

    Call it inside the tenant's context.
    """
    of_the_person = Q(subject_id=None) | Q(subject_id=subject_id)
    rows = AccountingSuspension.objects.filter(of_the_person, suspended_at__lte=now, until__gt=now)
    return set(rows.values_list("recipient_id", flat=True))


def known_subject(caller: Caller, action: Action, subject: UUID | tuple[SubjectKind, str]) -> UUID | None:
    """Return the surrogate id as it was given, or the one behind an external id; None for an unknown one.

    Call it after `authorize`. Raises AccessRefused.
    """
    if isinstance(subject, UUID):
        return subject
    kind, external_id = subject
    found = subject_named(clear(caller=caller, action=action, names={kind: external_id}, kind=kind), kind)
    return found.id if found else None


def _recipient(recipient_id: UUID) -> Recipient:
    row = Recipient.objects.filter(id=recipient_id).first()
    if row is None:
        raise NoSuchObject("recipient")
    return row
