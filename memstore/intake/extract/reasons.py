"""Reasons why a sentence is kept as a memory, or is not: a closed list, without content, for events and for people."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Reason for what became of one sentence. `keeps` tells the two halves of the list apart."""

    STATEMENT = "statement"  # what the person says of their life: kept unless a rule below speaks against it
    CHANGE = "change"  # a correction, a change, or that something is not so
    WISH = "wish"  # how the person wants to be treated from now on
    OBJECTION = "objection"  # an objection or a refusal (Art. 21 GDPR): an officer is told
    ASKED_FOR = "asked_for"  # the person asked to remember it
    ANSWER = "answer"  # a short answer, kept with its question
    GOES_ON = "goes_on"  # it needs the sentence before it to be understood, and is kept with it

    EMPTY = "empty"  # no letter and no digit
    COURTESY = "courtesy"  # a greeting, thanks, a farewell
    REACTION = "reaction"  # says nothing but what the speaker thinks of what was said
    QUESTION = "question"
    REQUEST = "request"  # asks for something to be done now
    STEP = "step"  # a step just done, or a state that passes
    QUOTATION = "quotation"  # somebody else's words: quoted, forwarded, translated, to be corrected
    ROLE_PLAY = "role_play"  # said in a part that is played, or in a text that is invented
    EXERCISE = "exercise"  # part of a problem to solve
    CODE = "code"
    INSTRUCTION = "instruction"  # tells the assistant to ignore, reveal or obey
    REPEATED = "repeated"  # the same words twice in one call
    NOT_SAID_BY_A_USER = "not_said_by_a_user"
    NOT_CHOSEN = "not_chosen"  # read by a model, which found no fact in it
    REFUSED = "refused"  # of a class that the purpose does not take

    @property
    def keeps(self) -> bool:
        return self in _KEEPS


_KEEPS = frozenset(
    {
        Reason.STATEMENT,
        Reason.CHANGE,
        Reason.WISH,
        Reason.OBJECTION,
        Reason.ASKED_FOR,
        Reason.ANSWER,
        Reason.GOES_ON,
    }
)
