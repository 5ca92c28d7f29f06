from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memstore.records.terms import period
from memstore.records.time_expressions import Told, asked_period, end_of_plan, resolved_text, told_times

FRIDAY = datetime(2026, 10, 30, 12, 30, tzinfo=UTC)
MIN = datetime.min.replace(tzinfo=UTC)
MAX = datetime.max.replace(tzinfo=UTC)


def only(text: str) -> tuple[str, Told]:
    """Return the one expression of a text, with its words."""
    told = told_times(text, FRIDAY)
    assert len(told) == 1, told
    return text[told[0].start_char : told[0].end_char], told[0]


def days(told: Told) -> list[str]:
    """Return the bounds as days, or as minutes where they are not midnight."""
    return [
        at.date().isoformat() if at.hour == at.minute == 0 else at.strftime("%Y-%m-%d %H:%M")
        for at in (told.start, told.end)
    ]


ABSOLUTE = [
    # English
    ("We met on 3 May 2025", "3 May 2025", "2025-05-03", "2025-05-04", "day"),
    ("It was May 3rd, 2025.", "May 3rd, 2025", "2025-05-03", "2025-05-04", "day"),
    ("the 3rd of May 2025", "3rd of May 2025", "2025-05-03", "2025-05-04", "day"),
    ("Sept 5, 2025", "Sept 5, 2025", "2025-09-05", "2025-09-06", "day"),
    ("in May 2025", "May 2025", "2025-05-01", "2025-06-01", "month"),
    ("in spring 2025", "spring 2025", "2025-03-01", "2025-06-01", "season"),
    ("winter 2025", "winter 2025", "2025-12-01", "2026-03-01", "season"),  # from the year in which it begins
    ("Q2 2025", "Q2 2025", "2025-04-01", "2025-07-01", "season"),
    ("the first quarter of 2025", "first quarter of 2025", "2025-01-01", "2025-04-01", "season"),
    ("in 2025", "2025", "2025-01-01", "2026-01-01", "year"),
    ("2025", "2025", "2025-01-01", "2026-01-01", "year"),
    ("from 3 to 7 May 2025", "3 to 7 May 2025", "2025-05-03", "2025-05-08", "day"),
    ("May 3-7, 2025", "May 3-7, 2025", "2025-05-03", "2025-05-08", "day"),
    ("between March 2025 and June 2025", "March 2025 and June 2025", "2025-03-01", "2025-07-01", "month"),
    ("on 31 February 2025", "31 February 2025", "2025-02-01", "2025-03-01", "month"),  # no such day: the month
    # in figures
    ("2025-05-03", "2025-05-03", "2025-05-03", "2025-05-04", "day"),
    ("2025-05", "2025-05", "2025-05-01", "2025-06-01", "month"),
    ("2025-05-03T10:30Z", "2025-05-03T10:30Z", "2025-05-03 10:30", "2025-05-03 10:31", "minute"),
    ("03.05.2025", "03.05.2025", "2025-05-03", "2025-05-04", "day"),
    ("3/5/2025", "3/5/2025", "2025-05-03", "2025-05-04", "day"),  # the day first
    ("5/13/2025", "5/13/2025", "2025-05-13", "2025-05-14", "day"),  # there is no month 13
    ("13/5/25", "13/5/25", "2025-05-13", "2025-05-14", "day"),
    ("05/2025", "05/2025", "2025-05-01", "2025-06-01", "month"),
    # German
    ("am 3. Mai 2025", "3. Mai 2025", "2025-05-03", "2025-05-04", "day"),
    ("vom 3. bis 7. M\u00e4rz 2025", "3. bis 7. M\u00e4rz 2025", "2025-03-03", "2025-03-08", "day"),
    ("2. Quartal 2025", "2. Quartal 2025", "2025-04-01", "2025-07-01", "season"),
    # French
    ("le 1er ao\u00fbt 2025", "1er ao\u00fbt 2025", "2025-08-01", "2025-08-02", "day"),
    ("en mars 2025", "mars 2025", "2025-03-01", "2025-04-01", "month"),
    ("du 3 au 7 mai 2025", "3 au 7 mai 2025", "2025-05-03", "2025-05-08", "day"),
    # Spanish
    ("el 3 de mayo de 2025", "3 de mayo de 2025", "2025-05-03", "2025-05-04", "day"),
    ("del 3 al 7 de mayo de 2025", "3 al 7 de mayo de 2025", "2025-05-03", "2025-05-08", "day"),
    # Italian
    ("il 3 maggio 2025", "3 maggio 2025", "2025-05-03", "2025-05-04", "day"),
    ("dal 3 al 7 maggio 2025", "3 al 7 maggio 2025", "2025-05-03", "2025-05-08", "day"),
    # Portuguese and Dutch
    ("3 de mar\u00e7o de 2025", "3 de mar\u00e7o de 2025", "2025-03-03", "2025-03-04", "day"),
    ("op 3 mei 2025", "3 mei 2025", "2025-05-03", "2025-05-04", "day"),
]


