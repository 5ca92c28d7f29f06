"""The configured embedder and extractor, one of each per process."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from memstore.embed import Embedder, embedder_from_settings
from memstore.extract import Extractor, extractor_from_settings


@lru_cache(maxsize=1)
def embedder() -> Embedder:
    return embedder_from_settings(
        kind=settings.MEMSTORE_EMBEDDER,
        model=settings.MEMSTORE_EMBEDDING_MODEL,
        dimensions=settings.MEMSTORE_EMBEDDING_DIMENSIONS,
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        timeout_seconds=settings.MEMSTORE_PROVIDER_TIMEOUT_SECONDS,
    )


@lru_cache(maxsize=1)
def extractor() -> Extractor:
    return extractor_from_settings(
        kind=settings.MEMSTORE_EXTRACTOR,
        model=settings.MEMSTORE_LLM_MODEL,
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        timeout_seconds=settings.MEMSTORE_PROVIDER_TIMEOUT_SECONDS,
    )
