"""Plain text: invisible characters, full-width digits and accents undone, each place still known.

The rules search the plain text and report places in the original, so a zero-width space inside a card number neither
hides the number nor moves the mask.
"""

from __future__ import annotations

import unicodedata
from array import array
from dataclasses import dataclass
from functools import lru_cache

_INVISIBLE = frozenset({"Cf", "Mn", "Me"})  # format characters, and marks that sit on the letter before
_APOSTROPHES = "\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4`"
_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"
_ALIKE = {
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys(_QUOTES, '"'),
    # Letters that Unicode does not take apart.
    "\u00df": "ss",
    "\u1e9e": "SS",
    "\u00e6": "ae",
    "\u00c6": "AE",
    "\u0153": "oe",
    "\u0152": "OE",
    "\u00f8": "o",
    "\u00d8": "O",
    "\u0142": "l",
    "\u0141": "L",
    "\u0131": "i",
    "\u2212": "-",  # minus
    "\u3002": ".",
}


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain text with its places.

    `folded` is `text` in small letters, of the same length. `offsets` None: nothing moved.
    """

    text: str
    folded: str
    offsets: array[int] | None  # of each character in the original, then the original's length

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the non-empty text[start:end] in the original, with invisible characters behind it."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], max(self.offsets[end - 1] + 1, self.offsets[end])


def plain(original: str) -> Plain:
    """Return the plain text of `original`."""
    if original.isascii():
        return Plain(original, original.lower(), None)
    pieces = [character if character < "\x80" else _plain(character) for character in original]
    text = "".join(pieces)
    if all(len(piece) == 1 for piece in pieces):
        return Plain(text, text.lower(), None)
    offsets = array("l", [place for place, piece in enumerate(pieces) for _ in piece])
    offsets.append(len(original))
    return Plain(text, text.lower(), offsets)


@lru_cache(maxsize=8192)  # of single characters: holds no text of a person
def _plain(character: str) -> str:
    if (alike := _ALIKE.get(character)) is not None:
        return alike
    return "".join(_readable(part) for part in unicodedata.normalize("NFKD", character))


def _readable(part: str) -> str:
    category = unicodedata.category(part)
    if category in _INVISIBLE:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(part))
    if category == "Pd":
        return "-"
    return " " if category == "Zs" else part
