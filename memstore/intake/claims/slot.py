"""One attribute as it is read from a clause, and the words for "is"."""

from __future__ import annotations

# ruff: noqa: SIM905 - lists of words read best as words
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from memstore.intake.claims.claim import Modality
    from memstore.intake.claims.clause import Clause


class Slot(NamedTuple):
    """One attribute with its value, before the marks of its clause are added."""

    who: str
    attribute: str
    value: str
    one: bool
    holds: bool
    modality: Modality


COPULAS: Final = frozenset(
    """
    is are am 's be been being remain remains ist bin sind bleibt lautet betragt liegt est suis sommes sont
    reste es soy somos son está estoy estamos è sono siamo resta
    """.split()
)


def holds(clause: Clause) -> bool:
    """Return whether a clause affirms: it denies nothing and ends nothing, or says "not X but Y"."""
    return clause.contrast is not None or not (clause.denies or clause.ends)
