"""Part 10: canaries in both stores, both told to forget the person, and every place searched for them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from zlib import crc32

import numpy as np
import psycopg
from psycopg.conninfo import make_conninfo

from api.serve.embedded_postgres import binaries
from benchmarks.llm_stub import llm_stub
from benchmarks.opened import opened, restored
from benchmarks.report import Part, Table, Target
from benchmarks.stores import MEM0, OURS, Mem0, Ours, use_book
from benchmarks.timing import say
from benchmarks.vectors import DIMENSIONS, VectorBook, synthetic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.filled import Workbench
    from benchmarks.llm_stub import Prompts

RETURNED = "returned by its own API (history of the memory)"
TABLES = "its databases, every table"
FILES = "its other files (history, logs, ledger)"
DATA_FILES = "data files of PostgreSQL, WAL included"
OPENED_NOW = "its databases, opened with the root key"
OLD_DATA = "a backup of the data from before, with the keys and root key of now"
OLD_BOTH = "backups of data and keys from before, with the root key"
WITH_THE_ROOT = (OPENED_NOW, OLD_DATA, OLD_BOTH)
WHAT = ("text", "user", "agent", "metadata", "query", "said")
EXPECTED_AT_REST = ("text", "user", "agent", "metadata", "said")  # a plain store keeps these; a query it need not


@dataclass(frozen=True)
class Canaries:
    """Canary words of one store, one for each way in, so that a word found tells where it came from."""

    store: str

    def word(self, what: str) -> str:
        return f"zq{self.store}{what}x"

    def found_in(self, content: bytes) -> list[str]:
        lower = content.lower()
        return [what for what in WHAT if self.word(what).encode() in lower]


class AnyBook(VectorBook):
    """A book with a vector for every text that is asked for: equal texts have equal ones."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self._learn(texts)
        return super().embed(texts) if texts else np.zeros((0, DIMENSIONS), np.float32)

    def as_list(self, text: str) -> list[float]:
        self._learn([text])
        return super().as_list(text)

    def _learn(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.put([text], synthetic(np.random.default_rng(crc32(text.encode())), 1))


def measure(bench: Workbench, _folder: Path, _stem: str) -> Part:
    import api.celery  # noqa: F401 - the application that hints are sent with

    book = AnyBook()
    use_book(book)
    with llm_stub() as prompts:
        os.environ["OPENAI_BASE_URL"] = prompts.url
        try:
            found = {
                MEM0: _through(PlainStore(bench, book, prompts)),
                OURS: _through(SealedStore(bench, prompts)),
            }
        finally:
            del os.environ["OPENAI_BASE_URL"]
            use_book(bench.book)
    rows = [[place, _cell(found[OURS][place]), _cell(found[MEM0][place])] for place in found[OURS]]
    alive = sorted({what for place, words in found[OURS].items() if place not in WITH_THE_ROOT for what in words})
    opens = [what for what in found[OURS][OLD_DATA] if what != "agent"]
    return Part(
        name="forgetting",
        title="Forgetting",
        text=(
            f"The same {len(WHAT)} canaries went into both: in a text, a user id, an agent id, metadata, a query, and a"
            " conversation that an LLM was asked about (a stub on this machine, which keeps its prompts). Then both"
            " were told to forget the person: `delete_all(user_id=...)`, which is an erasure in memstore. Before it"
            " every canary that a store keeps was found (mem0: in its tables; memstore: by its own API, and in no"
            " table). Afterwards each place was searched, byte by byte; for the last rows the dumps were restored and"
            " everything in them that the root key opens was opened, which before the erasure is all of it (the control"
            " that the search can see). Data files hold what was deleted until VACUUM takes the page, for both;"
            " memstore's were never anything but ciphertext.\n\n"
            "What memstore keeps for who holds the root key: the id that was given with the request, in the request's"
            " own sealed file, until `request_file_days` are over (docs/rights.md); the agent's id, which is nobody's"
            " personal data and other people's memories refer to. And a backup of the keys from before, together with"
            " one of the data and the root key, opens what was kept: until the keys' backups have expired"
            " (MEMSTORE_KEYS_BACKUP_DAYS, which the certificate states), or at once when the epoch is destroyed at the"
            " root (docs/keys.md)."
        ),
        tables=[Table("What survives where", ["place", OURS, MEM0], rows)],
        targets=[
            Target("canaries of memstore found by who has all but the root key", "0", str(len(alive)), not alive),
            Target("of the person, in the old data with the keys of now", "0", str(len(opens)), not opens),
        ],
    )


class Store(Protocol):
    """A store, as the demonstration needs it."""

    canaries: Canaries

    def remember(self) -> None: ...

    def keeps(self, places: dict[str, bytes]) -> bool:
        """Return whether what went in is where this store keeps it: the positive control."""

    def places(self) -> dict[str, bytes]: ...

    def backup(self) -> bytes: ...

    def erase(self) -> None: ...

    def returned(self) -> str: ...

    def next_prompt(self) -> str: ...

    def opened(self) -> dict[str, bytes]:
        """Return what the root key opens, in the databases and in the backups."""


def _through(store: Store) -> dict[str, list[str]]:
    """Return, by place, the canaries found after the person was forgotten. Raises RuntimeError if a control fails."""
    store.remember()
    if not store.keeps(store.places()):
        raise RuntimeError("the positive control failed: what went in is not where it should be")
    backup = store.backup()
    store.erase()
    found = {place: store.canaries.found_in(content) for place, content in store.places().items()}
    found[RETURNED] = store.canaries.found_in(store.returned().encode())
    opened = store.opened()  # before the person comes back, with the next conversation
    found["the next prompt to the LLM"] = store.canaries.found_in(store.next_prompt().encode())
    found["backups made before, every byte"] = store.canaries.found_in(backup)
    found |= {place: store.canaries.found_in(content) for place, content in opened.items()}
    if not set(EXPECTED_AT_REST) <= set(found[OLD_BOTH]):
        raise RuntimeError("the positive control failed: the backups of data and keys do not open")
    return found


class PlainStore:
    """The store mem0."""

    def __init__(self, bench: Workbench, book: VectorBook, prompts: Prompts) -> None:
        self.canaries = Canaries("mem")
        self._bench, self._prompts = bench, prompts
        self._memory = Mem0(bench.server.mem0, "forgetting", book, bench.server.home).memory
        self._user = self.canaries.word("user")
        self._known, self._saved = "", b""

    def remember(self) -> None:
        word = self.canaries.word
        said = [{"role": "user", "content": f"I keep {word('text')} in my flat"}]
        extra: dict[str, Any] = {"agent_id": word("agent"), "metadata": {"note": word("metadata")}}
        self._known = self._memory.add(said, user_id=self._user, infer=False, **extra)["results"][0]["id"]
        self._memory.add([{"role": "user", "content": f"I was told of {word('said')} yesterday"}], user_id=self._user)
        self._memory.search(word("query"), filters={"user_id": self._user})
        self._prompts.take()

    def keeps(self, places: dict[str, bytes]) -> bool:
        return set(EXPECTED_AT_REST) <= set(self.canaries.found_in(b"".join(places.values())))

    def places(self) -> dict[str, bytes]:
        return {TABLES: _dump(self._bench.server.mem0), FILES: self._files(), DATA_FILES: _data_files(self._bench)}

    def _files(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self._bench.server.home.glob("mem0-forgetting.db*")))

    def backup(self) -> bytes:
        self._saved = _dump(self._bench.server.mem0) + self._files()
        return self._saved

    def erase(self) -> None:
        self._memory.delete_all(user_id=self._user)

    def returned(self) -> str:
        return str(self._memory.history(self._known))

    def next_prompt(self) -> str:
        self._memory.add([{"role": "user", "content": "Good morning"}], user_id=self._user)
        return self._prompts.take()

    def opened(self) -> dict[str, bytes]:
        """Return the dumps as they are: nothing is sealed."""
        return {OPENED_NOW: _dump(self._bench.server.mem0), OLD_DATA: self._saved, OLD_BOTH: self._saved}


