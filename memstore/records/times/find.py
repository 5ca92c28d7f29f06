"""Time expressions in a text, with what stands before and between them.

Stages, in order: gate (no word of time and no digit: nothing) -> match the rules whose triggers are there -> read each
match -> the longest win where they overlap -> join a weekday and its date, a day and its hour, two ends of a range ->
read since and until before them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from memstore.records.times import prefixes, spans, tense
from memstore.records.times.absolute import FIGURE, OF_LANGUAGES, RULES, TRIGGERS
from memstore.records.times.english import ENGLISH
from memstore.records.times.folding import MAX_CHARACTERS, WORD, Folded
from memstore.records.times.readings import READINGS, Form, Meaning
from memstore.records.times.spans import DAY, Span, Tense

if TYPE_CHECKING:
    import re

    from memstore.records.times.language import Language

Kind = Literal["point", "since", "until", "recurring"]

_DATES: Final = frozenset({"date", "weekday", "day"})
_BEFORE_CHARACTERS: Final = 40
_MAX_MATCHES: Final = 50
"""Matches of one rule that are read; a text with more of them is a list, and would take long."""


class Found(NamedTuple):
    """A time expression by the places of the folded text, the interval it names and the open one that it tells."""

    first: int
    last: int
    span: Span
    form: Form
    relative: bool
    kind: Kind
    start: datetime
    end: datetime


class _Place:
    """What a reading may look at around its match; the tense is found only if it is asked for."""

    def __init__(self, text: Text, index: int, language: Language) -> None:
        self.folded = text.folded
        self.said_at = text.said_at
        self.language = language
        self._text = text
        self._index = index

    @property
    def tense(self) -> Tense:
        return self._text.tense(self._index)

    @property
    def sentence(self) -> str:
        first, last = self._text.sentence(self._index)
        return self.folded.text[first:last]


class Text:
    """A text that is read for times as said at a moment."""

    def __init__(self, text: str, said_at: datetime, *, asked: bool = False) -> None:
        self.folded = Folded(text)
        self.said_at = said_at
        self.asked = asked
        self._directions: dict[tuple[int, int], int] = {}

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Return the bounds of the sentences in the folded text."""
        return list(tense.sentences(self.folded.text))

    def sentence(self, index: int) -> tuple[int, int]:
        """Return the bounds of the sentence that holds the folded character at `index`."""
        return next((bounds for bounds in self.sentences if index < bounds[1]), (0, len(self.folded.text)))

    def tense(self, index: int) -> Tense:
        """Return the tense of the clause around `index`, or of the sentence where the clause has none."""
        first, last = self.sentence(index)
        text = self.folded.text
        start = max((match.end() for match in prefixes.CLAUSE.finditer(text, first, index)), default=first)
        end = match.start() if (match := prefixes.CLAUSE.search(text, index, last)) else last
        direction = self._direction(start, end) or self._direction(first, last)
        before = text[max(index - _BEFORE_CHARACTERS, 0) : index]
        if prefixes.ALREADY.search(before):
            direction = -1
        elif not direction and (
            prefixes.FROM_ON.search(text, max(index - _BEFORE_CHARACTERS, 0), index + _BEFORE_CHARACTERS)
            or prefixes.UNTIL.search(before)
            or prefixes.SINCE.search(before)
        ):
            direction = 1
        return Tense(direction, self.asked)

    def _direction(self, first: int, last: int) -> int:
        if (first, last) not in self._directions:
            original = self.folded.original[self.folded.place(first) : self.folded.end(last)].lower()
            self._directions[first, last] = tense.direction(self.folded.text[first:last], original)
        return self._directions[first, last]

    def found(self) -> list[Found]:
        """Return the time expressions in order, none of them overlapping."""
        words = set(WORD.findall(self.folded.text))
        if any(map(_is_figure, words)):
            words.add(FIGURE)
        if TRIGGERS.isdisjoint(words):
            return []
        return self._with_prefixes(self._joined(_longest(self._candidates(words))))

    def _candidates(self, words: set[str]) -> list[Found]:
        text = self.folded.text
        found = []
        every = [(ENGLISH, RULES), *OF_LANGUAGES]
        for language, rules in every:
            for rule in rules:
                if rule.triggers.isdisjoint(words):
                    continue
                for match in islice(rule.pattern.finditer(text), _MAX_MATCHES):
                    context = _Place(self, match.start(), language)
                    try:
                        meaning = READINGS[rule.reading](match, rule, context)
                    except (OverflowError, ValueError, IndexError):
                        continue  # outside the calendar
                    if meaning is not None:
                        found.append(_as_found(match, meaning))
        return found

    def _joined(self, found: list[Found]) -> list[Found]:
        """Join a weekday with its date, a day with its hour, and the two ends of a range."""
        joined: list[Found] = []
        for one in found:
            if joined:
                last = joined[-1]
                gap = self.folded.text[last.last : one.first]
                if (both := _day_and_date(last, one, gap)) or (both := _day_and_hour(last, one, gap)):
                    joined[-1] = both
                    continue
            joined.append(one)
        ranges: list[Found] = []
        for one in joined:
            if one.form in {"none", "hour"}:
                continue
            try:
                both = self._range(ranges[-1], one) if ranges else None
            except (OverflowError, ValueError):
                both = None  # outside the calendar
            if both:
                ranges[-1] = both
                continue
            ranges.append(one)
        return ranges

    def _range(self, one: Found, other: Found) -> Found | None:
        gap = self.folded.text[one.last : other.first]
        if not prefixes.TO.fullmatch(gap) or {one.form, other.form} & {"recurring", "since", "none"}:
            return None
        if gap.strip().split(" ")[0] in prefixes.AND and not prefixes.BETWEEN.search(self._before(one)):
            return None  # "on Monday and Friday"
        start, end = one.span.start, other.span.end
        if one.form == other.form == "weekday" and other.span.start <= start:
            end += 7 * DAY
        if other.form in {"date", "other"} and not other.relative and start >= end and one.form != "weekday":
            # The year is told at the end: "from December to March 2026".
            years = end.year - start.year
            same = spans.moved("year", start, years)
            start = same if same < end else spans.moved("year", start, years - 1)
        if one.form == other.form == "weekday" and end - start > 7 * DAY:
            start += 7 * DAY  # the tenses of the two ends differ
        if start >= end or one.span == other.span:
            return None
        span = Span(start, end, other.span.grain)
        return Found(one.first, other.last, span, "range", one.relative or other.relative, "point", start, end)

    def _before(self, one: Found) -> str:
        return self.folded.text[max(one.first - _BEFORE_CHARACTERS, 0) : one.first]

    def _with_prefixes(self, found: list[Found]) -> list[Found]:
        return [self._with_prefix(one) for one in found]

    def _with_prefix(self, one: Found) -> Found:
        if one.kind != "point" or one.form == "range":
            return one
        before = self._before(one)
        openings: tuple[tuple[re.Pattern[str], Kind, datetime, datetime], ...] = (
            (prefixes.EVERY, "recurring", spans.MIN, spans.MAX),
            (prefixes.SINCE, "since", one.start, spans.MAX),
            (prefixes.AFTER, "since", one.end, spans.MAX),
            (prefixes.UNTIL, "until", spans.MIN, one.end),
            (prefixes.PRIOR, "until", spans.MIN, one.start),
        )
        for pattern, kind, start, end in openings:
            if match := pattern.search(before):
                return self._opened(one, match, before, kind, start, end)
        if match := prefixes.FROM.search(before):
            opened = self._opened(one, match, before, "since", one.start, spans.MAX)
            if onwards := prefixes.ONWARDS.match(self.folded.text, one.last):
                return opened._replace(last=onwards.end())
            if one.form != "other" and one.end > self.said_at:
                return opened
        return one

    def _opened(
        self, one: Found, match: re.Match[str], before: str, kind: Kind, start: datetime, end: datetime
    ) -> Found:
        if start >= end:
            return one
        return one._replace(first=one.first - len(before) + match.start(), kind=kind, start=start, end=end)


