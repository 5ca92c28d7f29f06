"""Times that a text tells, resolved against the moment at which it was said: pure functions without a clock.

Used on questions, to find the period that is asked for, and on statements, to keep what "next Friday" meant. Days are
those of UTC. The first 2,000 characters are read. No text and no date raises an error.

How doubtful ones are read:

- "next Friday" is the first Friday after the day of saying: in a week if today is Friday. "Friday next week" is that
  of the next calendar week. "last Friday" is the latest before that day, "next summer" the first that begins later.
- "two weeks ago" and "in two weeks" are calendar weeks from Monday on, as months and years are those of the calendar.
- "3 May" without a year, and "Friday" alone: in a past tense the latest, in a plan the next, in doubt the nearest.
- 3/5/2026 is 3 May; 5/13/2026 can only be 13 May.
- Seasons are those of the north. "a few" is two to six.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from memstore.records.times import plans, spans
from memstore.records.times.find import Found, Kind, Text
from memstore.records.times.spans import Grain

__all__ = ["Grain", "Kind", "Told", "asked_period", "end_of_plan", "resolved_text", "told_times"]

# An own resolution already stands behind the expression.
_RESOLVED: Final = re.compile(r"\s?\[\d{4}[\] :-]")

_POSSESSIVE: Final = re.compile("['\u2019]s(?!\\w)")


@dataclass(frozen=True, slots=True)
class Told:
    """A time expression in a text, and the interval that it names."""

    start_char: int
    end_char: int
    start: datetime
    """Earliest moment of the calendar for "until" and "recurring"."""
    end: datetime
    """Exclusive; the latest moment of the calendar for "since" and "recurring"."""
    kind: Kind
    grain: Grain
    relative: bool
    """Told from now: yesterday, next Friday, in two weeks. A date without a year is not."""


def told_times(text: str, said_at: datetime) -> tuple[Told, ...]:
    """Return every time expression of `text`, in order, resolved against `said_at`, which has a time zone."""
    read = Text(text, _in_utc(said_at))
    return tuple(
        Told(
            read.folded.place(one.first),
            read.folded.end(one.last),
            one.start,
            one.end,
            one.kind,
            one.span.grain,
            one.relative,
        )
        for one in read.found()
    )


def asked_period(text: str, reference: datetime) -> tuple[datetime, datetime] | None:
    """Return the period that a question names, as (start, end) with start < end, or None if it names none.

    Several times are one period from the first to the last; a year counts only if nothing finer is named. "since" ends
    at the reference, or is open if it begins later; "until" begins there, or is open if it ends before. A month without
    a year is the latest that began, unless the question is about what is to come. Times of day alone name no period.
    """
    at = _in_utc(reference)
    found = [one for one in Text(text, at, asked=True).found() if one.kind != "recurring" and one.form != "clock"]
    if any(one.span.grain != "year" for one in found):
        found = [one for one in found if one.span.grain != "year" or one.relative or one.kind != "point"]
    if not found:
        return None
    closed = [_closed(one, at) for one in found]
    return min(start for start, _ in closed), max(end for _, end in closed)


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:  # within hours of the first or the last moment of the calendar
        return at.replace(tzinfo=UTC)


def _closed(one: Found, at: datetime) -> tuple[datetime, datetime]:
    if one.kind == "since" and one.start < at:
        return one.start, at
    if one.kind == "until" and one.end > at:
        return at, one.end
    return one.start, one.end


def end_of_plan(text: str, said_at: datetime) -> datetime | None:
    """Return when a statement that tells a plan or an appointment is no longer current: the end of its last day.

    None for what is not over with a date: past events, what recurs, anniversaries, beginnings ("I start on Monday"),
    and a text that tells something without a time beside its plan, since that part stays true.
    """
    read = Text(text, _in_utc(said_at))
    ends = plans.ends(read)
    return max(ends, default=None)


def resolved_text(text: str, said_at: datetime) -> str | None:
    """Return `text` with the resolved date in brackets behind each relative expression, or None if it has none.

    Dates are those of ISO 8601, which are the same in every language and sort as text: [2026-11-06], [2026-09],
    [2025], [2026-11-06 10:00]. Weeks and other intervals are two days, the last included: [2026-08-31 to 2026-09-06].
    A week's number would be shorter, but few people know it, and a search for the day would not find it.
    """
    read = Text(text, _in_utc(said_at))
    parts: list[str] = []
    done = 0
    for one in read.found():
        end = read.folded.end(one.last)
        if possessive := _POSSESSIVE.match(text, end):
            end = possessive.end()
        if not one.relative or one.kind == "recurring" or _RESOLVED.match(text, end):
            continue
        parts += [text[done:end], f" [{_shown(one)}]"]
        done = end
    return "".join([*parts, text[done:]]) if parts else None


def _shown(one: Found) -> str:
    start, end, grain = one.span
    # `strftime` writes years before 1000 without their zeros.
    day = start.date().isoformat()
    if grain in {"minute", "hour"} and one.span.end - one.span.start <= timedelta(hours=1):
        return f"{day} {start:%H:%M}"
    last = (end - timedelta(microseconds=1)).date().isoformat()
    if grain in {"minute", "hour"} or day == last:
        return day
    if _is_whole("month", one):
        return day[:7]
    if _is_whole("year", one):
        return day[:4]
    return f"{day} to {last}"


def _is_whole(unit: str, one: Found) -> bool:
    try:
        return spans.whole(unit, one.span.start)[:2] == one.span[:2]
    except ValueError:  # the calendar's last month or year has no end that could be told
        return False
