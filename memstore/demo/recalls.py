"""Recalls of the demo: the assistant's questions to its memory, and those of a recipient with a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from memstore.demo.conversations import AGENT
from memstore.demo.people import PEOPLE
from memstore.recall.browse import browse
from memstore.recall.recall import recall

if TYPE_CHECKING:
    from governance.context import Caller
    from memstore.demo.actors import Cast

QUESTIONS = (
    "how does the person want to be contacted?",
    "when is the salary paid and the rent due?",
    "which cards were lost?",
    "what does the person save for?",
)
ABOUT_TASTE = ("what does the person like?", "how should the savings plan look?")
ABOUT_FRAUD = ("which payments would be unusual?", "was a phone or a card stolen?")
ABOUT_OFFERS = ("in which products is the person interested?",)
SHARED = ("when does the branch open?", "how long does a new card take?", "what is the limit of the cash machine?")
READ_OUTSIDE = (15, 16, 22, 43)


def read(cast: Cast) -> int:
    """Ask all questions. Return how many were answered.

    Some are refused, for want of consent or because the person objected: that is on the record as well.
    """
    asked = 0
    for person in PEOPLE:
        n = person.number
        questions = [("assistance", QUESTIONS[n % 4])]
        if n % 3 == 1:
            questions.append(("personalisation", ABOUT_TASTE[n % 2]))
        if n % 8 == 5:  # noqa: PLR2004 - every eighth person
            questions.append(("fraud_prevention", ABOUT_FRAUD[n // 8 % 2]))
        if n % 9 == 1:
            questions.append(("offers", ABOUT_OFFERS[0]))
        for purpose, question in questions:
            asked += _ask(cast.assistant(purpose), question, {"user_id": person.id})
    for question in SHARED:
        asked += _ask(cast.assistant("knowledge"), question, {"agent_id": AGENT})
    for number in READ_OUTSIDE:
        browse(caller=cast.outside(), filters={"user_id": PEOPLE[number - 1].id})
    return asked + len(READ_OUTSIDE)


def _ask(caller: Caller, question: str, filters: dict[str, str]) -> int:
    try:
        recall(caller=caller, query=question, filters=filters, top_k=5)
    except AccessRefused:
        return 0
    return 1
