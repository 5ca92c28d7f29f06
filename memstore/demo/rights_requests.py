"""Requests of the demo's people (GDPR Art. 15 to 22) in every state, except erasures (`erasures`).

Exactly one that is open is overdue: the copy that Chidi requested (`OVERDUE`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from governance.models import (
    ClockProfile,
    ExtensionReason,
    Ground,
    NoticeState,
    PauseReason,
    RequestKind,
    RightsRequest,
    Verification,
)
from governance.rights.clocks import due_at
from governance.rights.handling import extend_request, pause_request
from governance.rights.recipient_notices import list_notices, settle_notice
from governance.rights.requests import Asked, open_request
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.demo.backdate import set_said_back
from memstore.demo.hostile_texts import HOSTILE, WORDS
from memstore.demo.people import CHILD, id_of
from memstore.models import Memory
from memstore.rights.copies.hand_out import hand_out_copy, link_copy, withhold
from memstore.rights.fulfil import fulfil_request, refuse_request
from memstore.rights.verify_request import verify_request

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.rights.request_view import RequestView
    from memstore.demo.actors import Cast

OVERDUE, DUE_SOON = 7, 28
OVERDUE_DAYS, SOON_DAYS = -3.2, 2.3


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """One request to make, `days` ago. On the channel `portal` the assistant's key opens it, else staff do."""

    number: int
    kind: RequestKind
    days: float
    channel: str
    words: str
    purpose: str | None = None
    correction: str = ""


def ask(cast: Cast, wish: DemoRequest, *, received_at: datetime | None = None) -> RequestView:
    """Open a request, backdated to the day on which it came."""
    at = received_at or cast.ago(wish.days)
    asked = Asked(
        kind=wish.kind,
        channel=wish.channel,
        purpose=wish.purpose,
        memory_id=_a_memory(cast, wish.number) if wish.kind is RequestKind.RECTIFICATION else None,
        words=wish.words,
        correction=wish.correction,
        received_at=at,
    )
    caller = cast.assistant() if wish.channel == "portal" else cast.dpo()
    opened = open_request(
        caller=caller, subject_kind=SubjectKind.USER, external_id=id_of(wish.number), asked=asked
    ).request
    was(cast, opened.id, created_at=at)
    return opened


def verified(
    cast: Cast, wish: DemoRequest, method: Verification, *, received_at: datetime | None = None
) -> RequestView:
    """Open a request, and verify it a day later."""
    opened = ask(cast, wish, received_at=received_at)
    view = verify_request(caller=cast.dpo(), request_id=opened.id, method=method)
    was(cast, opened.id, verified_at=opened.received_at + timedelta(hours=min(20.0, wish.days * 12)))
    return view


def was(cast: Cast, request_id: UUID, **at: datetime) -> None:
    """Backdate the request to the days named."""
    set_said_back(cast.tenant_id, RightsRequest(id=request_id), at)


def received_for(due: datetime) -> datetime:
    """Return the day on which a request came that is due then, or a little earlier if the month has no such day."""
    days = (due - timedelta(days=n) for n in range(28, 35))
    return next(day for day in days if due_at(ClockProfile.GDPR, day) <= due)


def _a_memory(cast: Cast, number: int) -> UUID | None:
    subject = cast.person(number)
    with tenant_context(cast.tenant_id):
        live = Memory.objects.live(cast.now).filter(subject_id=subject.id)
        return live.order_by("created_at", "id").values_list("id", flat=True).first()


def due_one_by_one(cast: Cast) -> None:
    """Make the overdue request, and the one that is due next."""
    overdue = DemoRequest(
        OVERDUE, RequestKind.ACCESS, 33, "letter", "Please send me everything that you know about me."
    )
    verified(cast, overdue, Verification.DOCUMENT, received_at=received_for(cast.ago(-OVERDUE_DAYS)))
    words = "I am changing to another bank and would like to take my data along."
    soon = DemoRequest(DUE_SOON, RequestKind.PORTABILITY, 28, "portal", words)
    view = verified(cast, soon, Verification.SIGNED_IN, received_at=received_for(cast.ago(-SOON_DAYS)))
    link_copy(caller=cast.dpo(), request_id=view.id)


def just_came(cast: Cast) -> None:
    """Make requests that are new, and one whose person is not identified yet."""
    ask(
        cast,
        DemoRequest(26, RequestKind.ACCESS, 0.4, "portal", "Was wisst ihr eigentlich über mich? I would like a copy."),
    )
    ask(
        cast,
        DemoRequest(11, RequestKind.OBJECTION, 1.3, "email", "Ich widerspreche der Auswertung.", "fraud_prevention"),
    )
    ask(cast, DemoRequest(HOSTILE, RequestKind.ACCESS, 2.2, "letter", WORDS))
    words = "I can no longer find my papers, but I am the one who lives in Lyon."
    paused = ask(cast, DemoRequest(30, RequestKind.ACCESS, 9, "email", words))
    pause_request(caller=cast.dpo(), request_id=paused.id, reason=PauseReason.IDENTITY)
    was(cast, paused.id, paused_at=cast.ago(7))


