"""Where no rule knows what two statements are to each other, their signals are weighed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memstore.intake.claims import content_stems, read_claims
from memstore.reconcile import Candidate, Kind, Statement, decide
from memstore.reconcile.signals import is_comparable, signals, tell_other_things
from memstore.reconcile.weigh import RELATED, weigh
from memstore.reconcile.weights import BIAS, WEIGHTS

THEN = datetime(2026, 3, 1, 9, tzinfo=UTC)


def statement(text: str, days: float = 0.0, **given_: object) -> Statement:
    fields: dict[str, object] = {"speaker": None, "by_person": True, **given_}
    return Statement(
        id=f"{days}",
        text=text,
        claims=read_claims(text),
        said_at=THEN + timedelta(days=days),
        conversation=f"{int(days)}",
        stems=content_stems(text),
        **fields,  # type: ignore[arg-type]
    )


def test_each_signal_has_weights_and_each_weight_a_signal() -> None:
    found = signals(statement("I live in Porto", 40), statement("I live in Rome"), 0.5)
    assert found.keys() == WEIGHTS.keys()
    assert {len(row) for row in (*WEIGHTS.values(), BIAS)} == {4}


@given(a=st.text(max_size=60), b=st.text(max_size=60), cosine=st.floats(-1, 1), days=st.floats(0.001, 400))
def test_whatever_is_said_a_probability_comes(a: str, b: str, cosine: float, days: float) -> None:
    related, _ = weigh(statement(b, days), statement(a), cosine)
    assert 0 <= related <= 1


@given(a=st.text(max_size=60), b=st.text(max_size=60), cosine=st.floats(-1, 1))
def test_signals_are_bounded(a: str, b: str, cosine: float) -> None:
    assert all(-1 <= value <= 1 for value in signals(statement(b, 40), statement(a), cosine).values())


@pytest.mark.parametrize(
    ("earlier", "later", "cosine"),
    [
        ("My rent is 790 a month", "I pay rent of 820 a month", 0.8),
        ("Je paie un loyer de 790 euros.", "Mon loyer est de 820 euros.", 0.75),
    ],
)
def test_another_value_of_one_thing_takes_its_place_without_a_word_of_change(
    earlier: str, later: str, cosine: float
) -> None:
    [relation] = decide(statement(later, 40), [Candidate(statement(earlier), cosine)])
    assert relation.kind is Kind.SUPERSEDES


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("I live in Porto", "I would love to live in Porto by the sea"),  # a wish
        ("I live in Porto", "If I lived in Lisbon I would swim"),
        ("My son is 4", "My daughter is 7"),  # of another person
        ("I like Thai food", "I like Ethiopian food"),  # one has many likes
    ],
)
def test_what_cannot_be_about_one_thing_is_not_weighed(earlier: str, later: str) -> None:
    assert not is_comparable(statement(later, 40), statement(earlier))
    assert decide(statement(later, 40), [Candidate(statement(earlier), 0.99)]) == ()


def test_another_speaker_or_an_assistant_is_not_weighed() -> None:
    old = statement("My rent is 790 a month", speaker="ana")
    assert not is_comparable(statement("My rent is 820 a month", 40, speaker="bob"), old)
    assert not is_comparable(statement("My rent is 820 a month", 40, speaker="ana", by_person=False), old)


def test_two_things_with_a_value_each_stay_and_the_later_one_is_recalled_first() -> None:
    car, house = "The car is insured with Mutalia", "The house is insured with Ormeo"
    assert tell_other_things(statement(house, 40), statement(car))
    for relation in decide(statement(house, 40), [Candidate(statement(car), 0.7)]):
        assert not relation.wholly


def test_what_is_in_doubt_leaves_the_earlier_statement_current() -> None:
    later, earlier = statement("Der Laden macht um 18 Uhr zu", 40), statement("Unser Laden hat bis 20 Uhr offen")
    related, found = weigh(later, earlier, 0.35)
    assert related < RELATED
    assert found is None or not found.wholly


def test_a_correction_without_a_subject_puts_right_what_was_just_said() -> None:
    earlier = statement("The plumber's invoice came to 1,280 pounds.")
    for text in ("*1,208 pounds", "No, 1,208 pounds", "oh no wait, 1,208 pounds"):
        [relation] = decide(statement(text, 0.001), [Candidate(earlier, 0.4)])
        assert (relation.kind, relation.wholly) == (Kind.SUPERSEDES, True)
