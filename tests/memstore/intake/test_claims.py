"""Reading of statements into claims, by behaviour and language. Pure: nothing here needs a database."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memstore.intake.claims import Claim, Modality, content_stems, read_claims, slot_keys


def claim_of(text: str, attribute: str) -> Claim:
    found = [claim for claim in read_claims(text) if claim.attribute == attribute]
    assert found, [(claim.who, claim.attribute, claim.value) for claim in read_claims(text)]
    return found[0]


@pytest.mark.parametrize(
    ("text", "attribute", "value"),
    [
        ("I live in Oslo.", "residence", "oslo"),
        ("Ich wohne in Gera.", "residence", "gera"),
        ("J'habite à Nancy.", "residence", "nancy"),
        ("Vivo en Bilbao.", "residence", "bilba"),  # stems, so that forms of a word are equal
        ("Abitiamo a Trento.", "residence", "trent"),
        ("We've moved to Oslo.", "residence", "oslo"),
        ("I work for Orbex.", "employer", "orbex"),
        ("Ticketnummer: 4711", "ticketnumm:number", "4711"),
        ("My bank is Orrin.", "bank", "orrin"),
        ("My hourly rate is 70 euros.", "rate:money", "70"),
        ("I charge 70 euros an hour.", "rate:money", "70"),
        ("The garage code is 4411.", "garag password:number", "4411"),
        ("Please write to me by email.", "contact", "email"),
        ("Bitte ruft mich an.", "contact", "phone"),
        ("I'm married.", "marital", "married"),
        ("Ich esse kein Fleisch.", "diet", "vegetarian"),
        ("I'd rather have a window seat.", "seat", "window"),
        ("I cycle to work.", "commute", "bike"),
        ("My daughter is seven.", "age", "7"),
        ("We have three children.", "count:child", "3"),
        ("Status of order 12: shipped", "12 order status", "ship"),
        ("The workshop is on 12 May 2026.", "workshop:date", "2026-05-12"),
        ("The standup is at 9:30.", "standup:clock", "09:30"),
    ],
)
def test_an_attribute_is_read_with_its_value(text: str, attribute: str, value: str) -> None:
    claim = claim_of(text, attribute)
    assert claim.value == value
    assert claim.one
    assert claim.holds


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("I live in Oslo.", "self"),
        ("User lives in Oslo.", "self"),
        ("Der Kunde wohnt in Gera.", "self"),
        ("My brother lives in Oslo.", "brother"),
        ("Meine Tochter wohnt in Gera.", "daughter"),
        ("Ma sœur habite à Nancy.", "sister"),
        ("Nora lives in Oslo.", "nora"),
    ],
)
def test_a_claim_tells_whose_it_is(text: str, who: str) -> None:
    assert claim_of(text, "residence").who == who


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("I might move to Oslo.", Modality.PLAN),
        ("I'm thinking of moving to Oslo.", Modality.PLAN),
        ("I'd love to live in Oslo.", Modality.WISH),
        ("If I lived in Oslo I would ski.", Modality.HYPOTHESIS),
        ("Do I live in Oslo?", Modality.QUESTION),
        ("My boss says I should move to Oslo.", Modality.HEARSAY),
        ("I used to live in Oslo.", Modality.PAST),
        ("Ich möchte in Gera wohnen.", Modality.WISH),
        ("Wenn ich in Gera wohnen würde!", Modality.HYPOTHESIS),
        ("Je vais déménager à Nancy.", Modality.PLAN),
        ("Ojalá viviera en Bilbao.", Modality.WISH),
        ("Forse mi trasferisco a Trento.", Modality.PLAN),
    ],
)
def test_what_is_no_fact_is_none(text: str, modality: Modality) -> None:
    claims = read_claims(text)
    assert claims[0].modality is modality
    assert slot_keys(claims) == ()


@pytest.mark.parametrize(
    ("text", "changes", "corrects", "ends"),
    [
        ("I live in Oslo.", False, False, False),
        ("I live in Oslo now.", True, False, False),
        ("Correction: the code is 4411.", False, True, False),
        ("Sorry, at 5.", False, True, False),
        ("Sorry for the delay with the form.", False, False, False),
        ("I sold the scooter.", False, False, True),
        ("I have not sold the scooter.", False, False, False),
        ("Ich spiele keine Trompete mehr.", True, False, True),
        ("Je ne joue plus du violon.", True, False, True),
        ("Ya no toco el piano.", True, False, True),
        ("Non leggo più il giornale.", True, False, True),
    ],
)
def test_marks_are_read(text: str, *, changes: bool, corrects: bool, ends: bool) -> None:
    claims = read_claims(text)
    assert any(claim.changes for claim in claims) is changes
    assert any(claim.corrects for claim in claims) is corrects
    assert any(claim.ends for claim in claims) is ends


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("It's Friday, not Thursday.", "thursday"),
        ("We switched from Solis to Hydra.", "soli"),
        ("J'ai remplacé la flûte par le hautbois.", "flut"),
    ],
)
def test_the_old_value_is_read(text: str, old: str) -> None:
    assert read_claims(text)[0].old_value == old


def test_likes_of_one_thing_are_one_claim() -> None:
    keys = {slot_keys(read_claims(text)) for text in ("I like tea.", "I love tea.", "I'm a fan of tea.", "I hate tea.")}
    assert keys == {("self|like|tea",)}
    assert not claim_of("I hate tea.", "like").holds


def test_two_conditions_are_two_attributes() -> None:
    weekdays, saturdays = (slot_keys(read_claims(f"I work at Orbex {when}.")) for when in ("", "on Saturdays"))
    assert weekdays != saturdays


def test_clauses_of_a_message_are_read_apart() -> None:
    claims = read_claims("Hi! I live in Oslo, and my bank is Orrin.")
    assert {(claim.attribute, claim.value) for claim in claims if claim.attribute} == {
        ("residence", "oslo"),
        ("bank", "orrin"),
    }
    assert len({claim.clause for claim in claims if claim.attribute}) == 2


def test_a_speaker_in_front_is_no_content() -> None:
    assert read_claims("Anna: I live in Oslo.", speaker="Anna") == read_claims("I live in Oslo.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Der Zahnarzttermin", "Termin beim Zahnarzt"),
        ("my account", "my bank"),
        ("mon compte", "ma banque"),
    ],
)
def test_words_of_one_meaning_share_stems(one: str, other: str) -> None:
    assert content_stems(one) & content_stems(other)


def test_denials_and_words_of_change_are_no_content() -> None:
    assert content_stems("I do not play the trumpet any more now") == content_stems("I play the trumpet")


def test_other_languages_give_no_attribute() -> None:
    assert all(not claim.attribute for claim in read_claims("私は東京に住んでいます。"))


@pytest.mark.parametrize("text", ["a" * 50_000, "12:" * 20_000, "a@" * 25_000, "not " * 12_000, "I live in " * 5_000])
def test_a_long_text_is_read_in_bounded_time(text: str) -> None:
    start = time.perf_counter()
    read_claims(text)
    content_stems(text)
    assert time.perf_counter() - start < 0.5  # seconds; about 0.02 are taken


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    claims = read_claims(text)
    assert read_claims(text) == claims
    assert all("|" in key for key in slot_keys(claims))


@pytest.mark.parametrize(
    "text",
    [
        "Vendí la moto",
        "He desistido de la reclamación",
        "Streichen Sie meinen Termin am Freitag",
        "J'ai résilié mon assurance",
        "Ho disdetto il contratto",
        "I packed the cigarettes in",
        "Die Ukulele hab ich an den Nagel gehängt",
    ],
)
def test_verbs_of_ending_end_in_each_language(text: str) -> None:
    assert any(claim.ends and not claim.holds for claim in read_claims(text))


@pytest.mark.parametrize(
    "text", ["I sell handmade bags", "We close at 6", "Vendo bolsos", "La boutique ferme à 18 heures"]
)
def test_what_is_done_again_and_again_ends_nothing(text: str) -> None:
    assert not any(claim.ends for claim in read_claims(text))


@pytest.mark.parametrize(
    "text", ["*Tuesday", "No, Tuesday", "oh no wait, Tuesday", "Nee, am Dienstag", "Euh non, mardi"]
)
def test_an_opening_no_corrects(text: str) -> None:
    assert all(claim.corrects for claim in read_claims(text))


def test_a_no_that_opens_nothing_corrects_nothing() -> None:
    assert not any(claim.corrects for claim in read_claims("I have no garden"))


def test_a_polite_question_for_good_is_told_as_a_change() -> None:
    [claim] = read_claims("Could the mortgage go out on the 22nd in future?")
    assert (claim.modality, claim.changes) == (Modality.FACT, True)
    [once] = read_claims("Could the mortgage go out on the 22nd?")
    assert once.modality is Modality.QUESTION
