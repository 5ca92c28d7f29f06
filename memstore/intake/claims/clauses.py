"""Sentences and clauses of a statement, as runs of tokens."""

from __future__ import annotations

# ruff: noqa: PLR2004 - how many words are looked at is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
from typing import TYPE_CHECKING, Final, NamedTuple

from memstore.intake.claims.values import MONTHS
from memstore.intake.claims.words import is_content

if TYPE_CHECKING:
    from memstore.intake.claims.tokens import Token

_ABBREVIATIONS: Final = frozenset("dr dra mr ms mrs st nr no hr fr prof sr sra sig dott ca bzw tel vs art".split())
_JOINS_OF: Final = {
    "en": frozenset("and but so because since while though".split()),
    "de": frozenset("und aber denn weil dann".split()),
    "fr": frozenset("et mais donc car parce".split()),
    "es": frozenset("y pero porque".split()),
    "it": frozenset("e ma perche".split()),
    "": frozenset("and und et y e but aber".split()),
}
# After a comma these go on with the same thought: "Tuesday, not Monday".
_GO_ON: Final = frozenset(
    """
    not no nicht sondern kein keine pas non plus ni sino mas ma piu n't instead rather which that die der
    das c eso
    """.split()
)
_SUBJECTS: Final = frozenset(
    """
    i we my our he she they it you please ich wir mein meine unser unsere er sie es bitte je j nous mon ma
    notre il elle on merci yo mi nosotros mis nuestra nuestro me nos io noi mio mia nostro nostra ci is was
    has have are were need works lives ist war hat habe sind bin arbeite arbeitet est suis ai a sommes avons tengo
    tiene hace trabajo vivo va soy esta è sono ho ha lavoro faccio
    """.split()
)
_DENIALS: Final = frozenset("not no nicht ne n pas non plus longer".split())
_NEWS: Final = frozenset("changement change update news cambio cambiamento anderung neuigkeit novedad nouvelle".split())
# After a colon these begin a clause: "for the callback: my number is".
_VERBS: Final = frozenset(
    "is are am was has have ist sind bin habe est sont suis ai es son soy va hemos he è sono ho abbiamo".split()
)
_MAX_CLAUSES: Final = 40
_SIGNS_OF_END: Final = frozenset((".", "!", "?", "\n", "\u2026"))


class Sentence(NamedTuple):
    """Clauses of one sentence, and whether it asks."""

    words: list[Token]
    clauses: tuple[tuple[Token, ...], ...]
    asks: bool


def sentences_of(words: list[Token], lang: str) -> list[Sentence]:
    """Split tokens into sentences and these into clauses; at most _MAX_CLAUSES clauses in all."""
    found: list[Sentence] = []
    run: list[Token] = []
    n_clauses = 0
    for index, word in enumerate(words):
        if word.low not in _SIGNS_OF_END:
            run.append(word)
            continue
        if word.low == "." and run and _is_inside(run[-1], words, index):
            if run[-1].low.isdigit():
                run.append(word)
            continue
        if run or (word.low == "?" and found):
            if run:
                clauses = _split(run, lang)
                n_clauses += len(clauses)
                found.append(Sentence(run, clauses, word.low == "?"))
            run = []
        if n_clauses > _MAX_CLAUSES:
            return found
    if run:
        found.append(Sentence(run, _split(run, lang), asks=False))
    return found


def _is_inside(before: Token, words: list[Token], index: int) -> bool:
    """Return whether a full stop is part of a date or a short form: "30. Juni", "Dr. Weber"."""
    if before.low in _ABBREVIATIONS or (len(before.low) == 1 and before.low.isalpha()):
        return True
    following = words[index + 1] if index + 1 < len(words) else None
    return following is not None and before.low.isdigit() and len(before.low) <= 2 and following.low in MONTHS


def _split(run: list[Token], lang: str) -> tuple[tuple[Token, ...], ...]:
    parts: list[tuple[Token, ...]] = []
    start = 0
    for index, word in enumerate(run):
        if index > start and _breaks(run, start, index, word, lang):
            parts.append(tuple(run[start:index]))
            start = index + (not word.low[0].isalnum())
    parts.append(tuple(run[start:]))
    return tuple(part for part in parts if part)


def _breaks(run: list[Token], start: int, index: int, word: Token, lang: str) -> bool:  # noqa: PLR0911
    low = word.low
    if low in (",", ";", ")", "("):
        following = run[index + 1].low if index + 1 < len(run) else ""
        if following in _JOINS_OF[lang]:
            return False  # the conjunction decides
        if following in _GO_ON and low == ",":
            return False
        left = sum(is_content(one, lang) for one in run[start:index])
        right = run[index + 1 : index + 8]
        long_enough = left > 1 or (left == 1 and index - start > 4)
        return left > 0 and (
            following in _SUBJECTS or (long_enough and sum(is_content(one, lang) for one in right) > 1)
        )
    if low == ":":
        return run[start].low in _NEWS or any(one.low in _VERBS for one in run[index + 1 : index + 5])
    if low in _JOINS_OF[lang] and any(is_content(one, lang) for one in run[start:index]):
        ahead = run[index + 1 : index + 7]
        if low in ("but", "mais", "ma", "pero", "aber") and any(one.low in _DENIALS for one in run[start:index]):
            ahead = ahead[:2]
        stop = next((k for k, one in enumerate(ahead) if one.low in (",", ";")), len(ahead))
        comma = run[index - 1].low == ","
        if low == "und" and ahead and ahead[0].low.endswith("e") and not ahead[0].capital and len(ahead[0].low) > 4:
            return any(one.low in ("ich", "habe", "bin") for one in run[start:index])
        return any(one.low in _SUBJECTS for one in ahead[: max(stop, 1)]) or (
            comma and len(ahead) > 2 and sum(is_content(one, lang) for one in ahead) > 1
        )
    return False
