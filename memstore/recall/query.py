"""A question as the ranking reads it, in the wordings that are embedded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from memstore.recall.asked_attributes import asked_attributes
from memstore.recall.third_person import as_pronoun
from memstore.records.terms import STOP_WORDS, asks_name, asks_when, asks_where, attribute_terms, period, terms, tokens
from memstore.records.time_expressions import asked_period
from memstore.records.topics import asked_topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memstore.recall.columns import Floats

_CAPITALISED: Final = re.compile(r"[^\W\d_a-z][\w-]*(?:['\u2019]s?\b|(?<=s)['\u2019])?")


@dataclass(frozen=True, slots=True)
class Wording:
    """A question without some of its words, and its embedding."""

    vector: Floats
    """(d,), of unit length."""
    zero: float = 0.0
    """Cosine similarity at which nothing is known yet (`unrelated.zero`)."""
    removed: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    """Terms of the words that were left out."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the ranking reads it."""

    wordings: Sequence[Wording]
    """As it was asked, and then without words that may be names: this one counts if they are all names of speakers."""
    terms: NDArray[np.uint32]
    now: float
    """Unix seconds."""
    asks_when: bool = False
    asks_where: bool = False
    asks_name: bool = False
    period: tuple[float, float] | None = None
    """The time that the query names, unix seconds."""

    @classmethod
    def read(cls, text: str, wordings: Sequence[Wording], now: float) -> Self:
        """Return the query of a question in these wordings; `now` is in Unix seconds."""
        text = as_pronoun(text)
        return cls(
            wordings,
            np.concatenate(
                [terms(text), attribute_terms(dict.fromkeys((*asked_attributes(text), *asked_topics(text))))]
            ),
            now,
            asks_when=asks_when(text),
            asks_where=asks_where(text),
            asks_name=asks_name(text),
            period=_period(text, now),
        )

    @property
    def vector(self) -> Floats:
        """The embedding of the question as it was asked."""
        return self.wordings[0].vector

    def wording(self, names: NDArray[np.uint32]) -> Wording:
        """Return the wording without `names`, which are on all turns of their speakers and find none of them."""
        known = set(names.tolist())
        return [one for one in self.wordings if known.issuperset(one.removed.tolist())][-1]


def _period(text: str, now: float) -> tuple[float, float] | None:
    """Return the time that a question names, relative ones counted from `now`, in Unix seconds.

    A month, day or year counts as it stands, also after "since" or "before": people mean what was near it.
    """
    named = period(text, now)
    if named is not None:
        return named
    asked = asked_period(text, datetime.fromtimestamp(now, UTC))
    return None if asked is None else (asked[0].timestamp(), asked[1].timestamp())


def without_names(text: str) -> tuple[str, str] | None:
    """Return `text` without the words that may be names, and these words; None if there are none, or nothing else.

    Which of them are speakers is known only when the cards are open, and the embedding may be a call to another
    server, so this wording is embedded before, together with the question.
    """
    names = [match for match in _CAPITALISED.finditer(text) if _says_something(match[0])]
    ends = [0, *(at for match in names for at in match.span()), len(text)]
    rest = " ".join("".join(text[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True)).split())
    return (rest, " ".join(match[0] for match in names)) if names and _says_something(rest) else None


def _says_something(text: str) -> bool:
    return any(word not in STOP_WORDS for word in tokens(text))
