"""Scalar quantisation of embeddings: one byte a component instead of four."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def quantise(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return unit vectors (n, d) as int8 rows (n, d) and their scales, float32 (n,), symmetric around 0.

    Each component is off by at most half a scale; a zero vector gets scale 0.
    """
    scales = (np.abs(vectors).max(axis=1, initial=0.0) / 127.0).astype(np.float32)
    divisors = np.where(scales > 0, scales, np.float32(1.0))
    return np.rint(vectors / divisors[:, None]).astype(np.int8), scales
