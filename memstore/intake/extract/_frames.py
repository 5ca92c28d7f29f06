"""Frames of a message: its stretches that are another person's words, a part that is played, code or a problem.

A frame is opened by words such as "translate", "pretend", "my colleague wrote"; what follows is not the person's own
statement, in the same sentence or in the next ones. It ends with its quotation, with a turn ("by the way"), or with
the message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memstore.intake.extract import _frame_words as words
from memstore.intake.extract._tables import anywhere, either
from memstore.intake.extract.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Span = tuple[int, int, Reason]

LONGEST = 20_000
"""Characters of a message in which frames are looked for; what follows is taken with the last of them."""
FEWEST_QUOTED = 3
"""Words that make a whole message in quotation marks a quotation; fewer are a title or a name."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a message. `reason` says why none of it is kept; None: it is the person's own."""

    text: str
    reason: Reason | None = None


_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_QUOTED_LINES = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
# A reply or a forwarded mail: all below is somebody else's.
_FORWARDED = re.compile(
    r"^(?:-{2,} ?(?:original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original"
    r"|messaggio originale)\b.*"
    r"|(?:on|am|le|el|il|em|op) [^\n]{4,80}(?:wrote|schrieb\b[^\n:]{0,60}|a écrit|escribió|ha scritto|escreveu"
    r"|schreef[^\n:]{0,60}) ?:"
    r"|(?:from|von|de|da|van) ?: [^\n]*\n(?:sent|gesendet|envoyé|enviado|inviato|verzonden|to|an|à|para|a|aan|date"
    r"|datum|fecha|data|subject|betreff|objet|asunto|oggetto|assunto|onderwerp) ?:)",
    re.IGNORECASE | re.MULTILINE,
)
_CODE_LINES = re.compile(
    r"^[ \t]*(?:(?:def|class|import|from|return|const|let|var|function|public|private|#include|if|for|while|SELECT"
    r"|INSERT|UPDATE|CREATE|DELETE)\b[^\n]{0,300}[({;:=][ \t]*[^\n.!?]{0,80}[({;:)][ \t]*|[^\n]{0,300}[{};][ \t]*"
    r"|[\w.]+ ?= ?[\[({\"'\d][^\n]{0,300}|</?\w+[^\n]{0,300}>[ \t]*|\$ [^\n]{1,300})$",
    re.MULTILINE,
)
_QUOTE = (
    r"(?:\"[^\"\n]{3,2000}\"|[\u201c\u201d\u201e][^\u201c\u201d\n]{3,2000}[\u201c\u201d]|\u00ab[^\u00bb\n]{3,2000}\u00bb"
    r"|\u00bb[^\u00ab\n]{3,2000}\u00ab|\u300c[^\u300d\n]{2,2000}\u300d"
    r"|(?<![\w'])'[^'\n]{3,}(?:'[a-z]{1,2}\b[^'\n]*){0,8}'(?!\w)|(?<!\w)\u2018[^\n\u2018]{3,2000}\u2019(?!\w))"
)
_SAYING = either(words.SAYING)
# "My boss wrote: '..'", "'..', she said", and "she said: .." to the end of the line. The sentence begins before it.
_REPORTED = re.compile(
    rf"(?<!\w){_SAYING}(?!\w)(?:[^.!?\n\"'\u201c\u201d\u201e\u00ab\u00bb\u2018]{{0,60}}{_QUOTE}[.!?]?"
    r"|(?: \w+){0,3}:\s+\S[^\n]*)"
    rf"|{_QUOTE},? (?:\w+ ){{0,3}}{_SAYING}(?!\w)[^.!?\n]{{0,80}}[.!?]?",
    re.IGNORECASE,
)
_QUOTED = re.compile(_QUOTE)
_SENTENCE_END = re.compile(r"[.!?](?:\s|\Z)|\n")
_ALL_QUOTED = re.compile(rf"\s*{_QUOTE}[.!?]?\s*")
_CLAUSE = rf"(?:^|(?<=[.!?:,;\n]))[ \t\"'\u201c(\u00bf\u00a1*-]{{0,6}}(?:{either(words.POLITE)}[ ,]+){{0,4}}"
# One pattern, so that a message is gone through once.
_OPENER = re.compile(
    rf"{_CLAUSE}(?:(?P<transform>{either(words.TRANSFORM)}(?!\w))|(?P<named>{either(words.NAMED)})"
    rf"|(?P<part>{either(words.PART)}(?!\w))|(?P<problem>{either(words.PROBLEM)}))",
    re.IGNORECASE,
)
_FRAMES = {
    "transform": Reason.QUOTATION,
    "named": Reason.QUOTATION,
    "part": Reason.ROLE_PLAY,
    "problem": Reason.EXERCISE,
}
_MAY_QUOTE = re.compile(r"[\"\u201c\u201d\u201e\u00ab\u00bb\u300c\u2018:]|(?<!\w)'")
_TRANSLATE_ABROAD = re.compile(
    r"\u8a33\u3057|\u7ffb\u8a33|\u7ffb\u8bd1|\u7ffb\u8b6f|\ubc88\uc5ed|\u043f\u0435\u0440\u0435\u0432\u0435\u0434\u0438|\u062a\u0631\u062c\u0645|przetłumacz|çevir|översätt"
)
_POINTS_BACK = anywhere(words.POINTS_BACK)
_TURN = re.compile(rf"(?:^|(?<=[.!?\n]))[ \t]{{0,6}}{either(words.TURN)}\b", re.IGNORECASE)
_NUMBER = anywhere(words.NUMBER)
_RESULT = anywhere(words.RESULT)
# The same without a question: "I have 3 pizzas and eat 1/4 of each".
_RECKONING = re.compile(
    r"\b(?:have|has|had|buys?|bought|gets?|habe|hat|ai|a|tengo|tiene|ho|ha)\b[^.!?\n]{0,40}\d[^.!?\n]{0,60}"
    r"(?:,|\b(?:and|then|und|et|y|e))\s+(?:then |i |he |she |we |they |je |il |elle |ich |er |sie )?"
    r"(?:eats?|gives?|takes?|loses?|sells?|shares?|cuts?|splits?|divides?|adds?|drops?|throws?|uses? up|hands?|puts?"
    r"|isst|esse|gebe|gibt|verliere|verkaufe|nehme|mange|donne|perds|vends|como|doy|pierdo|vendo|mangio|do|perdo)\b"
    r"[^.!?\n]{0,60}(?:\d|\b(?:half|each|one|two|three|to [A-Z]\w+|die Hälfte|moitié|mitad|metà))",
)


