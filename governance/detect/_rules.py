"""Detector by rules: secrets first, then identifiers, then the lexicon, then the language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.detect._finding import Category, Finding
from governance.detect._identifiers import identifiers
from governance.detect._language import is_unread
from governance.detect._lexicon import Lexicon
from governance.detect._plain import plain
from governance.detect._secrets import secrets
from governance.detect._spans import Spans
from governance.detect._terms import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ORDER = {category: place for place, category in enumerate(Category)}


class Rules:
    """Detector by rules. Holds no text.

    Raise `version` when the same text may give other findings.
    """

    version = "rules-1"

    def __init__(self) -> None:
        self._lexicon = Lexicon(ALL)

    def detect(self, text: str) -> tuple[Finding, ...]:
        read = plain(text)
        # A text given as a password is a secret, even if it has the form of a card number.
        found = list(_joined(secrets(read)))
        taken = Spans()
        for _, start, end in found:
            taken.add(start, end)
        found += identifiers(read, taken)
        found += self._lexicon.find(read.folded)
        findings = [Finding(category, *read.span(start, end)) for category, start, end in found]
        if is_unread(text, read):
            findings.append(Finding(Category.UNKNOWN, 0, len(text)))
        return tuple(sorted(findings, key=lambda one: (one.start, one.end, _ORDER[one.category])))


def _joined(spans: Iterable[tuple[Category, int, int]]) -> Iterator[tuple[Category, int, int]]:
    """Yield the spans of one category in order; those that overlap as one."""
    held: tuple[Category, int, int] | None = None
    for category, start, end in sorted(spans, key=lambda span: span[1:]):
        if held is not None and start < held[2]:
            held = (category, held[1], max(end, held[2]))
            continue
        if held is not None:
            yield held
        held = (category, start, end)
    if held is not None:
        yield held
