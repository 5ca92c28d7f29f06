from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memstore.records.time_expressions import end_of_plan, resolved_text

FRIDAY = datetime(2026, 10, 30, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("My deadline is next Friday", "2026-11-07"),
        ("We fly to Rome on 3 May", "2027-05-04"),
        ("Der Termin ist morgen um 10", "2026-11-01"),  # the end of the day, not of the hour
        ("I'm on holiday until Sunday", "2026-11-02"),
        ("Ich bin bis Freitag krankgeschrieben", "2026-11-07"),
        ("exam in two weeks", "2026-11-16"),
        ("I booked a flight for 3 December", "2026-12-04"),
        ("The meeting starts at 10 tomorrow", "2026-11-01"),  # an appointment, told by its start
        ("I heard that the exam is next Friday", "2026-11-07"),
        ("The project is due by the end of the month.", "2026-11-01"),
        ("I'm staying from Monday to Friday", "2026-11-07"),
        ("I'm in Berlin this week. Can you help me plan?", "2026-11-02"),
        ("Hi! My deadline is tomorrow night.", "2026-11-01"),
        ("Urlaub vom 3. bis 7. Mai", "2027-05-08"),
        ("Nous avons rendez-vous lundi prochain", "2026-11-03"),
        ("Tengo un examen en dos semanas", "2026-11-16"),
        ("Il mio esame \u00e8 sabato prossimo", "2026-11-01"),
        ("Tenho consulta amanh\u00e3 \u00e0s 10h", "2026-11-01"),
        ("Ik heb een afspraak op 3 mei", "2027-05-04"),
        ("We are away within the next 3 days", "2026-11-03"),
    ],
)
def test_plan_ends_with_its_day(text: str, end: str) -> None:
    assert end_of_plan(text, FRIDAY) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "I moved on 3 May",  # past
        "I was there yesterday",
        "I went to the dentist today",
        "I was ill this week",
        "I play tennis every Monday",  # recurring
        "Ich spiele montags Tennis",
        "My birthday is on 3 December",  # comes again
        "Mein Geburtstag ist am 3. Dezember",
        "I start on Monday",  # a beginning
        "from June on I work at the bakery",
        "Ich ziehe am 3. Dezember um",
        "I don't start until Monday",
        "I have lived here since 2019",
        "I like tea",
        "Is the exam tomorrow?",  # a question
        "My sister lives in Rome and loves cats. I fly there tomorrow.",  # the first part stays true
        "On 3 May 2026 we meet",  # over already
    ],
)
def test_what_is_not_over_with_a_date_has_no_end(text: str) -> None:
    assert end_of_plan(text, FRIDAY) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My deadline is next Friday", "My deadline is next Friday [2026-11-06]"),
        ("I was there yesterday, in Rome", "I was there yesterday [2026-10-29], in Rome"),
        ("Letzten Monat war ich krank", "Letzten Monat [2026-09] war ich krank"),
        ("last year", "last year [2025]"),
        ("last week", "last week [2026-10-19 to 2026-10-25]"),
        ("last summer", "last summer [2026-06-01 to 2026-08-31]"),
        ("morgen um 10:15 Uhr", "morgen um 10:15 Uhr [2026-10-31 10:15]"),
        ("until Friday", "until Friday [2026-11-06]"),
        ("Wednesday's meeting", "Wednesday's [2026-11-04] meeting"),
        ("mañana y pasado mañana", "mañana [2026-10-31] y pasado mañana [2026-11-01]"),
    ],
)
def test_relative_times_are_shown_with_their_dates(text: str, expected: str) -> None:
    assert resolved_text(text, FRIDAY) == expected
    assert resolved_text(expected, FRIDAY) is None  # once is enough


@pytest.mark.parametrize("text", ["I moved on 3 May", "every Monday", "I like tea", "in 2025"])
def test_text_without_a_relative_time_is_not_changed(text: str) -> None:
    assert resolved_text(text, FRIDAY) is None


@pytest.mark.parametrize(
    "text",
    [
        "Our branch opens at 9:30.",
        "Der Laden schließt um 18 Uhr",
        "La boutique ouvre à 9h30",
        "Abrimos a las 10",
        "I work until 5 pm",
    ],
)
def test_a_time_of_day_in_the_present_is_a_habit(text: str) -> None:
    assert end_of_plan(text, FRIDAY) is None


def test_a_time_of_day_in_the_future_is_a_plan() -> None:
    assert end_of_plan("I'll call you at 5 pm", FRIDAY) == datetime(2026, 10, 31, tzinfo=UTC)