@pytest.mark.parametrize(("text", "words", "start", "end", "grain"), ABSOLUTE)
def test_absolute_times_are_read(text: str, words: str, start: str, end: str, grain: str) -> None:
    found, told = only(text)
    assert (found, days(told), told.grain) == (words, [start, end], grain)
    assert (told.kind, told.relative) == ("point", False)


RELATIVE = [
    # English
    ("the day before yesterday", "2026-10-28", "2026-10-29", "day"),
    ("yesterday", "2026-10-29", "2026-10-30", "day"),
    ("today", "2026-10-30", "2026-10-31", "day"),
    ("tomorrow", "2026-10-31", "2026-11-01", "day"),
    ("the day after tomorrow", "2026-11-01", "2026-11-02", "day"),
    ("tonight", "2026-10-30 18:00", "2026-10-31 06:00", "hour"),
    ("last night", "2026-10-29 18:00", "2026-10-30 06:00", "hour"),
    ("tomorrow morning", "2026-10-31 05:00", "2026-10-31 12:00", "hour"),
    ("tomorrow at 10", "2026-10-31 10:00", "2026-10-31 11:00", "hour"),
    ("at 10:30 tomorrow", "2026-10-31 10:30", "2026-10-31 10:31", "minute"),
    ("tomorrow at 5 pm", "2026-10-31 17:00", "2026-10-31 18:00", "hour"),
    ("last week", "2026-10-19", "2026-10-26", "week"),
    ("this week", "2026-10-26", "2026-11-02", "week"),
    ("next week", "2026-11-02", "2026-11-09", "week"),
    ("last month", "2026-09-01", "2026-10-01", "month"),
    ("next year", "2027-01-01", "2028-01-01", "year"),
    ("next Friday", "2026-11-06", "2026-11-07", "day"),  # said on a Friday: in a week
    ("next Saturday", "2026-10-31", "2026-11-01", "day"),  # the first one after today
    ("next Tues", "2026-11-03", "2026-11-04", "day"),
    ("last Friday", "2026-10-23", "2026-10-24", "day"),
    ("last Saturday", "2026-10-24", "2026-10-25", "day"),
    ("Friday next week", "2026-11-06", "2026-11-07", "day"),
    ("Monday last week", "2026-10-19", "2026-10-20", "day"),
    ("this weekend", "2026-10-31", "2026-11-02", "day"),
    ("last weekend", "2026-10-24", "2026-10-26", "day"),
    ("next weekend", "2026-10-31", "2026-11-02", "day"),  # the first one that begins
    ("last summer", "2026-06-01", "2026-09-01", "season"),
    ("next summer", "2027-06-01", "2027-09-01", "season"),
    ("last March", "2026-03-01", "2026-04-01", "month"),
    ("three days ago", "2026-10-27", "2026-10-28", "day"),
    ("2 weeks ago", "2026-10-12", "2026-10-19", "week"),  # the calendar week
    ("two months ago", "2026-08-01", "2026-09-01", "month"),
    ("a few days ago", "2026-10-24", "2026-10-29", "day"),  # two to six
    ("in two weeks", "2026-11-09", "2026-11-16", "week"),
    ("3 weeks from now", "2026-11-16", "2026-11-23", "week"),
    ("a week ago today", "2026-10-23", "2026-10-24", "day"),
    ("within 3 days", "2026-10-30 12:30", "2026-11-02 12:30", "day"),
    ("in the last 10 days", "2026-10-20 12:30", "2026-10-30 12:30", "day"),
    ("recently", "2026-09-30 12:30", "2026-10-30 12:30", "day"),
    ("the other day", "2026-10-16 12:30", "2026-10-30 12:30", "day"),
    # German
    ("vorgestern", "2026-10-28", "2026-10-29", "day"),
    ("gestern Abend", "2026-10-29 18:00", "2026-10-30", "hour"),
    ("morgen um 10", "2026-10-31 10:00", "2026-10-31 11:00", "hour"),
    ("morgen fr\u00fch", "2026-10-31 05:00", "2026-10-31 12:00", "hour"),
    ("Freitagabend", "2026-11-06 18:00", "2026-11-07", "hour"),
    ("\u00fcbermorgen", "2026-11-01", "2026-11-02", "day"),
    ("n\u00e4chsten Freitag", "2026-11-06", "2026-11-07", "day"),
    ("\u00fcbern\u00e4chsten Freitag", "2026-11-13", "2026-11-14", "day"),
    ("letzten Monat", "2026-09-01", "2026-10-01", "month"),
    ("heute in einer Woche", "2026-11-06", "2026-11-07", "day"),  # the day itself
    ("vor drei Jahren", "2023-01-01", "2024-01-01", "year"),
    ("in zwei Wochen", "2026-11-09", "2026-11-16", "week"),
    ("diesen Sommer", "2026-06-01", "2026-09-01", "season"),
    # French
    ("avant-hier", "2026-10-28", "2026-10-29", "day"),
    ("hier soir", "2026-10-29 18:00", "2026-10-30", "hour"),
    ("aujourd\u2019hui", "2026-10-30", "2026-10-31", "day"),  # typographic apostrophe
    ("apr\u00e8s-demain", "2026-11-01", "2026-11-02", "day"),
    ("lundi prochain", "2026-11-02", "2026-11-03", "day"),
    ("il y a trois semaines", "2026-10-05", "2026-10-12", "week"),
    ("dans deux mois", "2026-12-01", "2027-01-01", "month"),
    ("l'\u00e9t\u00e9 dernier", "2026-06-01", "2026-09-01", "season"),
    # Spanish
    ("anteayer", "2026-10-28", "2026-10-29", "day"),
    ("ayer por la noche", "2026-10-29 18:00", "2026-10-30 06:00", "hour"),
    ("ma\u00f1ana por la ma\u00f1ana", "2026-10-31 05:00", "2026-10-31 12:00", "hour"),
    ("pasado ma\u00f1ana", "2026-11-01", "2026-11-02", "day"),
    ("la semana que viene", "2026-11-02", "2026-11-09", "week"),
    ("el mes pasado", "2026-09-01", "2026-10-01", "month"),
    ("hace dos meses", "2026-08-01", "2026-09-01", "month"),
    ("dentro de tres d\u00edas", "2026-11-02", "2026-11-03", "day"),
    # Italian
    ("l'altro ieri", "2026-10-28", "2026-10-29", "day"),
    ("stasera", "2026-10-30 18:00", "2026-10-31", "hour"),
    ("dopodomani", "2026-11-01", "2026-11-02", "day"),
    ("domani alle 10", "2026-10-31 10:00", "2026-10-31 11:00", "hour"),
    ("sabato prossimo", "2026-10-31", "2026-11-01", "day"),
    ("due giorni fa", "2026-10-28", "2026-10-29", "day"),
    ("tra due settimane", "2026-11-09", "2026-11-16", "week"),
    # Portuguese
    ("ontem", "2026-10-29", "2026-10-30", "day"),
    ("depois de amanh\u00e3", "2026-11-01", "2026-11-02", "day"),
    ("segunda-feira passada", "2026-10-26", "2026-10-27", "day"),
    ("h\u00e1 tr\u00eas dias", "2026-10-27", "2026-10-28", "day"),
    # Dutch
    ("eergisteren", "2026-10-28", "2026-10-29", "day"),
    ("volgende vrijdag", "2026-11-06", "2026-11-07", "day"),
    ("drie weken geleden", "2026-10-05", "2026-10-12", "week"),
    ("over drie dagen", "2026-11-02", "2026-11-03", "day"),
]


