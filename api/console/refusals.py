"""Refusals in the words of the console."""

from __future__ import annotations

from django.utils.translation import gettext as _

from api.console.words import words_of
from api.web.errors import REFUSALS
from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.vocabulary import ReasonCode


def words_of_refusal(error: AccessRefused) -> str:
    if isinstance(error, InvalidChange):
        return f"{words_of(error.field)}: {error.problem}"
    if isinstance(error, NoSuchObject):
        return _("There is nothing here, or not any more.")
    return words_of_reason(error.reason.value)


def words_of_reason(code: str) -> str:
    """Return the words of a reason code; empty for any other text, so that none is repeated from an address."""
    if code not in set(ReasonCode):
        return ""
    reason = ReasonCode(code)
    own = {
        ReasonCode.CAPABILITY_MISSING: _("Your role does not include this."),
        ReasonCode.STEP_UP_NEEDED: _("Enter a one-time code from your authenticator app: this needs a fresh one."),
        ReasonCode.SIGN_IN_FAILED: _("The one-time code is wrong or was used before. Wait for the next one."),
        ReasonCode.LOCKED_OUT: _("Too many failures. Wait a minute; each further failure makes it longer."),
        ReasonCode.SUBJECT_NOT_ACTIVE: _(
            "This person's data may not be used now: it is locked, objected to, or the person is being erased. Nothing"
            " of it can be released or shown."
        ),
        ReasonCode.INVALID: _("Something in the form is missing or cannot be read."),
    }
    return own.get(reason) or REFUSALS.get(reason) or _("Refused by policy.")
