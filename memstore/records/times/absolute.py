"""Patterns of dates and times of day that are told in figures or with a month's name, for all languages at once.

No month has a name that means another month elsewhere, so one table holds the names of all languages.
"""

from __future__ import annotations

import re
from typing import Final

from memstore.records.times.dutch import DUTCH
from memstore.records.times.english import ENGLISH
from memstore.records.times.french import FRENCH
from memstore.records.times.german import GERMAN
from memstore.records.times.italian import ITALIAN
from memstore.records.times.language import Rule, alternatives, compiled, triggers
from memstore.records.times.portuguese import PORTUGUESE
from memstore.records.times.spanish import SPANISH

LANGUAGES: Final = (
    ENGLISH,
    GERMAN,
    FRENCH,
    SPANISH,
    ITALIAN,
    PORTUGUESE,
    DUTCH,
)
FIGURE: Final = "#"
"""Trigger of the rules that need a digit."""

MONTHS: Final = {
    name: number for language in LANGUAGES for name, number in {**language.months, **language.short_months}.items()
}
SEASONS: Final = {name: season for language in LANGUAGES for name, season in language.seasons.items()}
WEEKDAYS: Final = {name: number for language in LANGUAGES for name, number in language.weekdays.items()}

_YEAR: Final = r"(?P<year>(?:1[5-9]|20|21)\d\d)(?!\d)"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|ste|[eo\u00ba\u00b0]|\.)?"
_OF: Final = r"(?:(?:of|de|del|do|di|van) )?"
_MONTH: Final = rf"(?P<month>{alternatives(MONTHS)})"
_ENGLISH_MONTH: Final = rf"(?P<month>{alternatives([*ENGLISH.months, *ENGLISH.short_months])})"
_TO: Final = r" ?(?:-|to|until|and|bis|und|au|et|al|y|e|ao|tot|en) ?(?:the |zum |el |il |le )?"
_LAST: Final = r"(?P<last>\d{1,2})(?:st|nd|rd|th|er|ste|\.)?"
_AT: Final = r"(?:at|around|um|gegen|vers|a|a las|a la|alle|alle ore|as|om|by)"

_ISO_TIME: Final = r"[t ](?P<hour>\d\d):(?P<minute>\d\d)(?::\d\d(?:\.\d{1,9})?)?(?:z|[+-]00:?00)?"
_GERMAN_DAY: Final = alternatives(GERMAN.weekdays)

_MONTH_TRIGGERS: Final = triggers(MONTHS)
_FIGURE_TRIGGERS: Final = frozenset({FIGURE})

