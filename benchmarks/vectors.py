"""One book of vectors for both stores: each text's vector is made before any clock runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.timing import say
from memstore.recall.query import without_names
from memstore.recall.unrelated import COHORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

DIMENSIONS = 384
TOPICS = 64
SPREAD = 1.0  # length of a vector's own part beside its topic's; two of one topic have a cosine of about 0.5


class VectorBook:
    """An `Embedder` of memstore. A text that is not in the book is a mistake of the benchmark. Raises KeyError.

    The cohort comes into it when it is asked for. A question without its names that is not in the book has the
    question's own vector.
    """

    model_id = "benchmark:minilm"
    dimensions = DIMENSIONS

    def __init__(self) -> None:
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._lists: dict[str, list[float]] = {}

    def put(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        for text, vector in zip(texts, vectors, strict=True):
            self._vectors[text.strip()] = vector
            self._lists[text.strip()] = vector.tolist()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not self._vectors.keys() >= set(texts).intersection(COHORT):
            self.embed_by_minilm(COHORT, None)
        return np.stack([self._vector(text.strip(), texts[0]) for text in texts])

    def _vector(self, text: str, first: str) -> NDArray[np.float32]:
        if text not in self._vectors and text == (without_names(first) or ("", ""))[0]:
            return self._vectors[first.strip()]
        return self._vectors[text]

    def as_list(self, text: str) -> list[float]:
        return self._lists[text.strip()]

    def embed_by_minilm(self, texts: Iterable[str], cache: Path | None) -> None:
        """Embed the texts by the product's own offline model, one at a time: a batch changes each vector a little."""
        from memstore.intake.embed import embedder_from_settings

        model = embedder_from_settings(
            kind="local", model="", dimensions=DIMENSIONS, api_key=None, base_url=None, timeout_seconds=0
        )
        known: dict[str, NDArray[np.float32]] = {}
        if cache and cache.exists():
            with np.load(cache) as kept:
                known = dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))
        wanted = sorted({text.strip() for text in texts} - known.keys())
        if wanted:
            say(f"embedding {len(wanted):,} texts with MiniLM")
        known |= {text: model.embed([text])[0] for text in wanted}
        if cache and wanted:
            np.savez(cache, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
        self.put(list(known), np.stack(list(known.values())))


class Mem0Embedder:
    """An embedder with mem0's `EmbeddingBase` interface: the same vectors, as the lists that its stores take."""

    def __init__(self, book: VectorBook) -> None:
        self._book = book

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        return self._book.as_list(text)

    def embed_batch(self, texts: Sequence[str], memory_action: str = "add") -> list[list[float]]:
        return [self._book.as_list(text) for text in texts]


def synthetic(generator: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Return `count` unit vectors around TOPICS centres, which are the same for every generator."""
    centres = _unit(np.random.default_rng(0).standard_normal((TOPICS, DIMENSIONS), np.float32))
    own = _unit(generator.standard_normal((count, DIMENSIONS), np.float32))
    return _unit(centres[generator.integers(TOPICS, size=count)] + np.float32(SPREAD) * own)


def near(generator: np.random.Generator, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return unit vectors at a cosine of about 0.8 from the given ones, as a question lies to what it asks for."""
    own = _unit(generator.standard_normal(vectors.shape, np.float32))
    return _unit(vectors + np.float32(0.75) * own)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)
