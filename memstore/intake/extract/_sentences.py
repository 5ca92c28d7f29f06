"""Sentence splitting of chat messages and e-mails, in any language. Rules after it drop most of what it gets wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BULLET = re.compile(r"\s*(?:[-*\u2022\u2013]|[0-9]{1,2}[.)])\s+")
# Chinese and Japanese put no space after the mark; in a chat a picture ends a sentence as well.
_END = re.compile(
    r"[.!?\u2026\u061f\u06d4\u0964]+[\"'\u201d\u2019)\]\u00bb]*\s+|[\u3002\uff01\uff1f]+[\u300d\u300f\u201d)]*\s*"
    r"|[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+\s+"
)
_WORD_BEFORE = re.compile(r"[\w.&'\u2019-]+\Z")
_WORD_AFTER = re.compile(r"[\w'\u2019]+")
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
_CLOSED = ".!?:;\u2026\u3002\uff01\uff1f"
SHORT_LINE = 40  # characters
LONGEST_DAY = 2  # digits: "3. Mai"
MAX_WORD = 64  # characters before a mark that are looked at

# ruff: noqa: SIM905 - lists of words read best as words

# Never the end of a sentence; `no` only in front of a number.
_TITLES = frozenset(
    """
    dr mr mrs ms mx prof rev hon capt lt col gen sgt e.g i.e vs cf approx ca fig eq no
    hr fr nr bzw usw z.b d.h u.a mme mlle sr sra srta ud uds sig dott avv art tel bzgl evtl inkl zzgl mind max pag
    """.split()
)
# The end of a sentence only if the next word opens one.
_SHORTENED = frozenset("st ave rd blvd jr inc ltd co corp etc dept est min hrs mt ft str ggf".split())
_MONTHS = frozenset("jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri sat sun".split())
_OPEN_WORDS = frozenset({"and", "or", "but", "the", "a", "to", "in", "of", "i", "und", "oder", "et", "ou", "y", "e"})
_OPENERS = frozenset(
    """
    i i'm i've i'd i'll im we we're we've we'd we'll my our me he she they it it's the this that these there
    you your please can could would will do does did is are what where when which who how why
    also but and so thanks thank hi hello hey yes no ok okay
    """.split()
)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of `text`, with single spaces."""
    for line in _unwrapped(text):
        start = 0
        for end in _END.finditer(line):
            if _ends(line, start, end):
                yield line[start : end.end()].strip()
                start = end.end()
        if line[start:].strip():
            yield line[start:].strip()


def _unwrapped(text: str) -> Iterator[str]:
    """Yield lines, joined where one goes on in small letters on the next, as in e-mails."""
    held = ""
    for raw in text.splitlines():
        line = " ".join(raw.split())
        goes_on = line[:1].islower() or line[:2] in ("I ", "I'")
        if held and goes_on and held[-1] not in _CLOSED and not _BULLET.match(raw) and _looks_wrapped(held):
            held = f"{held} {line}"
            continue
        if held:
            yield held
        held = _BULLET.sub("", line, count=1) if _BULLET.match(line) else line
    if held:
        yield held


def _looks_wrapped(line: str) -> bool:
    """Return whether a program may have wrapped the line: it is long, or it stops within a phrase."""
    return len(line) > SHORT_LINE or line.rsplit(maxsplit=1)[-1].lower() in _OPEN_WORDS


def _ends(line: str, start: int, end: re.Match[str]) -> bool:
    if not end.group().startswith(".") or end.group().startswith(".."):
        return True
    before = _WORD_BEFORE.search(line, max(start, end.start() - MAX_WORD), end.start())
    after = _WORD_AFTER.match(line, end.end())
    if before is None or after is None:
        return True
    return _ends_between(before.group().lower(), after.group(), begins=before.start() == start)


def _ends_between(word: str, next_word: str, *, begins: bool) -> bool:
    """Return whether a full stop between these words ends a sentence; `begins`: the first word is all there is yet."""
    following = next_word.lower().replace("\u2019", "'")
    if word == "no" or word in _MONTHS:
        return not following[0].isdigit()
    if word.isdigit() and len(word) <= LONGEST_DAY and not begins:  # "am 3. Mai", but "I have 3. You .."
        return following not in _ORDINAL_AFTER
    initial = len(word) == 1 and word != "i" and following[0].isalpha()  # as in `J. Smith`
    if initial or word in _SHORTENED or _DOTTED.fullmatch(word):
        return following in _OPENERS and (next_word[0].isupper() or following[:2] in ("i", "i'", "im"))
    return word not in _TITLES


# What follows an ordinal in German: "am 3. Mai", "im 2. Stock", "der 1. Termin".
_ORDINAL_AFTER = frozenset(
    """
    januar februar märz april mai juni juli august september oktober november dezember stock etage mal termin tag
    klasse semester quartal lebensjahr geburtstag
    """.split()
)