def stretches(text: str) -> list[Stretch]:
    """Return the message as stretches in order, each the person's own or not."""
    parts = [Stretch(text)]
    for spans in (_code, _mail, _framed, _problem, _reported):
        parts = [new for part in parts for new in ([part] if part.reason else _cut(part.text, spans))]
    return parts


def _cut(text: str, spans: Callable[[str], Iterator[Span]]) -> Iterator[Stretch]:
    place = 0
    for start, end, reason in spans(text[:LONGEST]):
        if start < place:
            continue
        if text[place:start].strip():
            yield Stretch(text[place:start])
        last = len(text) if end == LONGEST else end
        yield Stretch(text[start:last], reason)
        place = last
    if text[place:].strip() or not place:
        yield Stretch(text[place:])


def _code(text: str) -> Iterator[Span]:
    if "`" not in text and not any(mark in text for mark in "{};=<$("):
        return
    found = [*_FENCED.finditer(text), *_CODE_LINES.finditer(text)]
    for match in sorted(found, key=lambda one: (one.start(), -one.end())):
        yield match.start(), match.end(), Reason.CODE


def _mail(text: str) -> Iterator[Span]:
    forwarded = _FORWARDED.search(text)
    if forwarded and ">" not in text:
        yield forwarded.start(), len(text), Reason.QUOTATION
    elif ">" in text:  # the lines that are not marked are an answer between the quoted ones
        if forwarded:
            yield forwarded.start(), forwarded.end(), Reason.QUOTATION
        for match in _QUOTED_LINES.finditer(text):
            yield match.start(), match.end(), Reason.QUOTATION


def _framed(text: str) -> Iterator[Span]:
    """Yield the frame that is opened first, and after it the next, if it ends before the text does."""
    if _TRANSLATE_ABROAD.search(text):
        yield 0, len(text), Reason.QUOTATION
        return
    back = _POINTS_BACK.search(text)
    if back and not text[_sentence_end(text, back.end()) :].strip():
        yield 0, len(text), Reason.QUOTATION
        return
    place = 0
    while place < len(text):
        opener = _OPENER.search(text, place)
        if opener is None or opener.lastgroup is None:
            return
        end = _end_of_frame(text, opener.end())
        yield opener.start(), end, _FRAMES[opener.lastgroup]
        place = max(end, opener.start() + 1)


def _end_of_frame(text: str, start: int) -> int:
    """Return where a frame ends: after the quotation in its own sentence, before a turn, or with the text."""
    quote = _QUOTED.search(text, max(0, start - 1))
    own_end = _SENTENCE_END.search(text, start)
    if quote and quote.start() <= (own_end.end() + 1 if own_end else len(text)):
        return _sentence_end(text, quote.end())
    turn = _TURN.search(text, start)
    return turn.start() if turn else len(text)


def _sentence_start(text: str, place: int) -> int:
    """Return where the sentence around `place` begins."""
    return max(text.rfind(mark, 0, place) for mark in ".!?\n") + 1


def _sentence_end(text: str, start: int) -> int:
    """Return where the sentence that goes on at `start` ends."""
    end = _SENTENCE_END.search(text, start)
    return end.end() if end else len(text)


def _problem(text: str) -> Iterator[Span]:
    if _RESULT.search(text) and len(_NUMBER.findall(text)) > 1:
        yield 0, len(text), Reason.EXERCISE
        return
    for match in _RECKONING.finditer(text):
        yield _sentence_start(text, match.start()), _sentence_end(text, match.end()), Reason.EXERCISE


def _reported(text: str) -> Iterator[Span]:
    if _ALL_QUOTED.fullmatch(text) and len(text.split()) >= FEWEST_QUOTED:
        yield 0, len(text), Reason.QUOTATION
        return
    if not _MAY_QUOTE.search(text):
        return
    for match in _REPORTED.finditer(text):
        yield _sentence_start(text, match.start()), match.end(), Reason.QUOTATION