@pytest.mark.parametrize(("text", "start", "end", "grain"), RELATIVE)
def test_relative_times_are_resolved(text: str, start: str, end: str, grain: str) -> None:
    found, told = only(text)
    assert (found, days(told), told.grain) == (text, [start, end], grain)
    assert (told.kind, told.relative) == ("point", True)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("I moved on 3 May", "2026-05-03"),  # a past tense: the latest
        ("I moved on 3 December", "2025-12-03"),
        ("We fly to Rome on 3 May", "2027-05-03"),  # a plan: the next
        ("I will be there in April", "2027-04-01"),
        ("I'm getting married in June", "2027-06-01"),
        ("3 December", "2026-12-03"),  # in doubt: the nearest
        ("3 June", "2026-06-03"),
        ("I saw her on Monday", "2026-10-26"),
        ("I have an exam on Monday", "2026-11-02"),
        ("I moved in May, but I will fly home on 3 December", "2026-05-01"),  # each clause by its own tense
        ("Am 3. Mai bin ich umgezogen", "2026-05-03"),
        ("Am 3. Mai habe ich einen Termin", "2027-05-03"),
        ("J'ai d\u00e9m\u00e9nag\u00e9 le 3 mai", "2026-05-03"),
        ("Nous partons le 3 mai", "2027-05-03"),
        ("Me mud\u00e9 el 3 de mayo", "2026-05-03"),
        ("El 3 de mayo vuelo a Madrid", "2027-05-03"),
        ("Il 3 maggio ho cambiato casa", "2026-05-03"),
        ("Il 3 maggio vado a Roma", "2027-05-03"),
        ("Ich arbeite seit M\u00e4rz hier", "2026-03-01"),  # since: begun already
        ("from June on I work there", "2027-06-01"),
    ],
)
def test_date_without_a_year_follows_the_tense(text: str, start: str) -> None:
    assert told_times(text, FRIDAY)[0].start.date().isoformat() == start


