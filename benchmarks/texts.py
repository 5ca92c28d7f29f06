"""Synthetic memories and questions, from a vocabulary of our own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.locomo import Category, Conversation, Question, Turn

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


def words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


NAMES = ("Ada", "Bruno", "Chidi", "Dalia", "Emre", "Freya", "Goran", "Hana", "Ines", "Jonas", "Kira", "Luca")
DID = words(
    "bought borrowed repaired painted sold lost found ordered returned cleaned photographed described planned "
    "cancelled booked visited designed tested measured carried collected counted compared finished started"
)
KINDS = words(
    "old new small heavy blue green quiet broken wooden cheap bright round narrow spare yellow soft folded rusty "
    "striped hollow warm dusty square thin curved painted borrowed polished double woven"
)
THINGS = words(
    "bicycle kettle lantern guitar carpet suitcase camera ladder notebook window garden boat teapot jacket mirror "
    "piano blanket clock table umbrella telescope basket saddle hammer compass kite drum bench curtain shelf stove "
    "printer helmet violin wallet tent canoe rug vase easel loom oven anchor bell chisel lamp map mask net oar"
)
PLACES = words(
    "harbour library market station bakery museum workshop bridge valley theatre island hospital office school "
    "castle forest beach kitchen airport village stadium chapel orchard quarry laundry depot archive tavern"
)
DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
FEELINGS = words("proud tired curious calm worried glad surprised patient cheerful uncertain relieved nervous")


def memory(generator: random.Random, serial: int) -> str:
    """Return a text of about 110 characters. `serial` keeps any two apart: equal facts would be stored once."""
    pick = generator.choice
    return (
        f"{pick(NAMES)} {pick(DID)} the {pick(KINDS)} {pick(THINGS)} near the {pick(PLACES)} on {pick(DAYS)} "
        f"and felt {pick(FEELINGS)} about the {pick(KINDS)} {pick(THINGS)}, ticket {serial}."
    )


def question(about: str) -> str:
    """Return a question with four telling words of a memory."""
    told = about.split()
    return f"What about the {told[3]} {told[4]} at the {told[7]}, {told[0]}?"


def conversations(generator: random.Random, count: int, turns: int, questions: int) -> list[Conversation]:
    """Return conversations of LoCoMo's size and form, for measuring time without the data set."""
    return [_conversation(generator, f"synthetic-{index}", turns, questions) for index in range(count)]


def _conversation(generator: random.Random, name: str, turns: int, questions: int) -> Conversation:
    began = datetime(2024, 1, 1, tzinfo=UTC)
    said: list[Turn] = []
    for index in range(turns):
        session, position = 1 + index // 25, index % 25
        speaker = NAMES[index % 2]
        text = f"{speaker}: {memory(generator, index)}"
        said.append(Turn(f"D{session}:{position}", speaker, text, session, position, began + timedelta(days=session)))
    asked = [_question(generator, said) for _ in range(questions)]
    return Conversation(name, tuple(said), tuple(asked))


def _question(generator: random.Random, said: Sequence[Turn]) -> Question:
    turn = generator.choice(said)
    text = question(turn.text.partition(": ")[2])
    return Question(text, frozenset({turn.dia_id}), Category.SINGLE_HOP)
