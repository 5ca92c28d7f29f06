"""Words of a statement: a guess of its language, and the stems of its words of content.

Five languages are known: English, German, French, Spanish, Italian.
"""

from __future__ import annotations

# ruff: noqa: PLR2004 - how many words are looked at is plainest where it stands
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from memstore.intake.claims.concepts import CONCEPTS, KEPT_WORDS, TAILS
from memstore.intake.claims.function_words import FUNCTION_WORDS, LANGUAGES, LETTERS, VOTES
from memstore.intake.claims.stemming import plain_stem
from memstore.intake.claims.tokens import tokens

if TYPE_CHECKING:
    from memstore.intake.claims.tokens import Token

_GERMAN_TAILS: Final = (*(tail for tail, _ in TAILS if len(tail) > 4), "zahl", "nummer")


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
    return (plain_stem(word, lang),)


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
