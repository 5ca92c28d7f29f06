"""What a new statement does to the current ones, by behaviour. Pure: nothing here needs a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memstore.intake.claims import content_stems, held_keys, read_claims, slot_keys
from memstore.reconcile import Candidate, Kind, Relation, Statement, decide, is_marked

THEN = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = THEN + timedelta(days=60)
SOON = THEN + timedelta(minutes=2)


def statement(
    text: str, said_at: datetime = THEN, *, name: str = "old", speaker: str | None = None, conversation: str = "c"
) -> Statement:
    return Statement(
        id=name,
        text=text,
        claims=read_claims(text, speaker=speaker),
        said_at=said_at,
        speaker=speaker,
        conversation=conversation,
        stems=content_stems(text),
    )


def relations(new: str, *old: str, said_at: datetime = LATER, conversation: str = "c") -> tuple[Relation, ...]:
    current = [Candidate(statement(text, name=f"old{k}")) for k, text in enumerate(old)]
    return decide(statement(new, said_at, name="new", conversation=conversation), current)


def kinds(new: str, *old: str, said_at: datetime = LATER) -> list[Kind]:
    return [relation.kind for relation in relations(new, *old, said_at=said_at)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("I live in Oslo.", "We moved to Bergen in spring."),
        ("I work for Orbex.", "I work for Lumen now."),
        ("My bank is Orrin.", "I've switched banks, I'm with Delta now."),
        ("The garage code is 4411.", "The garage code is 8820."),
        ("Our electricity comes from Solis.", "We switched from Solis to Hydra."),
        ("The standup is at 9:30.", "The standup moved to 10."),
        ("Meine Schuhgröße ist 42.", "Meine Schuhgröße ist jetzt 43."),
        ("Mein Vermieter heißt Brandt.", "Unser neuer Vermieter ist Herr Lutz."),
        ("Je joue de la flûte.", "J'ai remplacé la flûte par le hautbois."),
        ("El tren sale del andén 3.", "El tren sale ahora del andén 8."),
        ("Il negozio apre alle 9.", "Da lunedì il negozio apre alle 8."),
        ("We have 3 vans.", "We're up to 5 vans."),
    ],
)
def test_a_new_value_supersedes(old: str, new: str) -> None:
    assert kinds(new, old) == [Kind.SUPERSEDES]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The garage code is 4411.", "Oops, typo, 4414."),
        ("The workshop is on Monday.", "Sorry, I meant Tuesday."),
        ("Unser Zug fährt um 8 Uhr.", "Quatsch, um 9 Uhr."),
        ("Mon code est le 4412.", "Erreur, c'est 4421."),
        ("La clase es en el aula 4.", "Mejor dicho, en el aula 14."),
        ("Il volo parte da Pisa.", "Scusa, da Roma."),
    ],
)
def test_a_correction_is_of_the_newest_statement_that_fits(old: str, new: str) -> None:
    found = relations(new, "I play the trumpet.", old, said_at=SOON)
    assert [(relation.id, relation.kind) for relation in found] == [("old1", Kind.SUPERSEDES)]


def test_a_vague_correction_of_another_conversation_is_of_nothing() -> None:
    assert relations("Sorry, at 5.", "The garage opens at 9.", conversation="other") == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("I ride a scooter.", "I sold the scooter."),
        ("We're going to Rome from 2 to 6 May.", "We cancelled the trip to Rome."),
        ("I smoke ten a day.", "I stopped smoking."),
        ("Ich spiele Trompete.", "Ich spiele keine Trompete mehr."),
        ("Termin beim Zahnarzt am 3. Mai", "Der Zahnarzttermin am 3. Mai ist abgesagt."),
        ("J'ai une trottinette.", "J'ai vendu la trottinette."),
        ("Tengo un perro, Bruno.", "Bruno murió el domingo."),
        ("Sono iscritta al corso di yoga.", "Mi sono ritirata dal corso di yoga."),
        ("I live in Oslo.", "I no longer live in Oslo."),
    ],
)
def test_an_end_retracts(old: str, new: str) -> None:
    assert kinds(new, old) == [Kind.RETRACTS]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("I live in Oslo.", "I'm based in Oslo."),
        ("I like tea.", "I really love tea."),
        ("I'm a nurse.", "I work as a nurse."),
        ("The report is due on 25 September.", "Deadline for the report: 25 Sept"),
        ("Ich bin gegen Nüsse allergisch.", "Ich habe eine Nussallergie."),
        ("Je suis végétarien.", "Je ne mange pas de viande."),
        ("Mi móvil es el 655 100 200.", "Móvil: 655 100 200"),
        ("Ho due figli.", "Abbiamo due figli."),
    ],
)
def test_the_same_fact_in_other_words_is_a_duplicate(old: str, new: str) -> None:
    assert kinds(new, old) == [Kind.DUPLICATES]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("My brother lives in Rome.", "I live in Oslo."),
        ("I live in Oslo.", "I'm spending this week in Madrid."),
        ("The SSH port is 22.", "The HTTP port is 80."),
        ("I like tea.", "I don't like coffee."),
        ("I love Rome.", "We cancelled the trip to Rome."),
        ("I work at Orbex.", "I no longer take the bus to work."),
        ("My landlord is Mr Bates.", "My landlord changed the locks on Monday."),
        ("I have a dog.", "My neighbour's dog died yesterday."),
        ("I drink coffee in the morning.", "I no longer drink coffee in the evening."),
        ("I lived in Oslo for years.", "I live in Bergen."),
        ("Monday's class is at 10.", "Wednesday's class is at 12."),
        ("My bank is Orrin.", "I no longer go to the bank in person."),
        ("I bought 3 books.", "I bought 5 books."),
        ("J'ai payé 40 euros.", "J'ai payé 60 euros."),
        ("Lodger Pete pays 400 a month.", "Lodger Sam pays 450 a month."),
        # No facts.
        ("I live in Oslo.", "I might move to Bergen."),
        ("I work at Orbex.", "If I worked at Lumen I would earn more."),
        ("My bank is Orrin.", "My sister says I should switch to Delta."),
        ("Ich spiele Trompete.", "Ich überlege, die Trompete zu verkaufen."),
        ("J'habite à Nancy.", "Et si on déménageait à Nice ?"),
        ("Tengo una moto.", "A lo mejor vendo la moto."),
        ("Abito a Trento.", "Vorrei abitare a Roma."),
    ],
)
def test_what_both_are_true_is_left_alone(old: str, new: str) -> None:
    assert kinds(new, old) == []


def test_another_speaker_tells_of_himself() -> None:
    old = Candidate(statement("I live in Oslo.", speaker="Ann"))
    assert decide(statement("I live in Bergen.", LATER, name="new", speaker="Ben"), [old]) == ()


def test_two_speakers_contradict_each_other_on_one_thing() -> None:
    old = Candidate(statement("The party is at the Red Lion.", speaker="Ann"))
    found = decide(statement("The party is at the White Horse.", THEN, name="new", speaker="Ben"), [old])
    assert [relation.kind for relation in found] == [Kind.CONTRADICTS]


def test_an_assistant_ends_nothing_that_a_person_said() -> None:
    new = replace(statement("User lives in Bergen now.", LATER, name="new"), by_person=False)
    assert [relation.kind for relation in decide(new, [Candidate(statement("I live in Oslo."))])] == [Kind.CONTRADICTS]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("I was born on 12 March 1985.", "Date of birth: 21 March 1985"),
        ("Blood group: A", "Blood group: B"),
        ("Ich bin in Gera geboren.", "Ich bin in Jena geboren."),
    ],
)
def test_what_no_life_changes_contradicts(old: str, new: str) -> None:
    assert kinds(new, old) == [Kind.CONTRADICTS]


@pytest.mark.parametrize(
    ("current", "late"),
    [
        ("I live in Bergen.", "I live in Oslo."),
        ("I sold the scooter.", "I ride a scooter."),
        ("Status of ticket 12: closed", "Status of ticket 12: open"),
    ],
)
def test_what_arrives_late_is_history_at_once(current: str, late: str) -> None:
    found = decide(statement(late, name="new"), [Candidate(statement(current, LATER))])
    assert [relation.kind for relation in found] == [Kind.OUTDATED]


def test_the_rest_of_a_statement_stays_true() -> None:
    found = relations("I sold the scooter.", "I ride a scooter, and my bank is Orrin.")
    assert [(relation.kind, relation.wholly) for relation in found] == [(Kind.RETRACTS, False)]
    assert relations("I sold the scooter.", "I ride a scooter.")[0].wholly


def test_only_a_marked_statement_asks_for_neighbours() -> None:
    assert not is_marked(statement("I live in Oslo."))
    assert is_marked(statement("I sold the scooter."))
    assert is_marked(statement("Sorry, at 5."))
    assert not is_marked(statement("I might sell the scooter."))


def test_a_cosine_alone_decides_nothing() -> None:
    new = statement("I play chess.", LATER, name="new")
    assert decide(new, [Candidate(statement("I play tennis."), 0.99)]) == ()


_WORDS = st.lists(
    st.sampled_from(
        [
            "I",
            "we",
            "my",
            "no",
            "longer",
            "not",
            "live",
            "work",
            "in",
            "Oslo",
            "Bergen",
            "sold",
            "the",
            "scooter",
            "bank",
            "is",
            "Orrin",
            "sorry",
            "meant",
            "5",
            "9:30",
            "Monday",
            "ich",
            "wohne",
            "nicht",
            "mehr",
            "now",
            "moved",
            "to",
            ",",
            ".",
            "?",
            ":",
            "if",
            "might",
            "je",
            "ne",
            "plus",
        ]
    ),
    max_size=14,
).map(" ".join)
_TEXTS = st.one_of(_WORDS, st.text(max_size=80))
_TIMES = st.integers(0, 5).map(lambda hours: THEN + timedelta(hours=hours))
_STATEMENTS = st.tuples(_TEXTS, _TIMES)


@settings(max_examples=150, deadline=None)
@given(_STATEMENTS, st.lists(_STATEMENTS, max_size=4))
def test_the_order_of_candidates_does_not_matter(new: tuple[str, datetime], old: list[tuple[str, datetime]]) -> None:
    current = [Candidate(statement(text, at, name=f"old{k}")) for k, (text, at) in enumerate(old)]
    one = statement(*new, name="new")
    assert len({decide(one, order) for order in permutations(current)}) == 1


@settings(max_examples=200, deadline=None)
@given(_STATEMENTS, _STATEMENTS)
def test_nothing_makes_history_of_what_was_said_later(new: tuple[str, datetime], old: tuple[str, datetime]) -> None:
    for relation in decide(statement(*new, name="new"), [Candidate(statement(*old))]):
        if new[1] < old[1]:
            assert relation.kind not in (Kind.SUPERSEDES, Kind.RETRACTS)
        else:
            assert relation.kind is not Kind.OUTDATED


@settings(max_examples=200, deadline=None)
@given(_STATEMENTS)
def test_an_equal_statement_is_a_duplicate(one: tuple[str, datetime]) -> None:
    found = decide(statement(*one, name="new"), [Candidate(statement(*one))])
    assert [relation.kind for relation in found] == [Kind.DUPLICATES]


@settings(max_examples=200, deadline=None)
@given(_WORDS, _WORDS)
def test_one_held_key_never_stays_twice_without_a_relation(new: str, old: str) -> None:
    first, second = statement(old), statement(new, LATER, name="new")
    if set(held_keys(first.claims)) & set(held_keys(second.claims)):
        assert decide(second, [Candidate(first)])


def test_a_denial_holds_no_key() -> None:
    denial = read_claims("I don't live in Rome.")
    assert held_keys(denial) == ()
    assert slot_keys(denial) == held_keys(read_claims("I live in Oslo.")) == ("self|residence",)
