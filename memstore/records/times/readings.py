"""What a matched expression means: one function for each reading that the tables name.

A reading returns the interval, or None if what was matched is no time after all. It may raise OverflowError or
ValueError for what lies outside the calendar.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from memstore.records.times import spans
from memstore.records.times.absolute import MONTHS, SEASONS
from memstore.records.times.english import ENGLISH
from memstore.records.times.folding import word_pattern
from memstore.records.times.spans import DAY, Span, Tense

if TYPE_CHECKING:
    from collections.abc import Callable

    from memstore.records.times.folding import Folded
    from memstore.records.times.language import Language, Rule

Form = Literal["date", "weekday", "day", "clock", "hour", "since", "range", "recurring", "other", "none"]

# Words before a month or a season that is told alone.
_BEFORE: Final = re.compile(
    r"(?<!\w)(?:in|of|on|since|until|till|by|during|before|after|early|late|mid|last|next|this|through|around|between|from"
    r"|and|to|im|seit|bis|ab|ende|anfang|mitte|vor|nach|von|en|depuis|jusqu'en|avant|apres|fin|debut|courant|mois de|au"
    r"|desde|hasta|antes de|despues de|mes de|finales de|principios de|da|dal|dalla|a|fino a|prima di|dopo|entro|fine"
    r"|inizio|mese di|nel|em|no|na|ate|sinds|tot|vanaf|eind|begin|medio)(?:\s{1,4}(?:the|der|dem|den|el|la|il|de|het))?"
    r"\s{1,4}$|(?<!\w)(?:d'|l'|all')$"
)
# After these a name may stand as well: "since April Smith left", "to June".
_BEFORE_NAMES: Final = re.compile(r"(?<!\w)(?:in|im|en|em|during|early|late|mid|last|next|this|au|nel)\s{1,4}$")
_SHORT: Final = frozenset({"mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"})
_BEFORE_SHORT: Final = re.compile(
    r"(?<!\w)(?:on|by|until|till|since|from|before|after|every|next|last|this|to)\s{1,4}$"
)
# Months that are words or given names too.
_MONTH_NAMES: Final = frozenset({"april", "may", "june", "august", "march"})
_BEFORE_YEAR: Final = re.compile(
    r"(?<!\w)(?:in|of|during|since|year|from|until|till|by|before|after|between|and|to|around|early|late|mid|jahr|jahre"
    r"|seit|bis|ab|en|depuis|annee|avant|apres|desde|ano|hasta|del|nel|dal|dall'|anno|fino al|entro|em|ate|sinds|tot"
    r"|vanaf|sommer|winter)(?:\s{1,4}(?:the|year))?\s{1,4}$|dall'$|[([]$|^\s*$"
)
_BEFORE_QUARTER: Final = re.compile(r"(?<!\w)(?:in|of|during|since|until|by|im|bis|seit|en|this|last|next)\s{1,4}$")
_CAPITALISED: Final = re.compile(r"\s(?!I\b)[^\W\d_a-z][^\W\d_]")
_PERFECT: Final = word_pattern("""
have
has
haven't
hasn't
[a-z]+'ve
he's been
she's been
it's been
been
""")
_ORDINALS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_NOON: Final = 12
_MONTHS_OF_A_YEAR: Final = 12
_CENTURY: Final = 2000


class Meaning(NamedTuple):
    """An interval, how it was told, and the form that decides what it may be joined with."""

    span: Span
    form: Form
    relative: bool


class Context(Protocol):
    """All that a reading may look at beside its match."""

    folded: Folded
    said_at: datetime
    language: Language

    @property
    def tense(self) -> Tense:
        """Return the tense of the clause of the match."""

    @property
    def sentence(self) -> str:
        """Return the folded sentence of the match."""


NOTHING: Final = Meaning(Span(spans.MIN, spans.MAX, "day"), "none", relative=False)
RECURRING: Final = Meaning(Span(spans.MIN, spans.MAX, "day"), "recurring", relative=False)


def _before(match: re.Match[str], context: Context, group: str) -> str:
    return context.folded.text[max(match.start(group) - 24, 0) : match.start(group)]


def _word(match: re.Match[str], group: str) -> str:
    return " ".join(match[group].split())


def _counted(match: re.Match[str], rule: Rule, context: Context) -> tuple[int, int, str]:
    """Return the number, from and to, and the unit of the match; without a number that of the rule."""
    groups = match.groupdict()
    number = groups.get("n")
    unit = context.language.units[_word(match, "unit")]
    if unit == "weekend":
        unit = "week"
    if number is None:
        return max(rule.number, 1), max(rule.number, 1), unit
    if number.isdecimal():
        return int(number), int(number), unit
    return *context.language.numbers[_word(match, "n")], unit


def phrase(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a fixed expression by its table."""
    reading, k = context.language.phrases[_word(match, "phrase")]
    at = context.said_at
    match reading:
        case "none":
            return NOTHING
        case "recurring":
            return RECURRING
        case "recent":
            return Meaning(Span(at - k * DAY, at, "day"), "other", relative=True)
        case "weekend":
            return Meaning(spans.weekend(at, -1 if context.tense.direction < 0 else 0), "other", relative=True)
        case _:
            return Meaning(spans.part_of(at + k * DAY, reading), "other", relative=True)


