"""Both stores with the conversations in them, session by session, filled once for all parts that need them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from benchmarks import locomo, texts
from benchmarks.stores import MEM0, OURS, Mem0, Ours, Said, Store
from benchmarks.timing import Clock, say
from memstore.recall.query import without_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.server import Server
    from benchmarks.vectors import VectorBook

LIKE_LOCOMO = {"count": 5, "turns": 560, "questions": 150}


@dataclass(frozen=True, slots=True)
class FilledStore:
    name: str
    store: Store
    dia_ids: Sequence[Mapping[str, Sequence[str]]]
    """Per conversation: memory id -> the turns that it stands for (a fact said twice is stored once by memstore)."""

    def search(self, conversations: Sequence[locomo.Conversation], top_k: int) -> locomo.Search:
        def search(index: int, question: str) -> list[str]:
            found = self.store.search(user_of(conversations[index]), question, top_k)
            return [dia_id for memory_id in found for dia_id in self.dia_ids[index][memory_id]]

        return search


class Workbench:
    """The server, the vectors, the conversations and the stores filled with them, which all parts share."""

    def __init__(
        self, server: Server, book: VectorBook, data: Path | None, vectors: Path | None, *, quick: bool
    ) -> None:
        self.server, self.book, self.data, self.quick = server, book, data, quick
        self._vectors = vectors

    @cached_property
    def conversations(self) -> Sequence[locomo.Conversation]:
        """Return LoCoMo's conversations, or synthetic ones of their size."""
        alike = texts.conversations(random.Random(1), **LIKE_LOCOMO) if self.data is None else locomo.load(self.data)
        found = alike[:1] if self.quick else alike
        everything = [turn.text for one in found for turn in one.turns]
        asked = [question.text for one in found for question in one.questions]
        asked += [text for one in found for text in one.adversarial]
        everything += [*asked, *(wording[0] for wording in map(without_names, asked) if wording)]
        self.book.embed_by_minilm(everything, self._vectors)
        return found

    @cached_property
    def ours(self) -> Ours:
        return Ours("conversations")

    @cached_property
    def mem0(self) -> Mem0:
        return Mem0(self.server.mem0, "conversations", self.book, self.server.home)

    @cached_property
    def filled(self) -> tuple[FilledStore, FilledStore]:
        ours, mem0 = (self.fill(name, store) for name, store in ((OURS, self.ours), (MEM0, self.mem0)))
        self.server.settle()
        return ours, mem0

    def fill(self, name: str, store: Store) -> FilledStore:
        clock, dia_ids = Clock(), []
        for conversation in self.conversations:
            turns_of: dict[str, list[str]] = {}
            for session, group in groupby(conversation.turns, key=lambda turn: turn.session):
                turns = list(group)
                said = [Said(turn.speaker, turn.text) for turn in turns]
                with clock.lap():
                    ids = store.add(user_of(conversation), f"session-{session}", said, turns[0].said_at)
                for memory_id, turn in zip(ids, turns, strict=True):
                    turns_of.setdefault(memory_id, []).append(turn.dia_id)
            dia_ids.append(turns_of)
        say(f"{name}: {sum(map(len, dia_ids)):,} memories added in {sum(clock.seconds):.1f} s")
        return FilledStore(name, store, dia_ids)


def user_of(conversation: locomo.Conversation) -> str:
    return conversation.name
