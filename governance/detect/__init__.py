"""Detection, by rules and without a network call, of what a text reveals that the law or a bank keeps apart.

Three kinds are looked for: identifiers and secrets (forms with a check, and words that announce them), special
categories and criminal matters (a lexicon, with phrases that mean something else), and languages that none of the rules
read. A finding may only ever tighten what is done with a text; its absence proves nothing.
"""

from __future__ import annotations

from functools import cache
from typing import Protocol

from governance.detect._finding import Category, Finding
from governance.detect._mask import mask, mask_shape
from governance.detect._rules import Rules

__all__ = ["Category", "Detector", "Finding", "detector", "mask", "mask_shape"]


class Detector(Protocol):
    """Detector of identifiers, secrets, special categories and criminal matters in a text."""

    @property
    def version(self) -> str:
        """Return the version of the rules, which is stored with each memory."""
        ...

    def detect(self, text: str) -> tuple[Finding, ...]:
        """Return the findings, sorted by start. Never raises, whatever the text."""
        ...


@cache
def detector() -> Detector:
    """Return the detector by rules; one for the process."""
    return Rules()