def in_handling(cast: Cast) -> None:
    """Make requests that are verified, in time, and not yet done."""
    words = "Everything since I opened the account, with all conversations please."
    extended = verified(cast, DemoRequest(16, RequestKind.ACCESS, 20, "letter", words), Verification.IN_PERSON)
    extend_request(caller=cast.dpo(), request_id=extended.id, reason=ExtensionReason.COMPLEXITY)
    was(cast, extended.id, extended_at=cast.ago(6))
    memory_id = _a_memory(cast, 16)
    if memory_id is not None:
        withhold(caller=cast.dpo(), request_id=extended.id, memory_id=memory_id, ground=Ground.RIGHTS_OF_OTHERS)
    wrong = "That is not what I said. I pay the rent on the first."
    right = "I pay the rent on the first of each month"
    verified(
        cast,
        DemoRequest(40, RequestKind.RECTIFICATION, 5, "portal", wrong, correction=right),
        Verification.SIGNED_IN,
    )
    words = "Please leave it as it is until we have settled our dispute."
    verified(cast, DemoRequest(58, RequestKind.RESTRICTION, 8, "branch", words), Verification.IN_PERSON)
    words = "I do not want to be known for what I like any more."
    verified(cast, DemoRequest(44, RequestKind.WITHDRAWAL, 2, "portal", words, "personalisation"), Verification.CODE)
    words = "I ask for my daughter, who has an account with you."
    verified(cast, DemoRequest(CHILD, RequestKind.ACCESS, 4, "letter", words), Verification.REPRESENTATIVE)


def done(cast: Cast) -> None:
    """Make requests that were fulfilled, each some days after it came."""
    copied = verified(
        cast, DemoRequest(32, RequestKind.ACCESS, 58, "portal", "A copy of all of it, please."), Verification.SIGNED_IN
    )
    link = link_copy(caller=cast.dpo(), request_id=copied.id)
    _end(cast, copied, 45)
    for _ in hand_out_copy(token=link.token).chunks:
        pass  # the person has it
    moved = DemoRequest(
        51, RequestKind.PORTABILITY, 72, "email", "Please give me my data in a form that others can read."
    )
    _end(cast, verified(cast, moved, Verification.CODE), 61)
    told = DemoRequest(
        15,
        RequestKind.RECTIFICATION,
        34,
        "phone",
        "My piano lessons are no business of yours, and the name of the town is wrong.",
        correction="I teach the piano in Salthill and live there too",
    )
    corrected = verified(cast, told, Verification.CODE)
    _end(cast, corrected, 30)
    _tell(cast, corrected.id)
    stopped = DemoRequest(43, RequestKind.RESTRICTION, 26, "letter", "Stop using it while the court decides.")
    _end(cast, verified(cast, stopped, Verification.DOCUMENT), 23)
    objected = DemoRequest(17, RequestKind.OBJECTION, 12, "portal", "Do not watch where I pay.", "fraud_prevention")
    _end(cast, verified(cast, objected, Verification.SIGNED_IN), 11)
    withdrawn = DemoRequest(4, RequestKind.WITHDRAWAL, 19, "portal", "Ich widerrufe.", "personalisation")
    _end(cast, verified(cast, withdrawn, Verification.SIGNED_IN), 18)


def _end(cast: Cast, view: RequestView, days: float) -> None:
    fulfil_request(caller=cast.dpo(), request_id=view.id)
    was(cast, view.id, closed_at=cast.ago(days))


def _tell(cast: Cast, request_id: UUID) -> None:
    """Settle two recipient notices: one was delivered, the other recipient could not be reached."""
    outcomes = (NoticeState.DELIVERED, NoticeState.FAILED)
    for notice, state in zip(list_notices(caller=cast.dpo(), request_id=request_id), outcomes, strict=False):
        settle_notice(caller=cast.dpo(), request_id=request_id, notice_id=notice.id, state=state, channel="email")


def refused(cast: Cast) -> None:
    """Make requests that were refused, with the ground that the person was told."""
    for wish, method, ground, days in (
        (
            DemoRequest(57, RequestKind.ACCESS, 50, "email", "The ninth copy in this month, please."),
            Verification.CODE,
            Ground.UNFOUNDED_OR_EXCESSIVE,
            47,
        ),
        (
            DemoRequest(5, RequestKind.RECTIFICATION, 40, "email", "I work as a king.", correction="I work as a king"),
            Verification.CODE,
            Ground.ACCURATE,
            36,
        ),
        (DemoRequest(18, RequestKind.ACCESS, 65, "letter", "You know who I am."), None, Ground.NOT_IDENTIFIED, 50),
    ):
        opened = ask(cast, wish) if method is None else verified(cast, wish, method)
        refuse_request(caller=cast.second_dpo(), request_id=opened.id, ground=ground)
        was(cast, opened.id, closed_at=cast.ago(days))
