"""Local extractor: facts by rules, offline, that people state about themselves in English and that last.

A sentence becomes clauses; a clause is kept, in the person's own words, if the tables in `_rules` know its kind.
Questions, requests, greetings, states that pass and suppositions are dropped, and so is all else: a missed fact can be
said again, while a wrong one is acted upon.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memstore.intake.extract._rules import CATEGORIES, MAX_CATEGORIES, NOISE, PARTS, STRONG, WEAK
from memstore.intake.extract._sentences import sentences
from memstore.intake.extract.contract import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from memstore.records.source import Message

MAX_FACT_CHARS = 2_000
MIN_ASKED_WORDS = 3
# Confidence: how often such a clause is worth keeping, by our own table of sentences; not a measured probability.
ASKED, SURE, LIKELY = 0.95, 0.9, 0.6

_STRAIGHT = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'})
_EDGES = " \t,;:-\u2013\u2014*_~\"'"


class LocalExtractor:
    """Extractor by rules. It ignores `instructions`."""

    name = "local"
    model = ""
    prompt_version = "rules-1"

    def extract(
        self,
        messages: Sequence[Message],
        *,
        instructions: str | None,
        said_at: datetime,
    ) -> list[Fact]:
        """Return the facts of user messages; the same wording of one speaker counts once. Raises nothing."""
        found: dict[tuple[str | None, str], Fact] = {}
        for index, message in enumerate(messages):
            if message.role != "user":
                continue
            for text, kind, confidence in _facts(message.content):
                fact = Fact(
                    text=text,
                    kind=kind,
                    message_index=index,
                    speaker=message.name,
                    categories=_categories(text),
                    confidence=confidence,
                )
                found.setdefault((message.name, text.casefold()), fact)
        return list(found.values())


def _facts(content: str) -> Iterator[tuple[str, str, float]]:
    """Yield (text, kind, confidence) of each clause that is kept."""
    for sentence in sentences(content):
        if len(sentence) > MAX_FACT_CHARS:
            continue
        asked = PARTS["remember"].match(_opened(sentence))
        if asked and not sentence.rstrip(" \"'").endswith("?"):
            yield from _asked(_opened(sentence)[asked.end() :])
            continue
        for clause in _clauses(_opened(sentence)):
            verdict = _kind(clause)
            if verdict is not None:
                yield (_finished(clause), *verdict)


def _asked(content: str) -> Iterator[tuple[str, str, float]]:
    """Yield the one fact that a request to remember something is about, if it has at least MIN_ASKED_WORDS words."""
    if len(content.split()) >= MIN_ASKED_WORDS:
        verdict = _kind(_opened(content))
        yield _finished(content), verdict[0] if verdict else "fact", ASKED


def _opened(sentence: str) -> str:
    """Return the sentence without greetings and fillers in front, apostrophes straightened."""
    rest = sentence.translate(_STRAIGHT).strip(_EDGES)
    while True:
        lead = PARTS["greeting"].match(rest) or PARTS["filler"].match(rest)
        if lead is None or not rest[lead.end() :]:
            return rest
        rest = rest[lead.end() :].lstrip(_EDGES)


def _clauses(sentence: str) -> Iterator[str]:
    """Yield the statements in a sentence; from a question, those before it begins to ask."""
    if sentence.rstrip(" \"')").endswith("?"):
        asking = PARTS["asking"].search(sentence)
        if asking is None:
            return
        sentence = sentence[: asking.start()]
        reason = PARTS["reason"].match(sentence)
        sentence = sentence[reason.end() :] if reason else sentence
    start = 0
    for joint in PARTS["joint"].finditer(sentence):
        left = sentence[start : joint.start()]
        if PARTS["subject"].fullmatch(left.strip(_EDGES)) or PARTS["setting"].match(left + ", i "):
            continue
        yield left.strip(_EDGES)
        start = joint.end()
    yield sentence[start:].strip(_EDGES)


def _kind(clause: str) -> tuple[str, float] | None:
    """Return kind and confidence of a clause that is worth keeping, else None."""
    setting = PARTS["setting"].match(clause)
    core = clause[setting.end() :] if setting else clause
    for rule in STRONG:
        if rule.pattern.match(core):
            return rule.label, SURE
    if any(noise.pattern.match(core) for noise in NOISE):
        return None
    for rule in WEAK:
        if rule.pattern.match(core):
            return rule.label, LIKELY
    return None


def _finished(clause: str) -> str:
    text = clause.strip(_EDGES).rstrip(".!\u2026 ")
    # The last letter of an abbreviation keeps its full stop: "in the U.S."
    kept = text + "." if re.search(r"\b(?:[A-Za-z]\.)+[A-Za-z]\Z", text) and clause.rstrip().endswith(".") else text
    return kept[:1].upper() + kept[1:]


def _categories(text: str) -> tuple[str, ...]:
    return tuple(rule.label for rule in CATEGORIES if rule.pattern.search(text))[:MAX_CATEGORIES]
