"""Words of a statement: its tokens, a guess of its language, and the stems of its words of content.

Five languages are known: English, German, French, Spanish, Italian. Words are folded (case and accents), except for
the few that an accent tells apart: Italian "è" (is) from "e" (and), French "à" (to) from "a" (has).
"""

from __future__ import annotations

# ruff: noqa: PLR2004 - how many words are looked at is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
import re
import threading
import unicodedata
from functools import lru_cache
from typing import Final

from snowballstemmer import stemmer

from memstore.intake.claims.concepts import CONCEPTS, KEPT_WORDS, TAILS
from memstore.intake.claims.function_words import FUNCTION_WORDS, LANGUAGES, LETTERS, VOTES
from memstore.intake.claims.tokens import Token

MAX_CHARACTERS: Final = 2_000
"""Characters of a statement that are read; the rest is ignored."""
_MAX_WORD: Final = 40

_NAMES: Final = {"en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian"}
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

_GERMAN_TAILS: Final = (*(tail for tail, _ in TAILS if len(tail) > 4), "zahl", "nummer")

_local: Final = threading.local()


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


def language(words: list[Token]) -> str:
    """Return the language whose function words and common words are most in `words`, or "" if none is."""
    votes = dict.fromkeys(LANGUAGES, 0.0)
    for word in words:
        for one, weight in VOTES.get(word.low, ()):
            votes[one] += weight
        if not word.text.isascii():
            for letter in word.text.casefold():
                if own := LETTERS.get(letter):
                    votes[own] += 0.7
    best = max(LANGUAGES, key=votes.__getitem__)
    if votes[best]:
        return best
    # A label of one German compound: "Mitarbeiterzahl: 14".
    is_german = any(len(word.low) > 8 and word.low.endswith(_GERMAN_TAILS) for word in words[:4])
    return "de" if is_german else ""


@lru_cache(maxsize=32_768)
def stems_of(word: str, lang: str) -> tuple[str, ...]:
    """Return the concept or stem of a folded word; a German compound gives those of its parts too."""
    concept = CONCEPTS.get((lang, word))
    if concept is not None:
        return (concept,)
    if lang == "de" and len(word) >= 8:
        for tail, meaning in TAILS:
            if word.endswith(tail) and len(word) - len(tail) >= 3:
                head = word[: -len(tail)]
                if head[-1] == "s" and len(head) > 4:
                    head = head[:-1]
                return (*stems_of(head, lang), meaning)
    return (_stem(word, lang),)


def _stem(word: str, lang: str) -> str:
    name = _NAMES.get(lang)
    if name is None or len(word) > _MAX_WORD:
        return word[:_MAX_WORD]
    # A Snowball stemmer keeps the word it works on in itself, so two threads must not share one.
    one = getattr(_local, lang, None)
    if one is None:
        one = stemmer(name)
        setattr(_local, lang, one)
    return str(one.stemWord(word))


def is_content(token: Token, lang: str) -> bool:
    """Return whether a token says something of the subject: no function word, no sign, no word of change or denial."""
    low = token.low
    if not (low[0].isalnum()):
        return False
    if low in KEPT_WORDS:
        return True
    if lang:
        return low not in FUNCTION_WORDS[lang] and (len(low) > 1 or low.isdigit() or token.capital)
    return len(low) > 2 or low.isdigit()


def stems(words: list[Token], lang: str) -> frozenset[str]:
    """Return the stems of the words of content among `words`."""
    found: set[str] = set()
    for word in words:
        if is_content(word, lang):
            found.update(stems_of(word.low, lang))
    return frozenset(found)


def content_stems(text: str) -> frozenset[str]:
    """Return the content stems of the first MAX_CHARACTERS of `text`, words of one meaning under one concept."""
    words = tokens(text)
    return stems(words, language(words))
