"""Text folded for reading: small letters without accents, and where each character came from."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_CHARACTERS: Final = 2_000
"""Characters of a text that are read; the rest is ignored."""

WORD: Final = re.compile(r"[a-z]+|\d+")
_SIGNS: Final = {
    "\u2019": "'",
    "\u2018": "'",
    "\u02bc": "'",
    "\u2010": "-",
    "\u2011": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u00df": "s",  # tables write it so as well
}


class Folded:
    """A text of small letters without accents, and the place of each of them in the original."""

    __slots__ = ("original", "places", "text")

    def __init__(self, original: str) -> None:
        self.original = original
        read = original[:MAX_CHARACTERS]
        self.places: list[int] | None = None
        if read.isascii():
            self.text = read.lower()
        else:
            letters = [_fold(character) for character in read]
            self.text = "".join(letters)
            if "" in letters:  # a combining mark has gone
                self.places = [place for place, letter in enumerate(letters) if letter]

    def place(self, index: int) -> int:
        """Return the place in the original of the folded character at `index`."""
        return index if self.places is None else self.places[index]

    def end(self, index: int) -> int:
        """Return the place in the original behind the folded character before `index`, its marks included."""
        if self.places is None:
            return index
        return self.places[index] if index < len(self.places) else min(len(self.original), MAX_CHARACTERS)

    def is_capital(self, index: int) -> bool:
        """Return whether the character at `index` was a capital letter."""
        return index < len(self.text) and self.original[self.place(index)].isupper()


@lru_cache(maxsize=4_096)
def _fold(character: str) -> str:
    """Return one character, or none for a combining mark, so that places can be told."""
    if character in _SIGNS:
        return _SIGNS[character]
    if unicodedata.combining(character):
        return ""
    return (unicodedata.normalize("NFKD", character)[:1].lower() or character)[:1]


def word_pattern(lines: str) -> re.Pattern[str]:
    """Return a pattern of whole words or phrases, one alternative a line."""
    every = [line.strip().replace(" ", r"\s{1,4}") for line in lines.splitlines() if line.strip()]
    return re.compile(rf"(?<![\w])(?:{'|'.join(every)})(?!\w)")