def _is_figure(word: str) -> bool:
    return "0" <= word[0] <= "9"


def _as_found(match: re.Match[str], meaning: Meaning) -> Found:
    first, last = match.span()
    kind: Kind = "point"
    start, end, _ = meaning.span
    if match.groupdict().get("month") and match[0].endswith("."):
        last -= 1  # the full stop of the sentence, or of a short form
    if meaning.form == "since":
        kind, end = "since", spans.MAX
    elif meaning.form == "recurring":
        kind = "recurring"
    return Found(first, last, meaning.span, meaning.form, meaning.relative, kind, start, end)


def _longest(candidates: list[Found]) -> list[Found]:
    """Return those that overlap no longer one, in order; of equally long ones the first."""
    taken: list[Found] = []
    covered = bytearray(MAX_CHARACTERS)
    for one in sorted(candidates, key=lambda found: found.first - found.last):
        if not any(covered[one.first : one.last]):
            covered[one.first : one.last] = b"\x01" * (one.last - one.first)
            taken.append(one)
    return sorted(taken)


def _day_and_date(one: Found, other: Found, gap: str) -> Found | None:
    """Return "Friday" and "3 May" as the date."""
    if one.form == "weekday" and other.form == "date" and prefixes.BESIDE.fullmatch(gap):
        return other._replace(first=one.first)
    return None


def _day_and_hour(one: Found, other: Found, gap: str) -> Found | None:
    """Return "tomorrow" and "at 10" as the hour of that day."""
    day, hour = (one, other) if one.form in _DATES else (other, one)
    if day.form not in _DATES or hour.form not in {"clock", "hour"} or day.end - day.start != DAY:
        return None
    if not (prefixes.BESIDE if day is one else prefixes.HOUR_FIRST).fullmatch(gap):
        return None
    start = day.start + timedelta(hours=hour.start.hour, minutes=hour.start.minute)
    end = start + (hour.end - hour.start)
    span = Span(start, end, hour.span.grain)
    return Found(one.first, other.last, span, "other", day.relative, "point", start, end)