def day(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read yesterday, today and tomorrow, with a part of the day or without."""
    word = _word(match, "day")
    if word == "hier" and not _is_french(context.folded.text):
        return None  # "here" in German and in Dutch
    at = spans.midnight(context.said_at) + context.language.days[word] * DAY
    if part := match.groupdict().get("part"):
        return Meaning(spans.part_of(at, context.language.parts[" ".join(part.split())]), "other", relative=True)
    return Meaning(Span(at, at + DAY, "day"), "day", relative=True)


def _is_french(text: str) -> bool:
    words = re.findall(r"[a-z]+", text)
    german = {"ich", "ist", "bin", "der", "die", "das", "und", "nicht", "wir", "wohne", "ik", "het", "een", "niet"}
    return not german.intersection(words)


def named(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read last, this and next with a unit, a weekday, a month or a season."""
    language, at, k = context.language, context.said_at, rule.number
    group = "thing" if "thing" in match.groupdict() else "unit"
    word = _word(match, group)
    capital = context.folded.is_capital(match.start(group))
    unit = language.units.get(word)
    span = None
    if word in language.weekdays and (capital or word not in _SHORT):
        return Meaning(spans.weekday(language.weekdays[word], at, k, context.tense), "day", relative=True)
    if word in language.months:
        # "this may take a while"
        if capital or k or word not in {"may", "march"}:
            span = spans.of_the_year(language.months[word], at, k, context.tense)
    elif word in language.seasons:
        span = spans.of_the_year(language.seasons[word], at, k, context.tense)
    elif unit == "weekend":
        span = spans.weekend(at, k)
    elif unit not in {None, "minute", "hour", "day"}:
        # "the last day", "this minute" are of what is told, not of now.
        span = spans.whole(str(unit), at, k)
    return span and Meaning(span, "other", relative=True)


def in_week(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read "Friday next week"."""
    monday = spans.whole("week", context.said_at, rule.number).start
    start = monday + context.language.weekdays[match["wd"]] * DAY
    return Meaning(Span(start, start + DAY, "day"), "day", relative=True)


def back(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read "three weeks ago": the calendar unit that many units before."""
    low, high, unit = _counted(match, rule, context)
    first = spans.whole(unit, context.said_at, -high)
    return Meaning(Span(first.start, spans.whole(unit, context.said_at, -low).end, first.grain), "day", relative=True)


def ahead(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read "in three weeks": the calendar unit that many units after."""
    low, high, unit = _counted(match, rule, context)
    first = spans.whole(unit, context.said_at, low)
    return Meaning(Span(first.start, spans.whole(unit, context.said_at, high).end, first.grain), "day", relative=True)


def ahead_day(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read "heute in einer Woche": the day itself."""
    low, _, unit = _counted(match, rule, context)
    return Meaning(spans.whole("day", spans.moved(unit, context.said_at, low)), "day", relative=True)


def back_day(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read "a week ago today": the day itself."""
    low, _, unit = _counted(match, rule, context)
    return Meaning(spans.whole("day", spans.moved(unit, context.said_at, -low)), "day", relative=True)


def within(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read "within three days": from now to then."""
    _, high, unit = _counted(match, rule, context)
    if not high:
        return None
    end = spans.moved(unit, context.said_at, high)
    return Meaning(Span(context.said_at, end, _grain(unit)), "other", relative=True)


def lately(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read "in the last three days": from then to now."""
    _, high, unit = _counted(match, rule, context)
    if not high:
        return None
    start = spans.moved(unit, context.said_at, -high)
    return Meaning(Span(start, context.said_at, _grain(unit)), "other", relative=True)


def _grain(unit: str) -> spans.Grain:
    grain: spans.Grain = spans.whole(unit, datetime(2000, 1, 1, tzinfo=UTC)).grain
    return grain


def since_then(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read "seit drei Jahren": open from the unit that many units before."""
    low, high, unit = _counted(match, rule, context)
    first = spans.whole(unit, context.said_at, -high)
    span = Span(first.start, spans.whole(unit, context.said_at, -low).end, first.grain)
    return Meaning(span, "since", relative=True)


def duration(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read "for three years" as since then, if the perfect tense says that it goes on."""
    if not _PERFECT.search(context.sentence):
        return None  # "I go to Rome for three days"
    return since_then(match, rule, context)


def recurring(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read what comes again and again, which has no interval."""
    groups = match.groupdict()
    if groups.get("wd") in _SHORT and match.start("wd") == match.start():
        return None  # "suns", "weds"
    return RECURRING


def weekday(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a weekday alone, or with a part of the day."""
    word = match["wd"]
    folded, start = context.folded, match.start("wd")
    before = _before(match, context, "wd")
    if word in _SHORT and not (folded.is_capital(start) and _BEFORE_SHORT.search(before)):
        return None
    after = _CAPITALISED.match(folded.original, folded.end(match.end()))
    if before.endswith("the ") and folded.is_capital(start) and after:
        return None  # the Sunday Times
    if context.language.name in {"es", "it", "pt"} and folded.is_capital(start):
        first = re.search(r"(\w+)\s$", before)
        if first and folded.is_capital(start - len(first[0])):
            return None  # Ernesto Sabato, Placido Domingo
    span = spans.weekday(context.language.weekdays[word], context.said_at, 0, context.tense)
    if span.start == spans.midnight(context.said_at):
        # Of today people say "today".
        k = -1 if context.tense.direction < 0 else 1
        span = spans.weekday(context.language.weekdays[word], context.said_at, k, context.tense)
    if part := match.groupdict().get("part"):
        return Meaning(
            spans.part_of(span.start, context.language.parts[" ".join(part.split())]), "other", relative=True
        )
    return Meaning(span, "weekday", relative=True)


def season(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a season without a year."""
    if not _BEFORE.search(_before(match, context, "season")):
        return None
    name = context.language.seasons[match["season"]]
    return Meaning(spans.of_the_year(name, context.said_at, 0, context.tense), "other", relative=False)


def month(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a month without a year."""
    word, before = match["month"], _before(match, context, "month")
    if context.language is not ENGLISH or word in _MONTH_NAMES:
        if not _BEFORE.search(before):
            return None
        if word in {"may", "march"} and before.rstrip().endswith("this"):
            return None  # a verb; "this March" is read by its own rule
        end = context.folded.end(match.end("month"))
        surname = _CAPITALISED.match(context.folded.original, end)
        if word in _MONTH_NAMES and surname and not _BEFORE_NAMES.search(before):
            return None
    number = context.language.months[word]
    return Meaning(spans.of_the_year(number, context.said_at, 0, context.tense), "other", relative=False)


def date(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a day, or some days, of a month, with a year or without."""
    groups = match.groupdict()
    number, first = MONTHS[match["month"]], int(match["day"])
    last = int(groups.get("last") or first)
    at, tense = context.said_at, context.tense
    if groups["year"]:
        years = [int(match["year"])]
    elif tense.is_of_the_past:
        years = [at.year - (number > at.month)]
    else:
        years = list(range(max(at.year - 4, 1), min(at.year + 5, 9999)))
    every = [span for year in years if (span := _days(year, number, first, last))]
    if every:
        return Meaning(spans.chosen(every, at, tense), "date" if first == last else "range", relative=False)
    # No such day: the month.
    months = [spans.month(year, number) for year in years]
    return Meaning(spans.chosen(months, at, tense), "other", relative=False)


def _days(year: int, number: int, first: int, last: int) -> Span | None:
    days = (spans.month_start(year, number + 1) - spans.month_start(year, number)).days
    if not 1 <= first <= last <= days:
        return None
    return Span(datetime(year, number, first, tzinfo=UTC), datetime(year, number, last, tzinfo=UTC) + DAY, "day")


def month_of_year(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a month with its year."""
    return Meaning(spans.month(int(match["year"]), MONTHS[match["month"]]), "other", relative=False)


def season_of_year(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a season with its year."""
    return Meaning(spans.season(int(match["year"]), SEASONS[match["season"]]), "other", relative=False)


def quarter(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a quarter, with its year or without."""
    word = match["quarter"]
    number = _ORDINALS.get(word) or int(word[-1])
    years = [int(match["year"])] if match["year"] else range(context.said_at.year - 1, context.said_at.year + 2)
    if not match["year"] and not _BEFORE_QUARTER.search(_before(match, context, "quarter")):
        return None
    every = [Span(spans.month_start(y, 3 * number - 2), spans.month_start(y, 3 * number + 1), "season") for y in years]
    return Meaning(spans.chosen(every, context.said_at, context.tense), "other", relative=False)


def year(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a year, if a word before it says that it is one."""
    if not _BEFORE_YEAR.search(_before(match, context, "year")):
        return None
    return Meaning(spans.whole("year", datetime(int(match["year"]), 1, 1, tzinfo=UTC)), "other", relative=False)


def figures(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a date in figures: year first, or the day before the month unless only the other order is a date."""
    groups = match.groupdict()
    number = int(groups.get("number") or groups["number2"])
    at = context.said_at
    day_text = groups.get("day") or groups.get("day2")
    if groups.get("year") or groups.get("tail"):
        years = [int(groups.get("year") or _CENTURY + int(match["tail"]))]
    else:
        years = list(range(max(at.year - 1, 1), min(at.year + 2, 9999)))
    if day_text is None:
        return Meaning(spans.month(years[0], number), "other", relative=False)
    first = int(day_text)
    if first <= _MONTHS_OF_A_YEAR < number and match.start("day") == match.start():
        number, first = first, number
    if not 1 <= number <= _MONTHS_OF_A_YEAR:
        return None
    every = [span for year in years if (span := _days(year, number, first, first))]
    if not every:
        return None
    span = spans.chosen(every, at, context.tense)
    if groups.get("hour"):
        start = span.start + timedelta(hours=int(match["hour"]), minutes=int(match["minute"]))
        if start >= span.end:
            return None
        return Meaning(Span(start, start + timedelta(minutes=1), "minute"), "other", relative=False)
    return Meaning(span, "date", relative=False)


def clock(match: re.Match[str], rule: Rule, context: Context) -> Meaning | None:
    """Read a time of day: of the day nearest in the direction of the tense."""
    groups = match.groupdict()
    hour = _NOON if groups.get("noon") else int(match["hour"])
    half = groups.get("half")
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    minute = int(groups.get("minute") or 0)
    if hour > 24 or minute > 59:  # noqa: PLR2004
        return None
    after = timedelta(hours=hour % 24, minutes=minute)
    length, grain = (timedelta(minutes=1), "minute") if groups.get("minute") else (timedelta(hours=1), "hour")
    today = spans.midnight(context.said_at)
    every = [
        Span(today + k * DAY + after, today + k * DAY + after + length, grain)  # type: ignore[arg-type]
        for k in (-1, 0, 1)
    ]
    form: Form = "hour" if rule.reading == "hour_of_day" else "clock"
    return Meaning(spans.chosen(every, context.said_at, context.tense), form, relative=False)


READINGS: Final[dict[str, Callable[[re.Match[str], Rule, Context], Meaning | None]]] = {
    "phrase": phrase,
    "day": day,
    "named": named,
    "in_week": in_week,
    "back": back,
    "back_day": back_day,
    "ahead": ahead,
    "ahead_day": ahead_day,
    "within": within,
    "lately": lately,
    "for": since_then,
    "duration": duration,
    "recurring": recurring,
    "weekday": weekday,
    "season": season,
    "month": month,
    "date": date,
    "month_of_year": month_of_year,
    "season_of_year": season_of_year,
    "quarter": quarter,
    "year": year,
    "figures": figures,
    "clock": clock,
    "hour_of_day": clock,
}
