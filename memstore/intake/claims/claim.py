"""A claim: what one clause of a statement says, in a form that two statements can be compared by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Modality(StrEnum):
    """How a claim is meant. Only a FACT changes what is current."""

    FACT = "fact"
    PAST = "past"
    WISH = "wish"
    PLAN = "plan"
    HYPOTHESIS = "hypothesis"
    HEARSAY = "hearsay"
    QUESTION = "question"
    STAY = "stay"


@dataclass(frozen=True, slots=True)
class Claim:
    """One attribute of one person or thing, with the clause it was read from.

    A clause without a known attribute gives one claim with attribute "": its stems and typed values still tell what
    it is about.
    """

    who: str
    """"self" for the one whose memory it is, else the person or thing; "" if unknown (a pronoun)."""
    attribute: str
    value: str
    one: bool = False
    """The attribute has one value at a time."""
    holds: bool = True
    """False: denied or ended."""
    modality: Modality = Modality.FACT
    changes: bool = False
    corrects: bool = False
    ends: bool = False
    """Said with a word of ending: sold, cancelled, died, no longer."""
    old_value: str | None = None
    clause: int = 0
    """Number of the clause in the statement, from 0."""
    about: frozenset[str] = frozenset()
    """Content stems of the clause."""
    head: frozenset[str] = frozenset()
    """Stems of what is ended: the object of "sold", the subject of "is cancelled". Empty if nothing is."""
    own: bool = True
    """The clause says "I", "my" or "the user": another speaker's is of another person."""
    joined: bool = False
    """The clause has an "and": it may tell two things."""
    typed: tuple[tuple[str, str], ...] = ()
    """(type, value) of the clause's numbers, dates, names and so on."""


def slot_keys(claims: Iterable[Claim]) -> tuple[str, ...]:
    """Return the strings by which equal or conflicting statements are found, sorted, without doubles.

    who|attribute where the attribute has one value at a time, else who|attribute|value. Only facts have keys.
    """
    return tuple(sorted({_key(claim) for claim in claims if _has_key(claim)}))


def held_keys(claims: Iterable[Claim]) -> tuple[str, ...]:
    """Return the slot keys of what a statement affirms: of one speaker, at most one current statement holds each.

    A denial is looked up by its slot keys too, but holds none: "I don't live in Rome" stands beside "I live in Porto".
    """
    return tuple(sorted({_key(claim) for claim in claims if _has_key(claim) and claim.holds}))


def _has_key(claim: Claim) -> bool:
    is_told = bool(claim.attribute and claim.who) and claim.modality is Modality.FACT
    return is_told and (claim.one or bool(claim.value))


def _key(claim: Claim) -> str:
    key = f"{claim.who}|{claim.attribute}"
    return key if claim.one else f"{key}|{claim.value}"
