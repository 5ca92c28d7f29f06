"""detect: what a text tells of a person that the law or a bank keeps apart, found by rules, without a network call.

Three kinds are looked for: identifiers and secrets (forms with a check, and words that announce them), special
categories and criminal matters (a lexicon, with phrases that mean something else), and languages that none of the
rules read. A finding may only ever tighten what is done with a text; its absence proves nothing.
"""

from __future__ import annotations

from functools import cache
from typing import Protocol

from governance.detect._finding import Category, Finding
from governance.detect._mask import mask, mask_shape
from governance.detect._rules import Rules

__all__ = ["Category", "Detector", "Finding", "detector", "mask", "mask_shape"]


class Detector(Protocol):
    @property
    def version(self) -> str:
        """Stored with each memory: what was asked of it, and by which rules."""
        ...

    def detect(self, text: str) -> tuple[Finding, ...]:
        """Sorted by start. Raises nothing, whatever the text."""
        ...


@cache
def detector() -> Detector:
    """The detector by rules."""
    return Rules()
