"""Extraction of facts from messages: `local` (rules, offline), `openai` (any server of that API) or `fake` (tests)."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from memstore.intake.extract._objections import says_objection
from memstore.intake.extract.contract import Extraction, Extractor, Fact, Outcome, Stated
from memstore.intake.extract.reasons import Reason

__all__ = [
    "Extraction",
    "Extractor",
    "Fact",
    "Outcome",
    "Reason",
    "Stated",
    "extractor",
    "extractor_from_settings",
    "says_objection",
]


@lru_cache(maxsize=1)
def extractor() -> Extractor:
    """Return the configured extractor, one per process."""
    return extractor_from_settings(
        kind=settings.MEMSTORE_EXTRACTOR,
        model=settings.MEMSTORE_LLM_MODEL,
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        timeout_seconds=settings.MEMSTORE_PROVIDER_TIMEOUT_SECONDS,
    )


def extractor_from_settings(
    *, kind: str, model: str, api_key: str | None, base_url: str | None, timeout_seconds: float
) -> Extractor:
    """Return an extractor of this kind. No server is called before the first message.

    All but `kind` is for the openai kind. Raises ValueError for an unknown kind.
    """
    match kind:
        case "local":
            from memstore.intake.extract._local import LocalExtractor

            return LocalExtractor()
        case "openai":
            from memstore.intake.extract._openai import OpenAIExtractor

            return OpenAIExtractor(model=model, api_key=api_key, base_url=base_url, timeout_seconds=timeout_seconds)
        case "fake":
            from memstore.intake.extract._fake import FakeExtractor

            return FakeExtractor()
        case _:
            raise ValueError(f"unknown kind of extractor: {kind}")
