"""Intervals of the calendar: days, weeks, months and seasons around a moment. All in UTC, ends exclusive.

Weeks begin on Monday (ISO 8601). Seasons are those of meteorology in the north: spring begins on 1 March, winter on
1 December, and winter 2025 ends with February 2026. What lies outside years 1..9999 raises OverflowError or ValueError.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Grain = Literal["minute", "hour", "day", "week", "month", "season", "year"]

MIN: Final = datetime.min.replace(tzinfo=UTC)
MAX: Final = datetime.max.replace(tzinfo=UTC)

DAY: Final = timedelta(days=1)
FIRST_MONTHS: Final = {
    "spring": 3,
    "summer": 6,
    "autumn": 9,
    "winter": 12,
}
# Hours after midnight of the parts of a day, from and to. A night belongs to the day on whose evening it begins.
PARTS: Final = {
    "morning": (5, 12),
    "afternoon": (12, 18),
    "evening": (18, 24),
    "night": (18, 30),
}


class Span(NamedTuple):
    """An interval with its grain, the unit in which it was told."""

    start: datetime
    end: datetime
    grain: Grain


class Tense(NamedTuple):
    """A sentence's direction: -1 told of the past, 1 of what may be to come, 2 of what surely is, 0 not known."""

    direction: int
    asked: bool = False
    """A question."""

    @property
    def is_of_the_past(self) -> bool:
        """Return whether a month without a year is the latest that began: in a question that is not of the future."""
        return self.asked and self.direction <= 1


def midnight(at: datetime) -> datetime:
    """Return the beginning of the day of `at`."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def month_start(year: int, month: int) -> datetime:
    """Return the first moment of a month; `month` may lie beyond 1..12."""
    year += (month - 1) // 12
    return datetime(year, (month - 1) % 12 + 1, 1, tzinfo=UTC)


def whole(unit: str, at: datetime, k: int = 0) -> Span:
    """Return the calendar unit that lies `k` units after the one that holds `at`."""
    today = midnight(at)
    match unit:
        case "minute":
            start = at.replace(second=0, microsecond=0) + timedelta(minutes=k)
            span = Span(start, start + timedelta(minutes=1), "minute")
        case "hour":
            start = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=k)
            span = Span(start, start + timedelta(hours=1), "hour")
        case "day":
            start = today + k * DAY
            span = Span(start, start + DAY, "day")
        case "week":
            start = today + (7 * k - today.weekday()) * DAY
            span = Span(start, start + 7 * DAY, "week")
        case "month":
            span = Span(month_start(at.year, at.month + k), month_start(at.year, at.month + k + 1), "month")
        case "quarter":
            first = (at.month - 1) // 3 * 3 + 1 + 3 * k
            span = Span(month_start(at.year, first), month_start(at.year, first + 3), "season")
        case "decade":
            first = at.year // 10 * 10 + 10 * k
            span = Span(month_start(first, 1), month_start(first + 10, 1), "year")
        case _:
            span = Span(month_start(at.year + k, 1), month_start(at.year + k + 1, 1), "year")
    return span


def moved(unit: str, at: datetime, k: int) -> datetime:
    """Return the moment `k` units after `at`; the last day of a month stays in its month."""
    if unit in {"minute", "hour", "day", "week"}:
        return at + k * timedelta(**{f"{unit}s": 1})
    months = {"month": 1, "quarter": 3, "year": 12, "decade": 120}[unit] * k
    first = month_start(at.year, at.month + months)
    days = (month_start(first.year, first.month + 1) - first).days
    return at.replace(year=first.year, month=first.month, day=min(at.day, days))


def month(year: int, number: int) -> Span:
    """Return a month of a year."""
    return Span(month_start(year, number), month_start(year, number + 1), "month")


def season(year: int, name: str) -> Span:
    """Return the season that begins in `year`."""
    first = FIRST_MONTHS[name]
    return Span(month_start(year, first), month_start(year, first + 3), "season")


def part_of(day: datetime, name: str) -> Span:
    """Return the morning, afternoon, evening or night of a day."""
    first, last = PARTS[name]
    return Span(midnight(day) + timedelta(hours=first), midnight(day) + timedelta(hours=last), "hour")


def chosen(spans: Iterable[Span], at: datetime, tense: Tense) -> Span:
    """Return the one that is meant: the latest begun, the next not over, or in doubt the nearest.

    Falls back to the nearest if none lies in the direction of the tense. `spans` are in order and not empty.
    """
    every = list(spans)
    if tense.direction < 0 and (begun := [span for span in every if span.start <= at]):
        return begun[-1]
    if tense.direction > 0 and (coming := [span for span in every if span.end > at]):
        return coming[0]

    def distance(span: Span) -> timedelta:
        if span.start <= at < span.end:
            return timedelta(0)
        return span.start - at if span.start > at else at - span.end

    return min(every, key=distance)


def weekday(number: int, at: datetime, k: int, tense: Tense) -> Span:
    """Return a day of the week, Monday = 0.

    `k` = 1: the first after the day of `at` ("next Friday"), 2: a week later, -1: the latest before it, -2: a week
    earlier, 0: told with "this" or alone, by the tense, and in doubt the nearest.
    """
    today = midnight(at)
    ahead = (number - today.weekday()) % 7
    if k == 0 and ahead:
        forwards = tense.direction > 0 or (tense.direction == 0 and ahead <= 3)  # noqa: PLR2004 - half a week
        k = 1 if forwards else -1
    if k > 0:
        ahead = (ahead or 7) + 7 * (k - 1)
    elif k < 0:
        ahead += 7 * k
    return Span(today + ahead * DAY, today + (ahead + 1) * DAY, "day")


def weekend(at: datetime, k: int) -> Span:
    """Return a Saturday and Sunday. `k` = 0: of this week, 1: the first that begins after `at`, -1: the latest over."""
    saturday = whole("week", at).start + 5 * DAY
    if k > 0 and at < saturday:
        k -= 1
    return Span(saturday + 7 * k * DAY, saturday + (7 * k + 2) * DAY, "day")


def of_the_year(name: str | int, at: datetime, k: int, tense: Tense) -> Span:
    """Return a month (by number) or a season (by name) without a year.

    `k` = 1: the first that begins after `at`, -1: the latest that is over, 0: by the tense.
    """
    years = range(max(at.year - 3, 1), min(at.year + 4, 9998))
    every = [month(year, name) if isinstance(name, int) else season(year, name) for year in years]
    if k > 0:
        return [span for span in every if span.start > at][k - 1]
    if k < 0:
        return [span for span in every if span.end <= at][k]
    if tense.is_of_the_past:
        return [span for span in every if span.start <= at][-1]
    return chosen(every, at, tense)
