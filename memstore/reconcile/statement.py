"""Statements, and the relations that a new one can have to one that is current."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from memstore.intake.claims import Claim


class Kind(StrEnum):
    """What a new statement is to a current one."""

    SUPERSEDES = "supersedes"
    """It gives a new value: the current one is history."""
    RETRACTS = "retracts"
    """It ends or denies the current one and gives no new value."""
    DUPLICATES = "duplicates"
    """It says the same again: a sighting of the current one."""
    CONTRADICTS = "contradicts"
    """Both cannot be true and nothing decides: a reviewer does."""
    OUTDATED = "outdated"
    """It arrived late: the current one was said later and wins, the new one is history at once."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a person's memory, read once."""

    id: str
    text: str
    claims: tuple[Claim, ...]
    said_at: datetime
    speaker: str | None = None
    by_person: bool = True
    """Said by a person, not written by an assistant."""
    conversation: str | None = None
    position: int = 0
    """Place in the conversation."""
    stems: frozenset[str] = frozenset()
    """`content_stems` of the text."""


class Candidate(NamedTuple):
    """A current statement, with its cosine to the new one if it is known."""

    statement: Statement
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of the new statement to the current one of this id."""

    id: str
    kind: Kind
    wholly: bool = True
    """False: the statement that becomes history (for DUPLICATES and OUTDATED the new one, else the current one) says
    more than what is decided here, and that part stays true."""
