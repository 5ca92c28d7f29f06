from __future__ import annotations

import subprocess
import sys
import unicodedata
from datetime import UTC, datetime
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memstore.records import terms as terms_module
from memstore.records.terms import (
    MAX_CHARACTERS,
    STOP_WORDS,
    asks_when,
    asks_where,
    name_hash,
    period,
    read,
    speaker_in,
    terms,
    text_hash,
    tokens,
)

NOW = datetime(2023, 9, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paints", "painting"),  # inflections
        ("Melanie's", "Melanie"),  # possessive
        ("Melanie\u2019s", "Melanie's"),  # typographic apostrophe
        ("LISBON", "lisbon"),  # case
        ("café", "cafe"),  # accents, for those who type without them
        ("stra\u00dfe", "STRASSE"),  # case folding
        ("\uff2c\uff29\uff33\uff22\uff2f\uff2e", "Lisbon"),  # full-width letters
    ],
)
def test_forms_of_a_word_share_their_term(one: str, other: str) -> None:
    assert terms(one).tolist() == terms(other).tolist() != []


def test_every_occurrence_of_a_word_is_kept_in_order() -> None:
    tea, coffee = terms("tea coffee").tolist()
    assert terms("Tea, coffee; tea. The tea!").tolist() == [tea, coffee, tea, tea]
    assert terms("tea").dtype == np.uint32


@pytest.mark.parametrize("text", ["", "   ", "?!", "\U0001f600", "I've been there, haven't I?", "when where who"])
def test_text_without_content_words_has_no_terms(text: str) -> None:
    assert terms(text).tolist() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u65e5\u672c abc", ["\u65e5", "\u672c", "abc"]),  # unspaced script: each character
        (
            "\u0939\u093f\u0928\u094d\u0926\u0940 \u092d\u093e\u0937\u093e",
            None,
        ),  # vowel signs belong to the word
        ("user_name", ["user", "name"]),  # an underscore parts words
        ("o'brien's", ["o'brien's"]),  # inner apostrophes do not
        ("2023-05-03", ["2023", "05", "03"]),  # numbers are words
    ],
)
def test_tokens_follow_the_script(text: str, expected: list[str] | None) -> None:
    assert tokens(text) == (expected or text.split())


def test_hash_is_the_same_in_another_process() -> None:
    # PYTHONHASHSEED differs between processes; a card outlives both.
    program = "from memstore.records.terms import *; print(terms('painted clocks').tolist(), text_hash('ana'))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == f"{terms('painted clocks').tolist()} {text_hash('ana')}"


def test_hashes_never_change_between_versions() -> None:
    # Changing these would make every stored card unfindable by word.
    assert terms("lisbon clocks").tolist() == [1251327449, 2178423844]
    assert text_hash("ana") == 0x3C1A5A3815011925


def test_only_the_first_characters_are_read() -> None:
    assert len(terms("tea " * MAX_CHARACTERS)) == MAX_CHARACTERS // 4
    assert len(terms("x" * (MAX_CHARACTERS + 1))) == 1


def test_threads_stem_alike() -> None:
    words = [f"walking{'s' * (number % 3)} number{number}" for number in range(500)]
    expected = [terms(word).tolist() for word in words]
    terms_module._term_hash.cache_clear()
    results: dict[int, list[list[int]]] = {}

    def work(number: int) -> None:
        results[number] = [terms(word).tolist() for word in words]

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result == expected for result in results.values())
    assert len(results) == 4


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert 0 not in terms(text)
    assert np.array_equal(read(text).terms, terms(text))
    assert 0 < text_hash(text) < 2**64
    assert 0 <= name_hash(text) < 2**64
    period(text, NOW)
    speaker_in(text)


@given(st.text(st.characters(categories=["L", "N", "Zs"])))
def test_composed_and_decomposed_text_have_the_same_terms(text: str) -> None:
    assert np.array_equal(terms(unicodedata.normalize("NFC", text)), terms(unicodedata.normalize("NFD", text)))


def test_stop_words_are_single_tokens() -> None:
    assert {word for word in STOP_WORDS if tokens(word) != [word]} == set()


@pytest.mark.parametrize(
    ("text", "is_question", "tells_time"),
    [
        ("Did you paint it?", True, False),
        ("Really? I saw it yesterday.", True, True),
        ("I painted it in June", False, True),
        ("We adopted him in 2019", False, True),
        ("I may march on", False, False),  # the verbs, not the months
        ("\u65e5\u672c\uff1f", True, False),  # full-width question mark
    ],
)
def test_reading_says_whether_a_text_asks_or_tells_a_time(text: str, is_question: bool, tells_time: bool) -> None:
    reading = read(text)
    assert (reading.is_question, reading.tells_time) == (is_question, tells_time)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("When did she move?", True),
        ("How long has he had a dog?", True),
        ("In which year was that?", True),
        ("How many children?", False),
        ("whenever", False),
    ],
)
def test_questions_for_a_time_are_seen(text: str, expected: bool) -> None:
    assert asks_when(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where did she go?", True),
        ("Which city is it?", True),
        ("Does he live alone?", True),
        ("What did she buy?", False),
        ("Nowhere", False),
    ],
)
def test_questions_for_a_place_are_seen(text: str, expected: bool) -> None:
    assert asks_where(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I moved to Lisbon in May", True),
        ("We camped in the Alps", True),
        ("From \u00d3bidos, with love", True),  # a capital beyond ASCII
        ("I moved in May", False),
        ("I talked to him", False),
        ("Then in I came", False),
        ("on Lisbon", False),
    ],
)
def test_reading_says_whether_a_text_names_a_place(text: str, expected: bool) -> None:
    assert read(text).tells_place is expected


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("dinner on May 3, 2023", "2023-05-03", "2023-05-04"),
        ("the 3rd of May 2023", "2023-05-03", "2023-05-04"),
        ("15 July", "2023-07-15", "2023-07-16"),
        ("in August", "2023-08-01", "2023-09-01"),
        ("in may", "2023-05-01", "2023-06-01"),
        ("in December", "2022-12-01", "2023-01-01"),  # the last one before now
        ("between March 2023 and June 2023", "2023-03-01", "2023-07-01"),  # from the first to the last
        ("during 2022", "2022-01-01", "2023-01-01"),
        ("on 31 February 2023", "2023-02-01", "2023-03-01"),  # no such day: the month
    ],
)
def test_period_is_what_the_text_names(text: str, start: str, end: str) -> None:
    found = period(text, NOW)
    assert found is not None
    assert [datetime.fromtimestamp(at, UTC).date().isoformat() for at in found] == [start, end]


@pytest.mark.parametrize("text", ["", "may I ask", "they march on", "I have 2022 stamps", "yesterday"])
def test_text_without_a_date_names_no_period(text: str) -> None:
    assert period(text, NOW) is None


def test_name_is_known_by_its_first_and_its_last_word() -> None:
    both = name_hash("Ana Luisa Sousa")
    assert [both >> 32, both & 0xFFFF_FFFF] == terms("ana sousa").tolist()
    assert name_hash("Ana") == int(terms("Ana")[0]) * (2**32 + 1)
    assert name_hash("") == name_hash("?") == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Caroline: I went hiking", "Caroline"),
        ("Ana Luisa O'Brien: hello", "Ana Luisa O'Brien"),
        ("I went at 5: it rained", None),
        ("https://example.org", None),
        ("lower: case", None),
        ("One Two Three Four: five", None),
    ],
)
def test_speaker_stands_in_front_of_a_line_of_dialogue(text: str, name: str | None) -> None:
    assert speaker_in(text) == name
