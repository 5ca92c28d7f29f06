from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from memstore.intake.embed._fake import FakeEmbedder
from memstore.recall import embed_query as embed_query_module
from memstore.recall.embed_query import embed_query
from memstore.recall.query import without_names
from memstore.recall.unrelated import COHORT, NEAREST, zero
from memstore.records.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Counting(FakeEmbedder):
    def __init__(self) -> None:
        super().__init__(32)
        self.calls: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(list(texts))
        return super().embed(texts)


@pytest.fixture(autouse=True)
def _no_cohort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed_query_module, "_cohorts", {})


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("where does she live?", None),
        ("What does I'm mean?", None),  # words in capitals, none of substance
        ("Where does Anna live?", ("Where does live?", "Anna")),
        ("What is Anna's job?", ("What is job?", "Anna's")),
        ("Anna's job", ("job", "Anna's")),
        ("Does Anna Sousa sail?", ("Does sail?", "Anna Sousa")),
        ("Did Anna see Bo in Rome?", ("Did see in ?", "Anna Bo Rome")),
        ("Anna", None),  # nothing would be left
    ],
)
def test_wording_without_names(text: str, wording: tuple[str, str] | None) -> None:
    assert without_names(text) == wording


def test_both_wordings_are_embedded_in_one_call_and_the_cohort_once() -> None:
    model = Counting()
    first, nameless = embed_query(model, "Where does Anna live?")
    [again, _] = embed_query(model, "Where does Anna live?")
    assert [len(call) for call in model.calls] == [2 + len(COHORT), 2]
    assert nameless.removed.tolist() == terms("Anna").tolist()
    assert first.zero == again.zero
    assert (first.vector == again.vector).all()


@pytest.mark.parametrize(
    ("speakers", "embedded"),
    [
        (("Anna", "Bo"), ["Where does live?"]),
        (("Bo",), ["Where does Anna live?"]),
        ((), ["Where does Anna live?"]),
        (None, ["Where does Anna live?", "Where does live?"]),
    ],
)
def test_where_the_speakers_are_known_one_wording_is_embedded(
    speakers: tuple[str, ...] | None, embedded: list[str]
) -> None:
    named = None if speakers is None else frozenset(int(term) for name in speakers for term in terms(name))
    model = Counting()
    embed_query(model, "Any question")  # takes the cohort along
    embed_query(model, "Where does Anna live?", named)
    assert model.calls[-1] == embedded


def test_zero_is_the_mean_of_the_nearest() -> None:
    cohort = np.eye(8, dtype=np.float32)
    question = np.arange(8, dtype=np.float32)
    assert zero(question, cohort) == pytest.approx(np.mean(range(8 - NEAREST, 8)))
