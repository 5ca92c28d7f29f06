"""Retrieval on BEAM: the share of the turns that answer a question among a search's results.

BEAM: arXiv 2510.27246; synthetic chats of a person with an assistant whose answers are long.  The data is read from
where it lies; it is no part of this repository.  One conversation is one person's store, one turn is one memory,
verbatim.  Questions that name evidence are asked; recall@k as in `benchmarks/locomo.py`.  Summaries and orders of
events want more turns than a search gives, so the abilities are reported apart.

Two layouts: `batch`, all turns of a session in one add, so that a session is a conversation (as it is with one add per
exchange that has the session's run id); `exchange`, one add per message of the person and its answer, so that these
two are all of a conversation.

    python -m benchmarks.beam PATH/beam.json [--cache vectors.npz]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.locomo import CUTOFFS, TOKENIZER, Embed, MiniLM, asked
from memstore.recall.columns import Columns
from memstore.recall.rank import rank
from memstore.recall.weights import BALANCED, PLAIN, Weights
from memstore.records.quantisation import quantise
from memstore.records.terms import attribute_terms, read, text_hash
from memstore.records.topics import told_topics

if TYPE_CHECKING:
    from collections.abc import Sequence

APART = ("summarization", "event_ordering")
"""Abilities whose evidence does not fit into ten results."""


class Layout(StrEnum):
    BATCH = "batch"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class Turn:
    id: str
    role: str
    text: str
    session: str
    exchange: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    ability: str
    evidence: frozenset[str]
    """Empty if nothing in the conversation answers it."""


@dataclass(frozen=True, slots=True)
class Conversation:
    turns: tuple[Turn, ...]
    questions: tuple[Question, ...]

    @property
    def asked_at(self) -> float:
        """Return the moment of asking, in Unix seconds: the day after the last turn."""
        return max(turn.said_at.timestamp() for turn in self.turns) + 86_400


def load(path: Path) -> list[Conversation]:
    return [_conversation(sample) for sample in json.loads(path.read_text(encoding="utf-8"))]


def columns(turns: Sequence[Turn], layout: Layout, embed: Embed) -> Columns:
    """Return a conversation's turns as the cards of a store give them in this layout."""
    readings = [read(turn.text) for turn in turns]
    found = [
        np.concatenate([attribute_terms(told_topics(turn.text)), reading.terms])
        for turn, reading in zip(turns, readings, strict=True)
    ]
    vectors, scales = quantise(embed([turn.text for turn in turns]))
    names = [turn.session if layout is Layout.BATCH else f"{turn.session} {turn.exchange}" for turn in turns]
    return Columns(
        vectors=vectors,
        scales=scales,
        term_hashes=np.concatenate(found),
        term_offsets=np.cumsum([0, *map(len, found)], dtype=np.int64),
        speaker=np.zeros(len(turns), dtype=np.uint64),
        conversation=np.array([text_hash(name) for name in names], dtype=np.uint64),
        position=np.arange(len(turns), dtype=np.int32),
        # Calls follow each other in time.
        said_at=np.array([turn.said_at.timestamp() for turn in turns]) + np.arange(len(turns)),
        is_question=np.array([reading.is_question for reading in readings]),
        tells_time=np.array([reading.tells_time for reading in readings]),
        tells_place=np.array([reading.tells_place for reading in readings]),
        tells_name=np.array([reading.tells_name for reading in readings]),
        by_person=np.array([turn.role == "user" for turn in turns]),
    )


def measure(
    conversations: Sequence[Conversation], layout: Layout, embed: Embed, weights: Weights = BALANCED
) -> dict[str, list[tuple[float, ...]]]:
    """Return recall at each cutoff, by ability, of the ranking alone."""
    found: dict[str, list[tuple[float, ...]]] = {}
    for conversation in conversations:
        store = columns(conversation.turns, layout, embed)
        for question in conversation.questions:
            if not question.evidence:
                continue
            ranking = rank(asked(question.text, embed, conversation.asked_at), store, weights, max(CUTOFFS))
            ids = [conversation.turns[row].id for row in ranking.indices]
            recalls = tuple(len(question.evidence.intersection(ids[:k])) / len(question.evidence) for k in CUTOFFS)
            found.setdefault(question.ability, []).append(recalls)
    return found


def report(found: dict[str, list[tuple[float, ...]]]) -> str:
    """Return a table: one line for all, one for all that is not APART, one per ability."""
    groups = {"all": [one for ones in found.values() for one in ones]}
    groups["all but the two apart"] = [one for name, ones in found.items() if name not in APART for one in ones]
    groups |= dict(sorted(found.items()))
    lines = [f"{'':25} questions " + " ".join(f"recall@{k:<3}" for k in CUTOFFS)]
    for name, members in groups.items():
        recalls = " ".join(f"{value:<10.3f}" for value in np.mean(members, axis=0))
        lines.append(f"{name:25} {len(members):>9} {recalls}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tokenizer", type=Path, default=TOKENIZER, help="tokenizer.json of all-MiniLM-L6-v2")
    parser.add_argument("--cache", type=Path, help="where vectors are kept between runs (.npz)")
    arguments = parser.parse_args()
    conversations = load(arguments.data)
    embed = MiniLM(arguments.tokenizer, arguments.cache)
    for layout in Layout:
        for name, weights in (("PLAIN", PLAIN), ("BALANCED", BALANCED)):
            print(f"{layout}, {name}")
            print(report(measure(conversations, layout, embed, weights)))
    embed.save()


def _conversation(sample: dict[str, Any]) -> Conversation:
    turns = tuple(
        Turn(
            str(turn["id"]),
            turn["role"],
            turn["text"],
            str(turn["session"]),
            str(turn["exchange"]),
            datetime.fromisoformat(turn["date"]).replace(tzinfo=UTC),
        )
        for turn in sample["turns"]
    )
    questions = tuple(
        Question(one["question"], one["ability"], frozenset(map(str, one["evidence"]))) for one in sample["qa"]
    )
    return Conversation(turns, questions)


if __name__ == "__main__":
    main()
