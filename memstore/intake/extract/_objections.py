"""Objections in a text that is kept word for word: is one of its sentences an objection (Art. 21 GDPR)."""

from __future__ import annotations

from typing import Final

from memstore.intake.extract._judge import judge
from memstore.intake.extract._sentences import sentences
from memstore.intake.extract.reasons import Reason

READ: Final = 2_000
"""Characters of a text that are looked through."""
_NO_NAMES: Final[frozenset[str]] = frozenset()


def says_objection(text: str) -> bool:
    """Return whether a sentence at the beginning of the text objects, also one that asks to be remembered."""
    return any(_objects(sentence) for sentence in sentences(text[:READ]))


def _objects(sentence: str) -> bool:
    verdict = judge(sentence, _NO_NAMES)
    if verdict.reason is Reason.ASKED_FOR:
        verdict = judge(verdict.text, _NO_NAMES)
    return verdict.reason is Reason.OBJECTION
