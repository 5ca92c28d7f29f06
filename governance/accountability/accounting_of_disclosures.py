"""Accounting of disclosures of one person (45 CFR 164.528; recipients of Art. 15(1)(c)).

It joins the recorded disclosures with what recipients read by keys of their own. Recipients that are exempt, and those
whose accounting is suspended at an authority's word, are left out, and nothing tells that they might have been there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min

from governance.accountability.disclosures import known_subject, suspended_recipients
from governance.accountability.period import Period, period
from governance.accountability.purpose_names import purpose_names
from governance.accountability.read_events import SHOWING_WORDS
from governance.guard.authorize import authorize
from governance.models import ApiKey, AuditEvent, Disclosed, Disclosure, Recipient
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from governance.context import Caller
    from governance.vocabulary import SubjectKind

SIX_YEARS = timedelta(days=6 * 365 + 2)  # with the leap days that six years have at most


@dataclass(frozen=True, slots=True)
class DisclosureLine:
    """Disclosures to one recipient for one purpose: the first, how many, the last (45 CFR 164.528(b)(3)).

    `descriptions`: what was disclosed, as codes. `purpose` None: the event had none.
    """

    recipient: str
    address: str
    kind: str
    purpose: str | None
    descriptions: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    disclosures: int


@dataclass(frozen=True, slots=True)
class Accounting:
    """The accounting of one person. `subject_id` None: no subject is known by that external id now."""

    subject_id: UUID | None
    since: datetime
    until: datetime
    made_at: datetime
    disclosures: tuple[DisclosureLine, ...]


@dataclass(frozen=True, slots=True)
class _Some:
    """Disclosures to one recipient that are counted together."""

    recipient_id: UUID
    purpose: str | None
    description: str
    first_at: datetime
    last_at: datetime
    n: int


def accounting(
    *,
    caller: Caller,
    subject: UUID | tuple[SubjectKind, str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Accounting:
    """Return the accounting of one person, of the last six years by default.

    `subject`: surrogate id, or kind and external id. Raises AccessRefused, InvalidChange.
    """
    grant = authorize(caller=caller, action=Action.READ_REPORT)
    subject_id = known_subject(caller, Action.READ_REPORT, subject)
    now = datetime.now(UTC)
    with grant.effect():
        wanted = period(since, until, now, default=SIX_YEARS)
        found = () if subject_id is None else disclosure_lines(subject_id, wanted, now)
        grant.record_under_lock(subject_id=subject_id, n_items=len(found))
    return Accounting(subject_id, wanted.since, wanted.until, now, found)


def disclosure_lines(
    subject_id: UUID, wanted: Period, now: datetime, *, with_exempt: bool = False
) -> tuple[DisclosureLine, ...]:
    """Return the lines of one person's accounting, oldest first. Call it inside the tenant's context.

    `with_exempt`: Art. 15(1)(c) has no exemption like that of 45 CFR 164.528(a)(1)(i).
    """
    hidden = suspended_recipients(subject_id, now)
    recipients = {row.id: row for row in _recipients(with_exempt=with_exempt).exclude(id__in=hidden)}
    alike: dict[tuple[UUID, str | None], list[_Some]] = {}
    for some in [*_entered(subject_id, wanted), *_read_by_keys(subject_id, wanted)]:
        if some.recipient_id in recipients:
            alike.setdefault((some.recipient_id, some.purpose), []).append(some)
    lines = [
        DisclosureLine(
            recipient=recipients[recipient_id].name,
            address=recipients[recipient_id].address,
            kind=recipients[recipient_id].kind,
            purpose=purpose,
            descriptions=tuple(sorted({some.description for some in same})),
            first_at=min(some.first_at for some in same),
            last_at=max(some.last_at for some in same),
            disclosures=sum(some.n for some in same),
        )
        for (recipient_id, purpose), same in alike.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.first_at, line.recipient, line.purpose or "")))


def _recipients(*, with_exempt: bool) -> QuerySet[Recipient]:
    return Recipient.objects.all() if with_exempt else Recipient.objects.filter(exempt=False)


def _entered(subject_id: UUID, wanted: Period) -> list[_Some]:
    rows = Disclosure.objects.filter(subject_id=subject_id, at__gte=wanted.since, at__lt=wanted.until)
    columns = rows.values_list("recipient_id", "purpose__name", "description", "at")
    return [_Some(recipient, purpose, what, at, at, 1) for recipient, purpose, what, at in columns]


def _read_by_keys(subject_id: UUID, wanted: Period) -> list[_Some]:
    """Return the reads by recipients' keys: each read that found something is a disclosure to the recipient."""
    handed_out = dict(ApiKey.objects.exclude(recipient_id=None).values_list("id", "recipient_id"))
    if not handed_out:
        return []
    rows = (
        AuditEvent.objects.filter(
            subject_id=subject_id,
            at__gte=wanted.since,
            at__lt=wanted.until,
            principal_id__in=list(handed_out),
            type__in=SHOWING_WORDS,
            reason=ReasonCode.ALLOWED.value,
            n_items__gt=0,
        )
        .values("principal_id", "purpose_version_id")
        .annotate(n=Count("id"), first=Min("at"), last=Max("at"))
        .order_by()
    )
    found = list(rows)
    purposes = purpose_names(row["purpose_version_id"] for row in found)
    return [
        _Some(
            recipient_id=recipient_id,
            purpose=purposes.get(row["purpose_version_id"]),
            description=Disclosed.MEMORIES_READ.value,
            first_at=row["first"],
            last_at=row["last"],
            n=row["n"],
        )
        for row in found
        if (recipient_id := handed_out[row["principal_id"]]) is not None
    ]
