"""Contract of an extractor: messages in, facts out, and what became of each sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from memstore.intake.extract.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from memstore.records.source import Message

Stated = Literal["stated", "observed", "inferred"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to remember, and the message that it rests on (an index into those given).

    `confidence` is in 0..1: how sure the extractor is that this was said and is worth keeping. `stated` is "stated" (in
    so many words), "observed" (seen from what the person did) or "inferred" (concluded from it). `context` are
    sentences around it that were not kept: they help to find the fact and are stored nowhere in words.
    """

    text: str
    kind: str
    message_index: int
    speaker: str | None = None
    categories: tuple[str, ...] = ()
    confidence: float = 1.0
    stated: Stated = "stated"
    reason: Reason = Reason.STATEMENT
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one sentence: its message, and why it was kept or dropped. `text` is for the caller's own eyes."""

    message_index: int
    text: str = field(repr=False)
    reason: Reason


@dataclass(frozen=True, slots=True)
class Extraction:
    """Facts in the order of the messages, and the outcome of every sentence that was read."""

    facts: tuple[Fact, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return how many sentences each reason decided, the most frequent first."""
        return dict(Counter(outcome.reason.value for outcome in self.outcomes).most_common())


class Extractor(Protocol):
    """Contract. `model` and `prompt_version` go into the provenance of every fact; empty if there is none."""

    @property
    def name(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def prompt_version(self) -> str: ...

    def extract(self, messages: Sequence[Message], *, instructions: str | None, said_at: datetime) -> Extraction:
        """Return the facts in what users said, in the order of the messages. Raises ProviderError.

        `instructions` are the operator's wishes on what to keep; `said_at` is when the messages were written.
        """
        ...
