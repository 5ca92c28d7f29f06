"""Embedder without a model, for tests: equal texts have equal vectors, and texts that share words are near."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_WORD = re.compile(r"\w+")


class FakeEmbedder:
    """Feature hashing (Weinberger and others 2009) of words and of their letter trigrams."""

    def __init__(self, dimensions: int = 64) -> None:
        self.dimensions = dimensions
        self.model_id = f"fake:{dimensions}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for feature, weight in _features(text):
                number = int.from_bytes(blake2b(feature.encode(errors="replace"), digest_size=8).digest(), "little")
                vectors[row, (number >> 1) % self.dimensions] += weight if number & 1 else -weight
        # A text without words, or whose features cancel out, has a vector of unit length, too.
        vectors[~vectors.any(axis=1), 0] = 1.0
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def _features(text: str) -> Iterator[tuple[str, float]]:
    for word in _WORD.findall(text.casefold()):
        yield word, 1.0
        marked = f"^{word}$"
        for start in range(len(marked) - 2):
            yield marked[start : start + 3], 0.3
