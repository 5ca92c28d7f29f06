"""One language's words of time, compiled into patterns. The tables themselves are in a module for each language.

A template is a pattern of words; a space stands for white space, and a name in braces for a table of the language:

{n}     a number, in digits or a word
{unit}  day, week, month, ...
{thing} what "last" and "next" go with: a unit, a weekday, a month, a season
{wd}    a weekday          {month} a month's full name
{season}                   {part}  morning, evening, ...
{day}   a day as told from today: yesterday, tomorrow

Each rule has the reading that it is given to (see readings.py) and a number for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memstore.records.times.folding import WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Language:
    """Tables of one language, folded: small letters without accents."""

    name: str
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    """Monday = 0."""
    seasons: Mapping[str, str]
    units: Mapping[str, str]
    numbers: Mapping[str, tuple[int, int]]
    """Number words; from and to for vague ones ("a few")."""
    days: Mapping[str, int]
    """Days from today: yesterday -1."""
    parts: Mapping[str, str]
    phrases: Mapping[str, tuple[str, int]]
    """Fixed expressions with their reading."""
    rules: tuple[tuple[str, str, int], ...]
    short_months: Mapping[str, int] = field(default_factory=dict)
    """Read only beside a day or a year."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled template. It is tried only on a text that has one of its triggers."""

    pattern: re.Pattern[str]
    reading: str
    number: int
    triggers: frozenset[str]


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern of the words, longest first, so that a longer one is not cut off by its beginning."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"\s{1,4}") for word in ordered)


def triggers(words: Iterable[str]) -> frozenset[str]:
    """Return of each word or phrase its longest part, without which it cannot be in a text."""
    return frozenset(max(WORD.findall(word), key=len) for word in words)


def compiled(language: Language) -> tuple[Rule, ...]:
    """Return the rules of a language, its phrases first."""
    tables: dict[str, Iterable[str]] = {
        "unit": language.units,
        "thing": [*language.units, *language.weekdays, *language.months, *language.seasons],
        "wd": language.weekdays,
        "month": language.months,
        "season": language.seasons,
        "part": language.parts,
        "day": language.days,
    }
    groups = {name: f"(?P<{name}>{alternatives(words)})" for name, words in tables.items()}
    groups["n"] = rf"(?P<n>\d{{1,3}}|{alternatives(language.numbers)})"
    rules = [
        Rule(
            re.compile(rf"(?<!\w)(?P<phrase>{alternatives(language.phrases)})(?!\w)"),
            "phrase",
            0,
            triggers(language.phrases),
        )
    ]
    every = (
        *language.rules,
        ("{day}", "day", 0),
        ("{day} {part}", "day", 0),
    )
    for template, reading, number in every:
        names = [name for name in tables if f"{{{name}}}" in template]
        pattern = template.replace(" ?", r"\s{0,4}").replace(" ", r"\s{1,4}")
        for name, group in groups.items():
            pattern = pattern.replace(f"{{{name}}}", group)
        # Of several tables the first one alone decides: each of them has to be there.
        words = set(tables[names[0]])
        if re.search(r"\}s\b", template):
            words |= {f"{word}s" for word in words}
        if "} ?{part}" in template:
            words |= {f"{word}{part}" for word in words for part in language.parts}
        rules.append(Rule(re.compile(rf"(?<!\w){pattern}(?!\w)"), reading, number, triggers(words)))
    return tuple(rules)
