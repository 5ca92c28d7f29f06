"""Extractor for tests: each user message with a text is one fact, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memstore.intake.extract.contract import Fact

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
    ) -> list[Fact]:
        return [
            Fact(text=message.content.strip(), kind="fact", message_index=index, speaker=message.name)
            for index, message in enumerate(messages)
            if message.role == "user" and message.content.strip()
        ]
