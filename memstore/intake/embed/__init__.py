"""Embedding of texts: `local` (offline, the default), `openai` (any server of that API) or `fake` (tests)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Embedder", "embedder", "embedder_from_settings"]


class Embedder(Protocol):
    """Contract of an embedder. Vectors of two embedders compare only if their `model_id` is the same."""

    @property
    def model_id(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of unit length in the order of the texts, float32 (len(texts), dimensions).

        Raises ProviderError.
        """
        ...


@lru_cache(maxsize=1)
def embedder() -> Embedder:
    """Return the configured embedder, one per process."""
    return embedder_from_settings(
        kind=settings.MEMSTORE_EMBEDDER,
        model=settings.MEMSTORE_EMBEDDING_MODEL,
        dimensions=settings.MEMSTORE_EMBEDDING_DIMENSIONS,
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        timeout_seconds=settings.MEMSTORE_PROVIDER_TIMEOUT_SECONDS,
    )


def embedder_from_settings(
    *,
    kind: str,
    model: str,
    dimensions: int,
    api_key: str | None,
    base_url: str | None,
    timeout_seconds: float,
) -> Embedder:
    """Return an embedder of this kind. Nothing is loaded and no server is called before the first text.

    `model`, `api_key`, `base_url` and `timeout_seconds` are for the openai kind; `dimensions` is for all but the local
    kind, whose model has 384. Raises ValueError for an unknown kind.
    """
    match kind:
        case "local":
            from memstore.intake.embed._local import LocalEmbedder

            return LocalEmbedder()
        case "openai":
            from memstore.intake.embed._openai import OpenAIEmbedder

            return OpenAIEmbedder(
                model=model,
                dimensions=dimensions,
                api_key=api_key,
                base_url=base_url,
                timeout_seconds=timeout_seconds,
            )
        case "fake":
            from memstore.intake.embed._fake import FakeEmbedder

            return FakeEmbedder(dimensions)
        case _:
            raise ValueError(f"unknown kind of embedder: {kind}")
