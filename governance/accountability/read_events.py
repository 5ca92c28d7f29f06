"""Read events: the types of event after which a person's data was known to the actor."""

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
    Action.READ_OBJECTIONS,  # with what the person said in a chat
    Action.BREAK_GLASS,
    Action.MAKE_COPY,
    Action.HAND_OUT_COPY,
    Action.READ_PORTAL,
}
READING_WORDS = sorted(action.value for action in READING)
# These show memories to the holder of a key: when they show some, that is a disclosure.
SHOWING_WORDS = sorted(action.value for action in READS | {Action.READ_EVENT})
# These store new memories; an event of them is the first to list a memory.
STORING_WORDS = sorted(action.value for action in (Action.REMEMBER, Action.EXTRACT))
