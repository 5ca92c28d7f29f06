"""Contract of an extractor: messages in, facts out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from memstore.records.source import Message

Stated = Literal["stated", "observed", "inferred"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to remember, and the message that it rests on (an index into those given).

    `confidence` is in 0..1: how sure the extractor is that this was said and is worth keeping. `stated` is "stated" (in
    so many words), "observed" (seen from what the person did) or "inferred" (concluded from it).
    """

    text: str
    kind: str
    message_index: int
    speaker: str | None = None
    categories: tuple[str, ...] = ()
    confidence: float = 1.0
    stated: Stated = "stated"


class Extractor(Protocol):
    """Contract. `model` and `prompt_version` go into the provenance of every fact; empty if there is none."""

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def prompt_version(self) -> str: ...

    def extract(self, messages: Sequence[Message], *, instructions: str | None, said_at: datetime) -> list[Fact]:
        """Return the facts in what users said, in the order of the messages. Raises ProviderError.

        `instructions` are the operator's wishes on what to keep; `said_at` is when the messages were written.
        """
        ...
