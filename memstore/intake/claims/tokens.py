"""Tokens of a statement: words, numbers and signs.

Words are folded (case and accents), except for the few that an accent tells apart: Italian "è" (is) from "e" (and),
French "à" (to) from "a" (has).
"""

from __future__ import annotations

# ruff: noqa: PLR2004 - how many letters are looked at is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
import re
import unicodedata
from typing import Final, NamedTuple

MAX_CHARACTERS: Final = 2_000
"""Characters of a statement that are read; the rest is ignored."""
# Possessive and range quantifiers keep every alternative linear: each starts with a different kind of character.
_TOKEN: Final = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
    r"|[^\W\d_]{0,24}\d\w*(?:[.,:/'-]\d\w*)*"
    r"|[^\W\d_]+(?:[-&.](?=[^\W\d_])[^\W\d_]+)*'?"
    r"|[€$£%?!:;,.()=&\u2026\n\u2192-]"
)
_QUOTES: Final = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u2013": "-", "\u2014": ",", "\u00a0": " "}
)
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
# Folded, each of these would be another word.
_UNFOLDED: Final = frozenset("è à está dà é él où né sé würde würden wäre wären hätte hätten könnte könnten".split())
_CONTRACTIONS: Final = {
    "m": ("am",),
    "s": ("'s",),
    "re": ("are",),
    "ve": ("have",),
    "d": ("'d",),
    "ll": ("will",),
    "t": ("t",),
}


class Token(NamedTuple):
    """One word, number or sign: folded, with whether it began with a capital letter."""

    low: str
    capital: bool
    text: str


def fold(word: str) -> str:
    """Return `word` without case and accents."""
    low = word.casefold()
    if low.isascii():
        return low
    if low in _UNFOLDED:
        return low
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", low))


def tokens(text: str) -> list[Token]:
    """Return the tokens of the first MAX_CHARACTERS of `text`; "I'm" gives "i" and "am", "j'habite" two as well."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text[:MAX_CHARACTERS].translate(_QUOTES)):
        word = match[0]
        if word[-1] == "'":
            word = word[:-1]
            if not word:
                continue
        low = fold(word[:64])
        before = found[-1] if found else None
        if before is not None and low in _CONTRACTIONS and match.start() and match.string[match.start() - 1] == "'":
            if low == "t" and before.low.endswith("n") and len(before.low) > 2:
                found[-1] = Token(before.low[:-1] if before.low != "can" else "can", before.capital, before.text)
                if before.low == "won":
                    found[-1] = Token("will", before.capital, before.text)
                found.append(Token("not", capital=False, text="n't"))
                continue
            found.extend(Token(part, capital=False, text=word) for part in _CONTRACTIONS[low])
            continue
        if low == "name" and before is not None and before.low == "user":
            found[-1] = Token("username", before.capital, before.text)
            continue
        stem, _, tail = low.rpartition("-")
        if stem and tail in ("moi", "nous", "je", "vous"):
            found.append(Token(stem, word[0].isupper(), word))
            low, word = tail, tail
        found.append(Token(low, word[0].isupper(), word))
    return found
