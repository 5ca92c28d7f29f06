"""Judgement of one sentence: is it kept, and why. What no rule speaks against is kept, in any language.

Order: asked to remember, instruction, objection, wish, question, courtesy or reaction, change, step, request, reaction
to the other, statement; the first that applies decides. Corrections and refusals stand before all that drops, so that
none of them is lost while what it corrects is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from memstore.intake.extract import _phrases as phrases
from memstore.intake.extract._kinds import PARTS
from memstore.intake.extract._light_words import n_telling, tells_nothing
from memstore.intake.extract._tables import at_start, either
from memstore.intake.extract.reasons import Reason

LOOKED_AT: Final = 600
"""Characters of a sentence that the rules read: what it is shows in its beginning."""
SHORT_ANSWER: Final = 7
"""Words up to which an answer needs its question."""
MOST_IN_A_REACTION: Final = 2
"""Telling words up to which a sentence that begins like a reaction is one; with more it tells something, too."""
LONGEST_REACTION: Final = 8
"""Words up to which a sentence of light words alone is a reaction; who says more tells how they feel."""
FEWEST: Final = 3
"""Words that make a statement before a question or after a request to remember worth keeping alone."""

_STRAIGHT = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'})
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_EDGES = " \t,;:-\u2013\u2014*_~\"'|\u2022\u00b7>#\ufe0f\u200d"
_ASKS = re.compile(r"[?\uff1f\u061f][\s\"'\u201d\u2019)\]\u300d!.]*\Z")
_VOCATIVE = re.compile(r"(?:^|,\s+)([A-Z][\w'-]+)(?=[,!.?\u2026\s]*\Z|[,!]\s)")
_DIGIT = re.compile(r"\d")
_NAMED_INSIDE = re.compile(r"(?<=[\w,;:] )(?!I\b|I')[A-Z][\w'-]+")
_NOT = re.compile(
    r"(?<![\w'])(?:not|never|no|none|nothing|\w+n't|without|nicht|nie|kein\w*|ohne|ne|n'\w+|pas|jamais|sans|nunca|jamás|sin"
    r"|non|mai|senza|niet|geen|não)(?![\w'])",
    re.IGNORECASE,
)
_YES_OR_NO = at_start(r"""
yes|yeah|yep|yup|no|nope|nah|sure|of course|absolutely|definitely|exactly|correct|never|always|rarely|sometimes|often
ja|jawohl|nein|doch|klar|genau|natürlich|nie|immer
oui|non|si|ouais|bien sûr|jamais|toujours
sí|claro|exacto|nunca|siempre
sì|certo|esatto|mai|sempre
sim|não|nee|tak|evet|hay\u0131r|はい|いいえ|是|不是
""")
_ABROAD_ASKING = re.compile(
    r"(?:\s*[,;]\s*|\s+[\u2013\u2014-]+\s+)(?:und |aber |et |mais |y |pero |e |ma )?(?="
    + either(r"""
