"""The embedding of a question: all that ranking wants of the embedder, in one call of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memstore.recall.query import Wording, without_names
from memstore.recall.third_person import as_pronoun
from memstore.recall.unrelated import COHORT, zero
from memstore.records.terms import terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from memstore.intake.embed import Embedder

_cohorts: dict[str, NDArray[np.float32]] = {}  # by model, for the life of the process: it depends on nothing else


def embed_query(model: Embedder, text: str, speakers: frozenset[int] | None = None) -> list[Wording]:
    """Return the wordings of a question (`Query.wordings`). May call another server. Raises ProviderError.

    `speakers`: terms of the names of all who speak in what is asked, None if unknown. It says which wording counts,
    so that one is embedded, not two: that is most of a recall's time.

    The first question of a process takes the cohort along: 48 short sentences, 0.2 to 0.6 s with the local model.
    """
    text = as_pronoun(text)
    nameless = without_names(text)
    wordings = [(text, ""), nameless] if nameless else [(text, "")]
    if nameless and speakers is not None:
        are_speakers = speakers.issuperset(terms(nameless[1]).tolist())
        wordings = [(nameless[0] if are_speakers else text, "")]
    cohort = _cohorts.get(model.model_id)
    vectors = model.embed([*(wording for wording, _ in wordings), *(COHORT if cohort is None else ())])
    if cohort is None:
        cohort = _cohorts[model.model_id] = vectors[len(wordings) :]
    return [
        Wording(vector, zero(vector, cohort), np.unique(terms(removed)))
        for vector, (_, removed) in zip(vectors, wordings, strict=False)
    ]