# A space stands for white space of up to four characters, and "_" for the same or none.
_PATTERNS: Final = (
    # 3 May 2026, 3. Mai, 1er mai, 3 de mayo de 2026
    (rf"{_DAY}_{_OF}{_MONTH}\.?(?:,?_{_OF}{_YEAR})?", "date", _MONTH_TRIGGERS),
    # 3 to 7 May 2026, 3.-7. Mai
    (rf"{_DAY}{_TO}{_LAST}_{_OF}{_MONTH}\.?(?:,?_{_OF}{_YEAR})?", "date", _MONTH_TRIGGERS),
    # May 3, 2026
    (
        rf"{_ENGLISH_MONTH}\.? (?:the )?{_DAY}(?!\d|:|_[ap]\.?m)(?:,?_(?:of )?{_YEAR})?",
        "date",
        _MONTH_TRIGGERS,
    ),
    # May 3-7
    (rf"{_ENGLISH_MONTH}\.? {_DAY}{_TO}{_LAST}(?!\d|:)(?:,?_{_YEAR})?", "date", _MONTH_TRIGGERS),
    # May 2026
    (rf"{_MONTH}\.?,?_{_OF}{_YEAR}", "month_of_year", _MONTH_TRIGGERS),
    # spring 2026
    (rf"(?P<season>{alternatives(SEASONS)}),? {_OF}{_YEAR}", "season_of_year", triggers(SEASONS)),
    # Q2 2026, Q2/2026, Q2
    (rf"(?P<quarter>q[1-4])(?:[ /-]{{0,2}}{_YEAR})?", "quarter", frozenset({"q"})),
    # 2. Quartal 2026
    (rf"(?P<quarter>[1-4])\. quartal(?: {_YEAR})?", "quarter", frozenset({"quartal"})),
    # first quarter of 2026
    (
        rf"(?P<quarter>first|second|third|fourth) quarter (?:of )?{_YEAR}",
        "quarter",
        frozenset({"quarter"}),
    ),
    # 2026-05-03, 2026/05/03, 2026-05-03T10:30Z
    (rf"{_YEAR}(?P<sign>[-/])(?P<number>\d\d)(?P=sign)(?P<day>\d\d)(?:{_ISO_TIME})?", "figures", _FIGURE_TRIGGERS),
    # 2026-05
    (rf"{_YEAR}-(?P<number>0[1-9]|1[0-2])(?![-\d])", "figures", _FIGURE_TRIGGERS),
    # 03.05.2026, 3/5/2026, 3-5-2026
    (
        r"(?P<day>\d{1,2})(?P<sign>[./-])_(?P<number>\d{1,2})(?P=sign)_(?P<year>(?:1[5-9]|20|21)\d\d)",
        "figures",
        _FIGURE_TRIGGERS,
    ),
    # 03.05.26, 3/5/26
    (
        r"(?:(?P<day>\d{1,2})/(?P<number>\d{1,2})/|(?P<day2>\d\d)\.(?P<number2>\d\d)\.)(?P<tail>\d\d)",
        "figures",
        _FIGURE_TRIGGERS,
    ),
    # 03.05.
    (r"(?P<day>[0-3]\d)\.(?P<number>[01]\d)\.(?!\d)", "figures", _FIGURE_TRIGGERS),
    # am 3.5.
    (
        r"(?:am|vom|zum|bis|ab|seit|den|dem) (?P<day>\d{1,2})\._(?P<number>\d{1,2})\.(?!\d)",
        "figures",
        _FIGURE_TRIGGERS,
    ),
    # 05/2026
    (rf"(?P<number>0?[1-9]|1[0-2])[/.]{_YEAR}", "figures", _FIGURE_TRIGGERS),
    # in 2026: looked at more closely by its reading
    (r"(?P<year>(?:19|20)\d\d)(?!-\d)", "year", _FIGURE_TRIGGERS),
    # 10:30, at 10:30 pm, um 10:30 Uhr
    (
        rf"(?:{_AT} )?(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?:_(?P<half>[ap])\.?m\b\.?| uhr|_h)?",
        "clock",
        _FIGURE_TRIGGERS,
    ),
    # 5 pm, 5.30 pm; "10 am Freitag" is German
    (
        rf"(?:{_AT} )?(?P<hour>\d{{1,2}})(?:[.:](?P<minute>\d\d))?_(?P<half>[ap])(?:\.m\.|m)(?! (?:\d|{_GERMAN_DAY}))",
        "clock",
        _FIGURE_TRIGGERS,
    ),
    # 10 Uhr, 10 uur, 10h30, 10 heures 30
    (
        rf"(?:{_AT} )?(?P<hour>\d{{1,2}})_(?:uhr|uur|h|heures?)(?:_(?P<minute>[0-5]\d))?",
        "clock",
        _FIGURE_TRIGGERS,
    ),
    # at 10, um 10, a las 10: only beside a day
    (
        r"(?:at|um|a|a las|a la|alle|alle ore|as|om) (?P<hour>\d{1,2})(?![.:]?\d|_[%a-z]*(?:days|euro))",
        "hour_of_day",
        _FIGURE_TRIGGERS,
    ),
    # at noon
    (r"(?:at|um) (?P<noon>noon|midday|mittag)", "clock", frozenset({"noon", "midday", "mittag"})),
)


def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = pattern.replace(" ?", "_").replace(" ", r"\s{1,4}").replace("_", r"\s{0,4}")
    return re.compile(rf"(?<![\w/.:-])(?<!\d,){pattern}(?![\w/]|[.,:]\d)")


RULES: Final = tuple(Rule(_compiled(pattern), reading, 0, words) for pattern, reading, words in _PATTERNS)
"""Rules of all languages; each is tried only on a text that has one of its triggers."""

OF_LANGUAGES: Final = tuple((language, compiled(language)) for language in LANGUAGES)

TRIGGERS: Final = frozenset({FIGURE}).union(
    *(rule.triggers for rule in RULES), *(rule.triggers for _, rules in OF_LANGUAGES for rule in rules)
)
"""Words of which one has to be in a text before any pattern is tried."""
