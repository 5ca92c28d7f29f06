"""Notation of the lexicon.

A term is phrases with commas between them. Within a phrase: `stem*` begins a word and `*end` ends a longer one,
`a|b_c|d` is "a" or "b c" or "d", `?` any one word, `...` up to three words or none. Accents are written and not needed
to match; apostrophes and hyphens separate words as spaces do, so "parkinson's" is two words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from governance.detect._plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from governance.detect._finding import Category

GAP = "..."
GAP_WORDS = 3
_ANY = "?"
_UMLAUTS = str.maketrans({"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue"})
_WRAPPED = re.compile(r"\|\s+")
_BETWEEN = re.compile(r"[\s'\u2019-]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of the lexicon.

    `category`: None for a phrase that means something else than its words and quiets them. `needs`: words of which one
    must be within `reach` words in the sentence; `unless`: words of which none may be.
    """

    category: Category | None
    phrases: str
    needs: str = ""
    unless: str = ""
    reach: int = 6


@dataclass(frozen=True, slots=True)
class Word:
    """One place of a phrase, or the words of a context."""

    exact: frozenset[str]
    stems: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    any: bool = False

    def matches(self, word: str) -> bool:
        if word in self.exact or word.startswith(self.stems):
            return True
        return (word.endswith(self.ends) and word not in self.ends) or (self.any and word != "")


def phrases(term: Term) -> Iterator[list[str]]:
    """Yield the places of each phrase, folded.

    A phrase with an umlaut is also yielded as it is typed without ("ue").
    """
    for phrase in _WRAPPED.sub("|", term.phrases.lower()).split(","):
        for spelling in {phrase, phrase.translate(_UMLAUTS)}:
            if spelling.strip():
                places = _BETWEEN.split(plain(spelling).folded.strip())
                for chosen in product(*map(_choices, places)):
                    yield " ".join(chosen).split()


def _choices(place: str) -> Iterator[str]:
    """Yield the single words of a place as one choice, and each of several words as one of its own."""
    alternatives = place.split("|")
    if single := "|".join(one for one in alternatives if "_" not in one):
        yield single
    yield from (one.replace("_", " ") for one in alternatives if "_" in one)


def word(alternatives: str) -> Word:
    """Return the matcher of `a|b*|*c`. Raises ValueError for a word with `*` at both ends."""
    exact, stems, ends = set(), [], []
    for one in alternatives.split("|"):
        if one[:1] == one[-1:] == "*":
            raise ValueError(f"{one}: a word is known by one end of it")
        if one.endswith("*"):
            stems.append(one[:-1])
        elif one.startswith("*"):
            ends.append(one[1:])
        elif one != _ANY:
            exact.add(one)
    return Word(frozenset(exact), tuple(stems), tuple(ends), any=alternatives == _ANY)


def context(words: str) -> Word | None:
    """Return the matcher of the words of `needs` or `unless`, separated by spaces; None if there are none."""
    return word("|".join(_BETWEEN.split(plain(words.lower()).folded.strip()))) if words.strip() else None