(?:was|wer|wo|wann|wie|warum|welche\w*|kann|kannst|können|könnten|soll|gibt|ist|sind|hast|haben)\b
(?:quel\w*|que|comment|pourquoi|où|combien|est-ce|peux|pouvez|pourrais|pourriez|puis)\b|qu'
(?:qué|cuál\w*|cómo|dónde|cuándo|por qué|puedes?|podrías?|hay)\b|\u00bf
(?:che|cosa|quale|come|dove|quando|perché|quant\w+|puoi|può|potresti|potrebbe|c'è)\b
""")
    + r")",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Reason of a sentence, and the words of it that are kept, if it is."""

    reason: Reason
    text: str


def trimmed(sentence: str) -> str:
    """Return the sentence without marks and pictures at its edges; full stops and the like stay at its end."""
    text = sentence.strip(_EDGES)
    start, end = 0, len(text)
    while start < end and not (text[start].isalnum() or text[start] in "([\u00bf\u00a1$\u20ac\u00a3+@\u300c"):
        start += 1
    while end > start and not (
        text[end - 1].isalnum() or text[end - 1] in ".!?\u2026%)]$\u20ac\u00a3+\u3002\uff01\uff1f\u300d"
    ):
        end -= 1
    return text[start:end]


def opened(sentence: str) -> str:
    """Return the sentence without greetings and fillers in front, apostrophes straightened."""
    rest = trimmed(sentence).translate(_STRAIGHT)
    for _ in range(6):
        lead = phrases.LEAD.match(rest[:LOOKED_AT])
        if lead is None or not rest[lead.end() :].strip(_EDGES + ".!?"):
            return rest
        rest = rest[lead.end() :].lstrip(_EDGES)
    return rest


def judge(sentence: str, names: frozenset[str]) -> Verdict:
    """Return what becomes of a sentence. `names` are the speakers', in small letters: being called tells nothing."""
    text = opened(sentence)
    head = text[:LOOKED_AT]
    words = _WORD.findall(head.casefold())
    if not words:
        return Verdict(Reason.EMPTY, sentence.strip())
    asks = _ASKS.search(text) is not None
    asked_for = phrases.ASKED_FOR.match(head)
    if asked_for and not asks:
        rest = opened(text[asked_for.end() :])
        if len(rest.split()) >= FEWEST and not rest.casefold().startswith("to "):
            told_off = phrases.INSTRUCTION.search(rest[:LOOKED_AT])
            return Verdict(Reason.INSTRUCTION if told_off else Reason.ASKED_FOR, rest)
    if asks and not phrases.INSTRUCTION.search(head):
        return _of_question(text, names)
    return Verdict(_before_content(head, words) or _of_content(head, words, names), text)


def _of_question(text: str, names: frozenset[str]) -> Verdict:
    """Return what becomes of a question: only a wish for good, or what it states before it begins to ask, is kept."""
    head = text[:LOOKED_AT]
    if phrases.LASTING.search(head) and phrases.ASKS_POLITELY.match(head.rpartition(": ")[2].lstrip("\u00bf")):
        return Verdict(Reason.WISH, text)
    before = _said_before_asking(text)
    verdict = Verdict(Reason.QUESTION, text) if before is None else judge(before, names)
    return verdict if verdict.reason.keeps else Verdict(Reason.QUESTION, text)


def _before_content(head: str, words: list[str]) -> Reason | None:
    """Return the reason that phrases give whatever else the sentence tells, or None."""
    told = frozenset(words)
    if phrases.INSTRUCTION.search(head):
        return Reason.INSTRUCTION
    if told & phrases.IN_OBJECTIONS and phrases.OBJECTION.search(head):
        return Reason.OBJECTION
    if told & phrases.IN_WISHES and phrases.WISH.search(head):
        return Reason.WISH
    if phrases.QUESTION.match(head):
        return Reason.QUESTION
    if phrases.COURTESY.match(head) or phrases.COURTESY_ABROAD.match(head):
        return Reason.COURTESY
    return None


def _of_content(head: str, words: list[str], names: frozenset[str]) -> Reason:
    """Return the reason of a sentence by what it tells: REACTION if that is nothing, or little and about the other."""
    called = names | {name.casefold() for name in _VOCATIVE.findall(head)}
    if len(words) <= LONGEST_REACTION and tells_nothing(words, called):
        return Reason.REACTION
    head = head.lstrip("\u00a1\u00bf")
    changes = phrases.CHANGE.search(head) is not None
    if not changes and phrases.STEP.match(head):
        return Reason.STEP
    if phrases.REQUEST.match(head):
        return Reason.REQUEST
    counts = _DIGIT.search(head) is not None
    if not counts and n_telling(words, called) <= MOST_IN_A_REACTION and _reacts(head):
        return Reason.REACTION
    return Reason.CHANGE if changes else Reason.STATEMENT


def _reacts(head: str) -> bool:
    """Return whether a sentence that tells little begins like a reaction, or judges without the speaker in it."""
    if phrases.REACTION.match(head):
        return True
    denies_or_names = _NOT.search(head) or _NAMED_INSIDE.search(head)
    return phrases.JUDGED.match(head) is not None and not (phrases.SELF.search(head) or denies_or_names)


def answers(sentence: str, question: str, names: frozenset[str]) -> bool:
    """Return whether the sentence is a short answer that needs its question to be understood."""
    text = opened(sentence)
    whole = trimmed(sentence).translate(_STRAIGHT)
    words = _WORD.findall(whole[:LOOKED_AT].casefold())
    if not words or len(words) > SHORT_ANSWER or _ASKS.search(text) or phrases.SERVICE_QUESTION.search(question):
        return False
    if phrases.COURTESY.match(whole) or phrases.STEP.match(text):
        return False
    if _YES_OR_NO.match(whole):
        return not tells_nothing(words, names) or len(words) <= FEWEST
    if tells_nothing(words, names) or phrases.REACTION.match(text) or phrases.REQUEST.match(text):
        return False
    return phrases.SELF.match(text) is None


def needs_the_one_before(text: str) -> bool:
    """Return whether a sentence cannot be understood without the one before it."""
    return text.startswith("[") or phrases.GOES_ON.match(text[:LOOKED_AT]) is not None


def _said_before_asking(text: str) -> str | None:
    """Return what a question states before it begins to ask: "I'm vegan, what can I cook?"."""
    asking = PARTS["asking"].search(text) or _ABROAD_ASKING.search(text)
    if asking is None or not phrases.SELF.search(text[: asking.start()]):
        return None
    said = text[: asking.start()]
    if phrases.QUESTION.match(said):
        return None
    reason = PARTS["reason"].match(said)
    said = said[reason.end() :] if reason else said
    return said if len(said.split()) >= FEWEST - 1 else None
