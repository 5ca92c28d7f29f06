"""Work of the demo's staff beside the requests: holds, inspections, quarantine, disclosures, a breach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from governance.access.break_glass import break_glass, review_break_glass
from governance.accountability.breaches import BreachStep, open_breach, update_breach
from governance.accountability.disclosures import record_disclosure, suspend_accounting
from governance.models import BreachKind, BreakGlass, Disclosed, LegalHold, RevealReason, ReviewOutcome
from governance.processing.holds import approve_hold, approve_release, request_hold, request_release
from governance.vocabulary import DataClass, SubjectKind
from memstore.demo.backdate import set_said_back
from memstore.demo.organisation import recipient_id
from memstore.demo.people import id_of
from memstore.oversight.inspection import inspect
from memstore.oversight.quarantine import quarantined, reject, release

if TYPE_CHECKING:
    from datetime import datetime

    from memstore.demo.actors import Cast

LOOK_MINUTES = 20


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. It was requested `days` ago and, if `approved`, approved a day later."""

    number: int
    case: str
    days: float
    purpose: str | None = None
    disclosable: bool = True
    approved: bool = True
    ends: int = 0  # 1: its release is asked for, 2: it is released


HOLDS = (
    Hold(33, "LIT-2026-014", 70, "fraud_prevention"),
    Hold(23, "LIT-2026-021", 45),
    Hold(14, "AML-2026-003", 30, "assistance", disclosable=False),
    Hold(25, "LIT-2026-027", 25, "assistance", ends=1),
    Hold(38, "LIT-2025-108", 80, ends=2),
    Hold(52, "LIT-2026-033", 1, approved=False),
)
# Break-glass: by whom, for which person, why, the case, how many days ago (None: open now), and the review's outcome.
LOOKS = (
    ("reviewer", 23, RevealReason.COMPLAINT, "CMP-2026-118", 52.0, ReviewOutcome.JUSTIFIED),
    ("reviewer", 5, RevealReason.SUBJECT_REQUEST, "CMP-2026-131", 31.0, ReviewOutcome.UNJUSTIFIED),
    ("dpo", 33, RevealReason.LEGAL_CLAIM, "LIT-2026-014", 18.0, ReviewOutcome.JUSTIFIED),
    ("dpo", 13, RevealReason.INCIDENT, "INC-2026-007", 0.9, None),
    ("reviewer", 44, RevealReason.SAFETY, "CMP-2026-149", None, None),
)


def hold(cast: Cast) -> None:
    """Make the holds."""
    for one in HOLDS:
        asker = cast.dpo if one.approved else cast.admin
        asked = request_hold(
            caller=asker(),
            kind=SubjectKind.USER,
            external_id=id_of(one.number),
            reference=one.case,
            purpose=one.purpose,
            disclosable=one.disclosable,
        )
        at: dict[str, datetime] = {"requested_at": cast.ago(one.days)}
        if one.approved:
            approve_hold(caller=cast.second_dpo(), hold_id=asked.id)
            at["approved_at"] = cast.ago(one.days - 1)
        if one.ends > 0:
            request_release(caller=cast.dpo(), hold_id=asked.id)
            at["release_requested_at"] = cast.ago(one.days / 10)
        if one.ends > 1:
            approve_release(caller=cast.second_dpo(), hold_id=asked.id)
            at["release_approved_at"] = cast.ago(one.days / 10 - 1)
        set_said_back(cast.tenant_id, LegalHold(id=asked.id), at, asked.subject_id)


def look(cast: Cast) -> None:
    """Make inspections, masked, and break-glass: reviewed, waiting for the review, and one that is open now."""
    for number in (3, 21, 24, 60):
        inspect(caller=cast.reviewer(), subject_id=cast.person(number).id)
    for who, number, reason, case, days, outcome in LOOKS:
        subject = cast.person(number)
        caller = cast.reviewer() if who == "reviewer" else cast.dpo()
        seen = break_glass(caller=caller, subject=subject, reason=reason, reference=case, minutes=LOOK_MINUTES)
        inspect(caller=caller, subject_id=subject.id)
        if outcome is not None:
            review_break_glass(caller=cast.second_dpo(), break_glass_id=seen.id, outcome=outcome)
        if days is None:
            continue
        opened = cast.ago(days)
        at: dict[str, datetime] = {"opened_at": opened, "closes_at": opened + timedelta(minutes=LOOK_MINUTES)}
        if outcome is not None:
            at["reviewed_at"] = opened + timedelta(days=1)
        set_said_back(cast.tenant_id, BreakGlass(id=seen.id), at, subject.id)


def judge(cast: Cast) -> None:
    """Review some of the quarantine: one memory is released as ordinary, two are rejected."""
    waiting, _ = quarantined(caller=cast.reviewer(), page_size=100)
    oldest = [one for one in waiting if one.purpose == "fraud_prevention"]
    for one in oldest[:1]:
        release(caller=cast.reviewer(), memory_id=one.memory_id, data_class=DataClass.ORDINARY)
    for one in [one for one in waiting if one.purpose == "offers"][:1] + oldest[1:2]:
        reject(caller=cast.reviewer(), memory_id=one.memory_id)


def tell_outside(cast: Cast) -> None:
    """Record disclosures by hand, to a recipient or an authority, and one whose accounting is suspended."""
    cards, register, ombudsman = (recipient_id(cast, place) for place in range(3))
    for number, recipient, days, what in (
        (15, cards, 44, Disclosed.MEMORIES),
        (15, register, 38, Disclosed.SUMMARY),
        (16, register, 21, Disclosed.SUMMARY),
        (30, cards, 33, Disclosed.IDENTITY),
        (53, cards, 40, Disclosed.MEMORIES),
        (53, register, 36, Disclosed.SUMMARY),
        (13, ombudsman, 16, Disclosed.COPY),
    ):
        record_disclosure(
            caller=cast.dpo(),
            recipient_id=recipient,
            subject=(SubjectKind.USER, id_of(number)),
            at=cast.ago(days),
            description=what,
            purpose="assistance",
        )
    suspend_accounting(
        caller=cast.dpo(),
        recipient_id=ombudsman,
        until=cast.now + timedelta(days=40),
        reference="OMB-2026-5",
        subject_id=cast.person(13).id,
    )


def suffer_a_breach(cast: Cast) -> None:
    """Make one breach that is closed, and one whose clock runs."""
    closed = open_breach(
        caller=cast.dpo(),
        kind=BreachKind.AVAILABILITY,
        reference="INC-2026-004",
        aware_at=cast.ago(61),
        since=cast.ago(62),
        until=cast.ago(61.5),
    )
    for step, days in (
        (BreachStep.NOTIFIED_AUTHORITY, 59),
        (BreachStep.INFORMED_SUBJECTS, 55),
        (BreachStep.CLOSED, 40),
    ):
        update_breach(caller=cast.dpo(), breach_id=closed.id, step=step, at=cast.ago(days))
    open_breach(
        caller=cast.dpo(),
        kind=BreachKind.CONFIDENTIALITY,
        reference="INC-2026-007",
        aware_at=cast.ago(1.2),
        since=cast.ago(3),
        until=cast.ago(1.5),
    )
