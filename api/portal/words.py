"""The portal's words: what codes mean, for people who do not know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from governance.models import Ground, RequestKind, RequestState
from governance.vocabulary import LawfulBasis, MemoryState, ReasonCode, Role
from memstore.rights.copies.gather import UNREADABLE
from memstore.rights.portal.own_memories import EXPIRED, OBJECTION, RESTRICTION, WITHHELD

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Words


@dataclass(frozen=True, slots=True)
class Wish:
    """A kind of request: what it is called, what it means, and what happens once the person is verified."""

    title: Words
    means: Words
    then: Words


WISHES: dict[str, Wish] = {
    RequestKind.ACCESS.value: Wish(
        _("A copy of everything about me"),
        _(
            "You get a file with everything that is kept about you, why it is kept, where it came from and who has"
            " read it."
        ),
        _("The copy is being prepared. When it is ready you are given a code for the download."),
    ),
    RequestKind.PORTABILITY.value: Wish(
        _("What I provided, to take elsewhere"),
        _("You get what you told us in a form that other services can read."),
        _("The file is being prepared. When it is ready you are given a code for the download."),
    ),
    RequestKind.ERASURE.value: Wish(
        _("Erase everything about me"),
        _(
            "Everything that is remembered about you is destroyed for good. What a law demands to keep is locked away"
            " and destroyed when the law allows it. This cannot be undone."
        ),
        _(
            "From now on nothing about you is used. What will be destroyed is checked, then it is done."
            " This page closes for good at that moment; with your receipt you can still see what became of it."
        ),
    ),
    RequestKind.RESTRICTION.value: Wish(
        _("Stop using what is kept about me"),
        _("It stays, locked, and is not used: while something is being checked, for example."),
        _("Somebody is looking at it. As soon as it is done, nothing about you is used any more."),
    ),
    RequestKind.RECTIFICATION.value: Wish(
        _("Correct what is wrong"),
        _("The new wording replaces the old one."),
        _("Somebody is looking at it. Once it is done, the new wording is in place and the old one is gone."),
    ),
    RequestKind.OBJECTION.value: Wish(
        _("Objection"), _("Use for this purpose stops."), _("Somebody is looking at your objection.")
    ),
    RequestKind.WITHDRAWAL.value: Wish(
        _("Take back consent"), _("Use for this purpose ends."), _("Your consent is being ended.")
    ),
}
# Requests that the portal itself offers; a correction starts from the memory, choices have a page of their own.
OFFERED = (
    RequestKind.ACCESS.value,
    RequestKind.PORTABILITY.value,
    RequestKind.RESTRICTION.value,
    RequestKind.ERASURE.value,
)
STATES: dict[str, Words] = {
    RequestState.RECEIVED.value: _("waits for you: show who you are"),
    RequestState.VERIFIED.value: _("being worked on"),
    RequestState.PARTLY_DONE.value: _("done in part"),
    RequestState.DONE.value: _("done"),
    RequestState.REFUSED.value: _("refused"),
    RequestState.CANCELLED.value: _("taken back"),
    RequestState.DUPLICATE.value: _("the same as another request"),
    RequestState.ERASED.value: _("ended: everything about you was erased"),
}
# The next step, where the kind does not say it.
NEXT: dict[str, Words] = {
    RequestState.PARTLY_DONE.value: _(
        "A part is kept because a law demands it. It is locked, not used, and destroyed by itself when the law"
        " allows it."
    ),
    RequestState.DONE.value: _("Nothing: what you asked for was done."),
    RequestState.REFUSED.value: _(
        "You can ask the organisation about the reason, complain to a data protection authority, or go to court."
    ),
    RequestState.CANCELLED.value: _("Nothing: you took it back."),
    RequestState.DUPLICATE.value: _("You asked for the same before. That request goes on; this one has ended."),
    RequestState.ERASED.value: _("Nothing: everything about you was erased meanwhile, so there is nothing left to do."),
}
BASES: dict[str, Words] = {
    LawfulBasis.CONSENT.value: _("with your consent, which you can take back at any time."),
    LawfulBasis.CONTRACT.value: _("because it is needed for a contract with you."),
    LawfulBasis.LEGAL_OBLIGATION.value: _("because a law demands it."),
    LawfulBasis.VITAL_INTERESTS.value: _("because it can protect somebody's life."),
    LawfulBasis.PUBLIC_TASK.value: _("because it is needed for a public task. You can object."),
    LawfulBasis.LEGITIMATE_INTERESTS.value: _(
        "because the organisation has a legitimate interest in it. You can object."
    ),
}
MARKS: dict[str, Words] = {
    MemoryState.RESTRICTED.value: _("Locked: kept only because a law demands it, and not used."),
    MemoryState.QUARANTINED.value: _("Not used: somebody has to check it first."),
    MemoryState.SUPERSEDED.value: _("Not used any more: something newer replaced it."),
    RESTRICTION: _("Locked: it is kept and not used."),
    OBJECTION: _("Not used: you objected."),
    WITHHELD: _("Not shown: somebody decided so when you asked for a copy, for a reason that the copy names."),
    UNREADABLE: _("It cannot be read any more: it is damaged."),
    EXPIRED: _("Not used any more: its time is over, and it is destroyed soon."),
}
READERS: dict[str, Words] = {
    Role.API_KEY.value: _("The assistant and other programs of the organisation"),
    Role.SUBJECT.value: _("You, or whoever else had a link to this page"),
    Role.REVIEWER.value: _("Staff who check what is stored"),
    Role.DPO.value: _("The data protection officer"),
    Role.AUDITOR.value: _("Auditors"),
    Role.ADMINISTRATOR.value: _("Administrators"),
    Role.KEY_OFFICER.value: _("Staff who look after the keys"),
    Role.SYSTEM.value: _("Whoever held your receipt or the code for your copy"),
}
GROUNDS: dict[str, Words] = {
    Ground.FREE_EXPRESSION.value: _("freedom of expression and information"),
    Ground.LEGAL_OBLIGATION.value: _("a law demands that it is kept"),
    Ground.PUBLIC_HEALTH.value: _("public health"),
    Ground.ARCHIVING.value: _("archiving, research or statistics in the public interest"),
    Ground.LEGAL_CLAIMS.value: _("it is needed for legal claims"),
    Ground.RETAINED_BY_LAW.value: _("the law keeps it for now"),
    Ground.RIGHTS_OF_OTHERS.value: _("the rights of other people"),
    Ground.NOT_PROVIDED_BY_PERSON.value: _("you did not provide it yourself"),
    Ground.ACCURATE.value: _("it is accurate as it is"),
    Ground.COMPELLING_GROUNDS.value: _("compelling legitimate grounds"),
    Ground.UNFOUNDED_OR_EXCESSIVE.value: _("the request is unfounded or excessive"),
    Ground.NOT_IDENTIFIED.value: _("it could not be established who asks"),
}
DONE: dict[str, Words] = {
    "withdrawn": _("Your consent has ended. What was kept for it is gone or locked."),
    "objected": _("Your objection is noted. Use for this purpose has stopped."),
    "current": _("It counts again. What had replaced it stays as well: you can have it corrected."),
    "proved": _("Thank you, we know now that it is you. Until you leave, you see everything."),
    "cancelled": _("You took the request back."),
    "already": _("This was done already."),
}
REFUSALS: dict[ReasonCode, Words] = {
    ReasonCode.CODE_UNKNOWN: _("This code does not fit. After five wrong ones you need a new one."),
    ReasonCode.IDENTITY_UNVERIFIED: _("For this we have to know that it is you. Please ask the organisation."),
    ReasonCode.NOT_OBJECTIONABLE: _("One cannot object to this purpose."),
    ReasonCode.NOT_CONSENT_BASED: _("This purpose does not rest on your consent."),
    ReasonCode.REQUEST_NOT_OPEN: _("This request has ended."),
    ReasonCode.ALREADY_DESTROYED: _("It cannot be taken back any more: it is being done."),
    ReasonCode.NOT_ASKED_HERE: _("This was not asked for here, so it cannot be taken back here. Ask the organisation."),
    ReasonCode.LINK_UNKNOWN: _("There is nothing behind this, or not any more."),
    ReasonCode.INVALID: _("Something in the form is missing or cannot be read."),
    ReasonCode.OUT_OF_ORDER: _("Something newer is noted already."),
}


def origin(said_by: str, stated: str, *, revised: bool) -> Words:
    """Return one sentence on how a memory came about."""
    if revised:
        return _("It was corrected or changed since it was first noted.")
    if stated != "stated":
        return _("The assistant concluded it from what was said.")
    if said_by == "user":
        return _("It was said to the assistant.")
    if said_by == "":
        return _("It was noted by the assistant.")
    return _("The assistant said it.")
