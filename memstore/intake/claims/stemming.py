"""Stems of words in the five languages that are read, by the Snowball algorithms (Porter 2001)."""

from __future__ import annotations

import threading
from typing import Final

from snowballstemmer import stemmer

_MAX_WORD: Final = 40
_NAMES: Final = {"en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian"}

_local: Final = threading.local()


def plain_stem(word: str, lang: str) -> str:
    """Return the Snowball stem of a folded word, or the word itself in a language without a stemmer."""
    name = _NAMES.get(lang)
    if name is None or len(word) > _MAX_WORD:
        return word[:_MAX_WORD]
    # A Snowball stemmer keeps the word it works on in itself, so two threads must not share one.
    one = getattr(_local, lang, None)
    if one is None:
        one = stemmer(name)
        setattr(_local, lang, one)
    return str(one.stemWord(word))
