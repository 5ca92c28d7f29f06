"""Extractor for tests: each user message with a text is one fact, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memstore.intake.extract.contract import Extraction, Fact, Outcome
from memstore.intake.extract.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from memstore.records.source import Message


class FakeExtractor:
    name = "fake"
    model = ""
    prompt_version = ""

    def extract(
        self,
        messages: Sequence[Message],
        *,
        instructions: str | None,
        said_at: datetime,
    ) -> Extraction:
        facts = tuple(
            Fact(text=message.content.strip(), kind="fact", message_index=index, speaker=message.name)
            for index, message in enumerate(messages)
            if message.role == "user" and message.content.strip()
        )
        outcomes = tuple(Outcome(fact.message_index, fact.text, Reason.STATEMENT) for fact in facts)
        return Extraction(facts, outcomes)
