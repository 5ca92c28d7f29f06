"""Masking: the text without what was found in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from governance.detect._finding import Category, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_INVISIBLE = "[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]*"
_NUMBER = re.compile(rf"\d(?:{_INVISIBLE}\d){{2,}}")


def mask(text: str, findings: Iterable[Finding]) -> str:
    """Return `text` with each span replaced by its category in square brackets.

    Spans that overlap become one, under the category of the one that starts first. UNKNOWN is about the whole text and
    removes no part of it.
    """
    parts, done = [], 0
    for found in _merged(findings):
        parts += [text[done : found.start], f"[{found.category}]"]
        done = found.end
    return "".join(parts) + text[done:]


def mask_shape(text: str, findings: Iterable[Finding]) -> str:
    """Return the text as a reviewer sees it: `mask`, and every run of three digits or more as "[number]"."""
    return _NUMBER.sub("[number]", mask(text, findings))


def _merged(findings: Iterable[Finding]) -> Iterator[Finding]:
    spans = [found for found in findings if found.category is not Category.UNKNOWN and found.start < found.end]
    spans.sort(key=lambda found: (found.start, -found.end))
    held: Finding | None = None
    for found in spans:
        if held is None or found.start >= held.end:
            if held is not None:
                yield held
            held = found
        elif found.end > held.end:
            held = Finding(held.category, held.start, found.end)
    if held is not None:
        yield held
