"""A statement and a question meet in a topic that one of them does not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memstore.records.topics import asked_topics, told_topics


@pytest.mark.parametrize(
    ("statement", "question"),
    [
        ("I play handball in the district league", "Which sport does she do?"),
        ("Ich spiele Handball in der Bezirksliga", "Welchen Sport treibt sie?"),
        ("Soy celíaca", "¿Qué comida no tolera?"),
        ("Tengo una moto de 125", "¿Qué vehículo tiene?"),
        ("I've been a widower since 2019", "Is he married?"),
        ("I had my left hip replaced", "Has she had any operations?"),
        ("Il mio cane si chiama Argo", "Ha animali?"),
        ("Je joue du violon", "De quel instrument joue-t-elle ?"),
    ],
)
def test_a_topic_is_told_and_asked(statement: str, question: str) -> None:
    assert set(told_topics(statement)) & set(asked_topics(question))


@pytest.mark.parametrize("text", ["", "I live in Porto", "大阪に住んでいます", "12:30"])
def test_most_texts_tell_and_ask_none(text: str) -> None:
    assert told_topics(text) == asked_topics(text) == ()


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert told_topics(text) == tuple(sorted(set(told_topics(text))))
    assert asked_topics(text) == tuple(sorted(set(asked_topics(text))))