@pytest.mark.parametrize(
    ("text", "words", "kind", "start", "end"),
    [
        ("I run since last spring", "since last spring", "since", "2026-03-01", None),
        ("since 2019", "since 2019", "since", "2019-01-01", None),
        ("since March", "since March", "since", "2026-03-01", None),
        ("I've lived here for three years", "for three years", "since", "2023-01-01", None),
        ("after 3 May 2025", "after 3 May 2025", "since", "2025-05-04", None),
        ("from Monday on", "from Monday on", "since", "2026-11-02", None),
        ("seit drei Jahren", "seit drei Jahren", "since", "2023-01-01", None),
        ("depuis mars", "depuis mars", "since", "2026-03-01", None),
        ("\u00e0 partir de lundi", "\u00e0 partir de lundi", "since", "2026-11-02", None),
        ("desde hace dos a\u00f1os", "desde hace dos a\u00f1os", "since", "2024-01-01", None),
        ("vivo qui da tre anni", "da tre anni", "since", "2023-01-01", None),
        ("sinds 2019", "sinds 2019", "since", "2019-01-01", None),
        ("until Friday", "until Friday", "until", None, "2026-11-07"),
        ("by the end of the month", "by the end of the month", "until", None, "2026-11-01"),
        ("by June", "by June", "until", None, "2027-07-01"),
        ("before May 2025", "before May 2025", "until", None, "2025-05-01"),
        ("bis Sonntag", "bis Sonntag", "until", None, "2026-11-02"),
        ("jusqu'\u00e0 vendredi", "jusqu'\u00e0 vendredi", "until", None, "2026-11-07"),
        ("hasta el domingo", "hasta el domingo", "until", None, "2026-11-02"),
        ("entro domani", "entro domani", "until", None, "2026-11-01"),
        ("every Monday", "every Monday", "recurring", None, None),
        ("each year", "each year", "recurring", None, None),
        ("on Mondays", "Mondays", "recurring", None, None),
        ("jeden Montag", "jeden Montag", "recurring", None, None),
        ("montags", "montags", "recurring", None, None),
        ("tous les lundis", "tous les lundis", "recurring", None, None),
        ("todos los lunes", "todos los lunes", "recurring", None, None),
        ("ogni luned\u00ec", "ogni luned\u00ec", "recurring", None, None),
        ("toda segunda-feira", "toda segunda-feira", "recurring", None, None),
        ("elke maandag", "elke maandag", "recurring", None, None),
    ],
)
def test_open_and_recurring_times(text: str, words: str, kind: str, start: str | None, end: str | None) -> None:
    found, told = only(text)
    assert (found, told.kind) == (words, kind)
    assert told.start == (datetime.fromisoformat(start).replace(tzinfo=UTC) if start else MIN)
    assert told.end == (datetime.fromisoformat(end).replace(tzinfo=UTC) if end else MAX)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now and currently",  # no interval
        "this may take a while",  # the verbs
        "may I ask",
        "they march on",
        "he sat in the sun and wed her",
        "April Smith called, and June Carter sang",  # names
        "I talked to April Smith",
        "Bruno Mars sings",
        "Ernesto Sabato wrote it",
        "non sono mai stato qui",  # Italian "never"
        "I like mayo",
        "Ich bin hier",  # German "here", not French "yesterday"
        "guten Morgen",
        "the Sunday Times",
        "I have 2022 stamps",
        "I paid 2000 euros for 12 chairs, at 10 Downing Street",
        "version 3.5.2",
        "2026-13-45",
        "I'm going to Rome for three days",  # a duration, not since
        "in a second",
    ],
)
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert told_times(text, FRIDAY) == ()
    assert asked_period(text, FRIDAY) is None
    assert end_of_plan(text, FRIDAY) is None
    assert resolved_text(text, FRIDAY) is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("What did I do yesterday?", "2026-10-29", "2026-10-30"),
        ("Where was I last month?", "2026-09-01", "2026-10-01"),
        ("What happened in December?", "2025-12-01", "2026-01-01"),  # the latest that began
        ("What will I do in December?", "2026-12-01", "2027-01-01"),
        ("What did I read between March 2025 and June 2025?", "2025-03-01", "2025-07-01"),
        ("Did we meet in 2025 or in May?", "2026-05-01", "2026-06-01"),  # the finer one
        ("What have I bought since September?", "2026-09-01", "2026-10-30 12:30"),  # closed by the reference
        ("What is due until Sunday?", "2026-10-30 12:30", "2026-11-02"),
        ("Was habe ich letzte Woche gemacht?", "2026-10-19", "2026-10-26"),
    ],
)
def test_period_that_a_question_asks_for(text: str, start: str, end: str) -> None:
    found = asked_period(text, FRIDAY)
    assert found is not None
    assert found == tuple(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (start, end))


