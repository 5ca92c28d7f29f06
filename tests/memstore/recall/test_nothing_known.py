"""The ranking with the product's own model: what is unrelated scores under the usual threshold, an answer well over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from memstore.intake.embed._local import LocalEmbedder
from memstore.recall.columns import Columns
from memstore.recall.embed_query import embed_query
from memstore.recall.query import Query
from memstore.recall.rank import rank
from memstore.recall.recall import DEFAULT_THRESHOLD
from memstore.records.quantisation import quantise
from memstore.records.terms import read

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = 1_700_000_000.0
SURE = 0.3
PERSON = ("I live in Porto", "I prefer tea", "My son is called Rui")
FLEET = ("Our limit is 1,000 euros per van.", "Our IT is outsourced.")
DEUTSCH = ("Ich wohne in Freiburg.", "Meine Tochter heißt Lena.", "Ich esse kein Fleisch.")


def scores(question: str, texts: Sequence[str], *, is_one_message: bool = False) -> list[float]:
    """Return the scores of the texts in their order, each told in a call of its own or all in one message."""
    model, n = LocalEmbedder(), len(texts)
    readings = [read(text) for text in texts]
    vectors, scales = quantise(model.embed(texts))
    store = Columns(
        vectors=vectors,
        scales=scales,
        term_hashes=np.concatenate([reading.terms for reading in readings]),
        term_offsets=np.cumsum([0, *(len(reading.terms) for reading in readings)], dtype=np.int64),
        speaker=np.zeros(n, np.uint64),
        conversation=np.ones(n, np.uint64) if is_one_message else np.arange(1, n + 1, dtype=np.uint64),
        position=np.zeros(n, np.int32),
        said_at=np.full(n, NOW),
        is_question=np.array([reading.is_question for reading in readings]),
        tells_time=np.array([reading.tells_time for reading in readings]),
        tells_place=np.array([reading.tells_place for reading in readings]),
        tells_name=np.array([reading.tells_name for reading in readings]),
        by_person=np.ones(n, np.bool_),
    )
    ranking = rank(Query.read(question, embed_query(model, question), NOW), store, k=n)
    return [float(score) for score in ranking.scores[np.argsort(ranking.indices)]]


@pytest.mark.parametrize("question", ["banana", "what is the capital of Mongolia?", "¿Quién escribió la Ilíada?"])
@pytest.mark.parametrize("texts", [PERSON, PERSON[:1], FLEET])
def test_nothing_is_found_where_nothing_is_known(question: str, texts: Sequence[str]) -> None:
    assert max(scores(question, texts)) < DEFAULT_THRESHOLD


@pytest.mark.parametrize("texts", [PERSON, PERSON[:1]])
def test_answer_in_other_words_is_found(texts: Sequence[str]) -> None:
    assert scores("where does she live?", texts)[0] > SURE


def test_fact_does_not_inherit_the_score_of_another_in_its_message() -> None:
    limit, outsourced = scores("what is the limit per van?", FLEET, is_one_message=True)
    assert limit > SURE
    assert outsourced < DEFAULT_THRESHOLD


def test_unrelated_sentences_of_one_language_are_not_near() -> None:
    assert max(scores("Wie funktioniert ein Transistor?", DEUTSCH)) < DEFAULT_THRESHOLD
    assert scores("Wie heißt die Tochter?", DEUTSCH)[1] > SURE
