"""The two stores behind one interface: memstore through its use cases, mem0 through its `Memory`."""

from __future__ import annotations

import logging
import os
import socket
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks.founding import found
from benchmarks.vectors import DIMENSIONS, Mem0Embedder, VectorBook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from governance.context import Caller
    from governance.policy.decide import PurposeRule

OURS, MEM0 = "memstore", "mem0 2.2.1"


@dataclass(frozen=True, slots=True)
class Said:
    speaker: str
    text: str


class Store(Protocol):
    def add(self, user: str, run: str, messages: Sequence[Said], said_at: datetime | None = None) -> list[str]:
        """Keep the messages word for word in one call. Returns the id of each."""
        ...

    def search(self, user: str, query: str, top_k: int) -> list[str]:
        """Return ids, best first, whatever their score."""
        ...


class Ours:
    """memstore: a tenant of its own with one key that has every capability of a machine."""

    def __init__(self, name: str) -> None:
        from governance.access.authenticate import authenticate
        from governance.context import Caller
        from governance.ids import uuid7

        self.purpose: PurposeRule
        self.tenant, self.purpose, self.key = found(f"bench-{name}")
        principal = authenticate(self.key)
        if principal is None:
            raise RuntimeError("a fresh key is not known")
        self._caller = Caller(principal=principal, request_id=uuid7())

    def caller(self) -> Caller:
        from governance.ids import uuid7

        return replace(self._caller, request_id=uuid7(), asked_at=time.monotonic())

    def empty_shelf(self) -> None:
        """Empty the candidate cache, so that every card is fetched and opened again."""
        from memstore.recall import candidate_cache

        candidate_cache.empty()

    def add(self, user: str, run: str, messages: Sequence[Said], said_at: datetime | None = None) -> list[str]:
        from memstore.records.scope_ids import ScopeIds
        from memstore.records.source import Message
        from memstore.remember.remember import remember

        done = remember(
            caller=self.caller(),
            scope=ScopeIds(user_id=user, run_id=run),
            messages=[Message(role="user", content=said.text, name=said.speaker) for said in messages],
            infer=False,
            said_at=said_at,
        )
        return [str(stored.id) for stored in done.stored]

    def search(self, user: str, query: str, top_k: int) -> list[str]:
        from memstore.recall.recall import recall

        found = recall(caller=self.caller(), query=query, filters={"user_id": user}, top_k=top_k, threshold=0)
        return [str(view.id) for view in found]


class Mem0:
    """mem0: `Memory` with the pgvector store. `hnsw` is its default; without it every search is exact.

    `add` gives it no date of speaking: it refuses one outside its hosted service.
    """

    def __init__(self, conninfo: str, collection: str, book: VectorBook, home: Path, *, hnsw: bool = True) -> None:
        memory_class = _mem0_memory(home)
        self.collection = collection
        self.memory: Any = memory_class.from_config(
            {
                "vector_store": {
                    "provider": "pgvector",
                    "config": {
                        "connection_string": conninfo,
                        "collection_name": collection,
                        "embedding_model_dims": DIMENSIONS,
                        "hnsw": hnsw,
                    },
                },
                "embedder": {"provider": "openai", "config": {"api_key": "none", "embedding_dims": DIMENSIONS}},
                "llm": {"provider": "openai", "config": {"api_key": "none"}},
                "history_db_path": str(home / f"mem0-{collection}.db"),
            }
        )
        self.memory.embedding_model = Mem0Embedder(book)

    def add(self, user: str, run: str, messages: Sequence[Said], said_at: datetime | None = None) -> list[str]:
        sent = [{"role": "user", "content": said.text, "name": said.speaker} for said in messages]
        done = self.memory.add(sent, user_id=user, run_id=run, infer=False)
        return [str(found["id"]) for found in done["results"]]

    def add_plain(self, user: str, text: str) -> list[str]:
        """Add a text without run and speaker. Returns its ids."""
        done = self.memory.add([{"role": "user", "content": text}], user_id=user, infer=False)
        return [str(found["id"]) for found in done["results"]]

    def search(self, user: str, query: str, top_k: int) -> list[str]:
        done = self.memory.search(query, filters={"user_id": user}, top_k=top_k, threshold=0)
        return [str(found["id"]) for found in done["results"]]

    def drop(self) -> None:
        self.memory.vector_store.delete_col()
        self.close()

    def close(self) -> None:
        self.memory.vector_store.connection_pool.close()
        self.memory.close()


def use_book(book: VectorBook) -> None:
    """Replace memstore's embedder by the book from now on."""
    from memstore.intake import embed

    vars(embed)["embedder_from_settings"] = lambda **_settings: book
    embed.embedder.cache_clear()


def stay_on_this_machine() -> None:
    """Refuse every TCP connection but to this machine, whichever library asks for it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise ConnectionRefusedError("the benchmark stays on this machine")
        connect(self, address)

    vars(socket)["socket"].connect = guarded


def _mem0_memory(home: Path) -> Any:
    """Return mem0's class, imported with its telemetry and its folder set first."""
    os.environ.update(MEM0_TELEMETRY="False", MEM0_DIR=str(home / "mem0"), OPENAI_API_KEY="")
    logging.getLogger("mem0").setLevel(logging.ERROR)
    from mem0 import Memory

    return Memory