@pytest.mark.parametrize(
    "text", ["When did I move?", "How old is Ana?", "What do I do every Monday?", "Who comes at 5 pm?"]
)
def test_question_without_a_time_asks_for_no_period(text: str) -> None:
    assert asked_period(text, FRIDAY) is None


MONTHS = ["January", "march", "April", "May", "may", "june", "July", "August", "September", "December"]
DATES = st.one_of(
    st.builds("{} {}".format, st.sampled_from(["in", "during", "early", "of"]), st.sampled_from(MONTHS)),
    st.builds("on {}{} {}".format, st.integers(0, 40), st.sampled_from(["", "st", "th"]), st.sampled_from(MONTHS)),
    st.builds("on {} {}, {}".format, st.sampled_from(MONTHS), st.integers(0, 40), st.integers(1900, 2099)),
    st.builds("in {} {}".format, st.sampled_from(MONTHS), st.integers(1900, 2099)),
    st.builds("{} {}".format, st.sampled_from(["in", "of", "during"]), st.integers(1900, 2099)),
)
PAST_MOMENTS = st.integers(1990, 2080).flatmap(
    lambda year: st.integers(0, 364 * 24).map(lambda hours: datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
)


LEADS = ["What did Ana do", "Which trip did they plan", "Is Ana painting", "Who came", "Which exam starts", "stamps"]


@given(st.sampled_from(LEADS), st.lists(DATES, min_size=1, max_size=2), PAST_MOMENTS)
def test_absolute_english_periods_are_those_of_terms(lead: str, dates: list[str], at: datetime) -> None:
    text = f"{lead} {' and '.join(dates)}?"
    found = asked_period(text, at)
    assert (found and tuple(moment.timestamp() for moment in found)) == period(text, at.timestamp())


def test_days_are_those_of_utc() -> None:
    evening_in_lima = datetime(2026, 10, 30, 22, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert days(told_times("today", evening_in_lima)[0]) == ["2026-10-31", "2026-11-01"]


def test_places_are_those_of_the_text_with_combining_marks() -> None:
    text = "Cafe\u0301 e\u0301te\u0301: apre\u0300s-demain!"
    told = told_times(text, FRIDAY)[0]
    assert text[told.start_char : told.end_char] == "apre\u0300s-demain"


def test_only_the_first_characters_are_read() -> None:
    assert told_times("x " * 1_000 + "yesterday", FRIDAY) == ()
    assert resolved_text("yesterday " + "x " * 2_000, FRIDAY) == "yesterday [2026-10-29] " + "x " * 2_000


PIECES = [text for text, *_ in (*ABSOLUTE, *RELATIVE)]
WORDS = [
    "",
    ".",
    ",",
    "3",
    "31",
    "2026",
    "10:30",
    "next",
    "last",
    "in",
    "on",
    "since",
    "until",
    "may",
    "the",
    "of",
    "week",
]
WORDS += ["a", "at", "Friday", "ago", "every", "from", "to"]
TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from([*PIECES, *WORDS]), max_size=12).map(" ".join),
    st.lists(st.one_of(st.sampled_from([*PIECES, *WORDS]), st.text(max_size=3)), max_size=8).map("".join),
)
MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))]))