class SealedStore:
    """The store memstore."""

    def __init__(self, bench: Workbench, prompts: Prompts) -> None:
        from governance.ids import NIL
        from governance.models import Tenant
        from governance.tenancy.tenant_context import tenant_context
        from memstore.intake import extract
        from memstore.intake.extract import extractor_from_settings
        from memstore.records.scope_ids import ScopeIds

        self.canaries = Canaries("our")
        self._bench, self._prompts, self._ours = bench, prompts, Ours("forgetting")
        self._tenant_id = self._ours.caller().tenant_id
        self._user = ScopeIds(user_id=self.canaries.word("user"))
        self._known, self._saved = NIL, dict[str, bytes]()
        with tenant_context(self._tenant_id):
            Tenant.objects.filter(id=self._tenant_id).update(
                auto_approve_erasure=True, key_deletions_at_once=True, key_deletions_per_hour=10_000
            )
        vars(extract)["extractor_from_settings"] = lambda **_: extractor_from_settings(
            kind="openai", model="stub", api_key="none", base_url=prompts.url, timeout_seconds=10
        )
        extract.extractor.cache_clear()

    def remember(self) -> None:
        from memstore.recall.recall import recall
        from memstore.records.scope_ids import ScopeIds
        from memstore.records.source import Message
        from memstore.remember.remember import remember

        word = self.canaries.word
        remember(
            caller=self._ours.caller(),
            scope=ScopeIds(user_id=word("user"), agent_id=word("agent")),
            messages=[Message(role="user", content=f"I keep {word('text')} in my flat")],
            metadata={"note": word("metadata")},
            infer=False,
        )
        self._hear(f"I was told of {word('said')} yesterday")
        recall(caller=self._ours.caller(), query=word("query"), filters={"user_id": word("user")})
        self._prompts.take()

    def _hear(self, text: str) -> None:
        from memstore.records.source import Message
        from memstore.remember.learn import learn
        from memstore.remember.remember import remember

        done = remember(caller=self._ours.caller(), scope=self._user, messages=[Message(role="user", content=text)])
        learn(job_id=done.event_id, tenant_id=self._tenant_id)

    def keeps(self, places: dict[str, bytes]) -> bool:
        """Return whether its own API returns what went in, and no place holds a word of it."""
        from memstore.recall.recall import recall

        filters = {"user_id": self.canaries.word("user")}
        views = str(recall(caller=self._ours.caller(), query="flat", filters=filters, threshold=0))
        there = self.canaries.word("text") in views and self.canaries.word("metadata") in views
        return there and not self.canaries.found_in(b"".join(places.values()))

    def places(self) -> dict[str, bytes]:
        home = self._bench.server.home
        other = [path for path in sorted(home.rglob("*")) if _is_ours(path, home)]
        return {
            TABLES: b"".join(self._dumps().values()),
            FILES: b"".join(path.read_bytes() for path in other),
            DATA_FILES: _data_files(self._bench),
        }

    def _dumps(self) -> dict[str, bytes]:
        """Return a dump of each database, by alias."""
        from django.conf import settings

        store, keys = self._bench.server.store, str(settings.DATABASES["keys"]["NAME"])
        return {"default": _dump(store), "keys": _dump(make_conninfo(store, dbname=keys))}

    def backup(self) -> bytes:
        from governance.tenancy.tenant_context import tenant_context
        from memstore.models import Memory

        with tenant_context(self._tenant_id):
            self._known = Memory.objects.order_by("created_at").values_list("id", flat=True)[0]
        self._saved = self._dumps()
        return b"".join(self._saved.values())

    def erase(self) -> None:
        from memstore.forget.forget import forget_scope

        forget_scope(caller=self._ours.caller(), scope=self._user)

    def returned(self) -> str:
        from memstore.errors import MemoryNotFound
        from memstore.recall.get import history

        try:
            return str(history(caller=self._ours.caller(), memory_id=self._known))
        except MemoryNotFound:
            return ""

    def next_prompt(self) -> str:
        self._hear("Good morning")
        return self._prompts.take()

    def opened(self) -> dict[str, bytes]:
        store = self._bench.server.store
        found = {OPENED_NOW: opened(self._tenant_id)}
        with restored(store, {"default": self._saved["default"]}):
            found[OLD_DATA] = opened(self._tenant_id)
        with restored(store, self._saved):
            found[OLD_BOTH] = opened(self._tenant_id)
        return found


def _is_ours(path: Path, home: Path) -> bool:
    first = path.relative_to(home).parts[0]
    return path.is_file() and first != "postgres" and not first.startswith("mem0")


def _dump(conninfo: str) -> bytes:
    done = subprocess.run([str(binaries() / "pg_dump"), f"--dbname={conninfo}"], capture_output=True, check=True)
    return done.stdout


def _data_files(bench: Workbench) -> bytes:
    """Return all data files of the cluster, WAL included, after a checkpoint."""
    with psycopg.connect(bench.server.store, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        [(folder,)] = connection.execute("SHOW data_directory").fetchall()
    from pathlib import Path

    say(f"   searching the files of {bench.server.version()}")
    return b"".join(path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file())


def _cell(words: Sequence[str]) -> str:
    return "nothing" if not words else f"{len(words)} of {len(WHAT)}: {', '.join(words)}"
