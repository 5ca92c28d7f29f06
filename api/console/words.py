"""The console's words for the codes of the vocabulary, and the tone in which a state is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from governance.models import DeclineReason
from governance.vocabulary import Capability

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Words

# The messages after something was done: an address carries the key, and nothing else is ever repeated from it.
DONE: dict[str, Words] = {
    "already": _("This form was sent before: it was done once."),
    "stepped-up": _("Confirmed. For ten minutes no further code is needed."),
    "verified": _("Verified. The request is in handling."),
    "extended": _("Extended. Tell the person why, and until when."),
    "paused": _("The clock is stopped."),
    "resumed": _("The clock goes on."),
    "refused": _("Refused. Tell the person why, and that they may complain to the supervisory authority."),
    "cancelled": _("Cancelled."),
    "fulfilled": _("Done. The request is closed."),
    "approved": _("Approved."),
    "approved-erasure": _("Approved. The erasure runs now; its certificate appears here."),
    "rejected": _("Rejected."),
    "declined": _("Declined. Whoever proposed it sees your reason, and may propose it anew."),
    "withdrawn": _("Withdrawn. It may be proposed anew."),
    "withdrawn-erasure": _("Withdrawn. The person is as before, and the request waits to be verified."),
    "released": _("Released. From now on it can be recalled."),
    "told": _("Noted what came of telling the recipient."),
    "asked": _("Proposed. Another person has to approve it."),
    "revealed": _("The glass is broken: you see this person's memories in clear. It will be reviewed."),
    "reviewed": _("Reviewed."),
    "settled": _("Settled."),
    "current": _("It is current again."),
    "handled": _("Handled. What was said no longer waits."),
    "restricted": _("Restricted: nothing about this person is used."),
    "lifted": _("The restriction is lifted."),
    "saved": _("Saved."),
    "ended": _("Ended."),
    "revoked": _("Revoked. It no longer opens anything."),
    "suspended": _("Suspended. All sessions of this person have ended."),
    "withheld": _("Noted for the copy."),
}

WORDS: dict[str, Words] = {
    "dpo": _("Data protection officer"),
    "key_officer": _("Key officer"),
    "api_key": _("API key"),
    "received": _("Received, not verified"),
    "verified": _("In handling"),
    "partly_done": _("Partly done"),
    "access": _("Access (Art. 15)"),
    "portability": _("Portability (Art. 20)"),
    "rectification": _("Rectification (Art. 16)"),
    "erasure": _("Erasure (Art. 17)"),
    "restriction": _("Restriction (Art. 18)"),
    "objection": _("Objection (Art. 21)"),
    "withdrawal": _("Withdrawal of consent (Art. 7)"),
    "contract": _("Contract (Art. 6(1)(b))"),
    "consent": _("Consent (Art. 6(1)(a))"),
    "legal_obligation": _("Legal obligation (Art. 6(1)(c))"),
    "vital_interests": _("Vital interests (Art. 6(1)(d))"),
    "public_task": _("Public task (Art. 6(1)(e))"),
    "legitimate_interests": _("Legitimate interests (Art. 6(1)(f))"),
    "special": _("Special category"),
    "clear": _("In clear"),
    "masked": _("Masked"),
    "hidden": _("Hidden"),
    "plan_erasure": _("Look at the plan of an erasure"),
    "break_glass": _("Reveal (break-glass)"),
    "review_break_glass": _("Review a reveal"),
    "mandatory": _("A law: it always applies"),
    "default": _("Our own: a more specific one replaces it"),
    "objected": _("Objected"),
    "withdrawn": _("Withdrawn"),
    "gdpr": _("GDPR: one month"),
    "ccpa": _("CCPA: 45 days"),
    "user": _("Person"),
    "unknown": _("a language that no detector reads"),
    "run": _("Session without a person"),
    "review_first": _("Every new memory is reviewed"),
    "about_a_person": _("About a person, in a purpose that is about nobody"),
    "detected": _("Something was detected in it"),
    "warn": _("Look at it"),
    "bad": _("Alarm"),
}

# The reasons for which a proposal is declined.
REASONS: list[tuple[str, Words]] = [
    (DeclineReason.NOT_NEEDED.value, _("It is not needed (any more)")),
    (DeclineReason.WRONG_PERSON.value, _("It is about the wrong person")),
    (DeclineReason.WRONG_DETAILS.value, _("Something in it is wrong")),
    (DeclineReason.TOO_BROAD.value, _("It goes further than needed")),
    (DeclineReason.NO_LEGAL_GROUND.value, _("There is no legal ground for it")),
    (DeclineReason.CASE_OPEN.value, _("The case is still open")),
]
WORDS |= dict(REASONS)

# The capabilities of a key, in words for the person who requests one.
CAPABILITIES: dict[Capability, Words] = {
    Capability.REMEMBER: _("keep what people say"),
    Capability.RECALL: _("find and read memories"),
    Capability.RECALL_SPECIAL: _("special categories too (Art. 9)"),
    Capability.FORGET: _("delete memories"),
    Capability.FORGET_SUBJECT: _("have a whole person erased"),
    Capability.LIST_SUBJECTS: _("list who is remembered"),
    Capability.SHARED_WRITE: _("change what agents and apps know of nobody in particular"),
    Capability.CONSENT_GRANT: _("note consent that was given"),
    Capability.REQUEST_RIGHTS: _("open requests for people"),
    Capability.PORTAL_ISSUE: _("issue links to people's own pages"),
}
GOOD = frozenset({"active", "done", "verified", "ok", "delivered", "allowed", "approved", "granted", "current"})
WARN = frozenset(
    {
        "received",
        "quarantined",
        "restricted",
        "planned",
        "partly_done",
        "requested",
        "pending",
        "warn",
        "open",
        "special",
        "confidential",
        "paused",
        "running",
        "retiring",
        "retired",
        "withdrawn",
        "objected",
        "proposed",
        "end_proposed",
        "release_requested",
    }
)
BAD = frozenset({"overdue", "refused", "declined", "failed", "halted", "bad", "revoked", "suspended", "criminal"})


def words_of(code: object) -> str:
    """Return the words for a code: its own, or else the code with spaces."""
    text = str(code)
    known = WORDS.get(text)
    return str(known) if known is not None else text.replace("_", " ").replace(".", " ").capitalize()


def tone_of(code: object) -> str:
    text = str(code)
    for tone, codes in (("good", GOOD), ("warn", WARN), ("bad", BAD)):
        if text in codes:
            return tone
    return "plain"