@given(TEXTS, MOMENTS)
@example("in 999 years, 999 weeks ago and next Monday", MAX)
@example("last winter, yesterday, vor 999 Jahren and tonight at 5 pm", MIN)
@example(
    "3 May, in May, on Friday, this weekend, within 300 years",
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=5))),
)
@example("Monday to Sunday, December to March, laatst decade", datetime(9999, 12, 20, tzinfo=UTC))
@example("ayer por la noche, February to January", datetime(2024, 2, 29, tzinfo=UTC))
def test_any_text_is_read_at_any_time(text: str, at: datetime) -> None:
    last = 0
    for told in told_times(text, at):
        assert last <= told.start_char < told.end_char <= len(text)
        assert told.start < told.end
        last = told.end_char
    asked = asked_period(text, at)
    assert asked is None or asked[0] < asked[1]
    end_of_plan(text, at)
    resolved_text(text, at)


@given(
    st.sampled_from(
        [text for text, _, _, grain in RELATIVE if grain in {"minute", "hour", "day", "week"} and "week" not in text]
    ),
    st.integers(-2_000, 2_000),
)
def test_what_is_told_from_now_moves_with_it(text: str, weeks: int) -> None:
    moved = timedelta(weeks=weeks)
    (first,), (second,) = told_times(text, FRIDAY), told_times(text, FRIDAY + moved)
    assert (second.start, second.end) == (first.start + moved, first.end + moved)


@pytest.mark.parametrize(
    "text",
    [
        "3 may " * 400,
        "monday " * 300,
        " " * 1_990 + "may",
        "1." * 1_000,
        "in a few " * 250,
        "ich habe ge " * 160 + "3. Mai",
    ],
)
def test_hostile_texts_take_no_long_time(text: str) -> None:
    begun = perf_counter()
    end_of_plan(text, FRIDAY)
    assert perf_counter() - begun < 1  # tens of milliseconds, on a loaded machine
