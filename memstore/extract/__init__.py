"""Conversations to facts: `local` (rules, offline), `openai` (any server of that API) or `fake` (tests)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["Extractor", "Fact", "Message", "Stated", "extractor_from_settings"]

Stated = Literal["stated", "observed", "inferred"]


@dataclass(frozen=True, slots=True)
class Message:
    """`role`: user, assistant, system, tool, as chat interfaces have it. `name`: who speaks in a group."""

    role: str
    content: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to remember, and the message that it rests on (an index into those given).

    `confidence` is in 0..1: how sure the extractor is that this was said and is worth keeping.
    `stated`: said in so many words; observed: seen from what the person did; inferred: concluded from it.
    """

    text: str
    kind: str
    message_index: int
    speaker: str | None = None
    categories: tuple[str, ...] = ()
    confidence: float = 1.0
    stated: Stated = "stated"


class Extractor(Protocol):
    """`model` and `prompt_version` go into the provenance of every fact; empty where there is none."""

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def prompt_version(self) -> str: ...

    def extract(self, messages: Sequence[Message], *, instructions: str | None, said_at: datetime) -> list[Fact]:
        """The facts in what users said, in the order of the messages. Raises ProviderError.

        `instructions` are the operator's wishes on what to keep; `said_at` is when the messages were written.
        """
        ...


def extractor_from_settings(
    *, kind: str, model: str, api_key: str | None, base_url: str | None, timeout_seconds: float
) -> Extractor:
    """Nobody is called before the first message.

    All but `kind` is for the openai kind. Raises ValueError for an unknown kind.
    """
    match kind:
        case "local":
            from memstore.extract._local import LocalExtractor

            return LocalExtractor()
        case "openai":
            from memstore.extract._openai import OpenAIExtractor

            return OpenAIExtractor(model=model, api_key=api_key, base_url=base_url, timeout_seconds=timeout_seconds)
        case "fake":
            from memstore.extract._fake import FakeExtractor

            return FakeExtractor()
        case _:
            raise ValueError(f"unknown kind of extractor: {kind}")
