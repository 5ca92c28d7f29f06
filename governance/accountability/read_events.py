"""Which events are reads: those after which somebody knew something of what is kept about a person."""

from __future__ import annotations

from governance.policy.decide import READS
from governance.vocabulary import Action

READING = READS | {
    Action.READ_EVENT,
    Action.READ_CONSENT,
    Action.LIST_SUBJECTS,
    Action.LOOK_UP_SUBJECT,
    Action.INSPECT,
    Action.READ_QUARANTINE,
    Action.BREAK_GLASS,
    Action.MAKE_COPY,
    Action.HAND_OUT_COPY,
    Action.READ_PORTAL,
}
READING_WORDS = sorted(action.value for action in READING)
# What shows memories to the holder of a key: where it showed some, it disclosed them.
SHOWING_WORDS = sorted(action.value for action in READS | {Action.READ_EVENT})
# Whose memories are new: the events that list them from then on.
STORING_WORDS = sorted(action.value for action in (Action.REMEMBER, Action.EXTRACT))
