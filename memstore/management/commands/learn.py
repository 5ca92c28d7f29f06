"""`memstore learn --explain`: what the extractor would keep of a text, sentence by sentence. Nothing is stored."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from memstore.intake.extract import extractor_from_settings
from memstore.records.source import Message

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from memstore.intake.extract import Extraction

KEPT, DROPPED = "+", "-"


class Command(BaseCommand):
    help = (
        "Show what the offline extractor keeps of a text, and why: `memstore learn --explain chat.txt`, or a JSON list"
        " of messages as `add` takes it, or `-` for standard input. The text stays on this machine, and nothing is"
        " stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--explain", action="store_true", required=True, help="show each sentence with its reason")
        parser.add_argument("file", help="a text of one person, a JSON list of messages, or - for standard input")

    def handle(self, *_args: Any, **options: Any) -> None:
        messages = _messages(_read(options["file"]))
        local = extractor_from_settings(kind="local", model="", api_key=None, base_url=None, timeout_seconds=1)
        self._show(local.extract(messages, instructions=None, said_at=datetime.now(UTC)))

    def _show(self, found: Extraction) -> None:
        width = max((len(one.reason.value) for one in found.outcomes), default=0)
        for one in found.outcomes:
            mark = KEPT if one.reason.keeps else DROPPED
            self.stdout.write(f"{mark} {one.reason.value:<{width}}  {one.text}")
        self.stdout.write("")
        self.stdout.write(f"facts: {len(found.facts)}")
        for fact in found.facts:
            self.stdout.write(f"  {fact.kind}: {fact.text}")
        counted = ", ".join(f"{n} {reason}" for reason, n in found.counts().items())
        self.stdout.write(f"sentences: {counted or 'none'}")


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name} cannot be read as text: {type(error).__name__}") from None


def _messages(text: str) -> list[Message]:
    """Return the messages of a JSON list, or the whole text as one message of a user."""
    if not text.lstrip().startswith("["):
        return [Message("user", text)]
    try:
        listed = json.loads(text)
        return [Message(one["role"], one["content"], one.get("name")) for one in listed]
    except (ValueError, TypeError, KeyError, AttributeError):
        if text.lstrip().startswith("[{"):
            raise CommandError('expected a JSON list of {"role": .., "content": ..}') from None
        return [Message("user", text)]  # a chat whose lines begin with a time in brackets
