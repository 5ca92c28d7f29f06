"""Comparison of what two claims say: same attribute, same value, same person, values of one type that differ."""

from __future__ import annotations

# ruff: noqa: PLR2004 - how near two words are is plainest where it stands
# ruff: noqa: SIM905 - lists of words read best as words
from typing import TYPE_CHECKING, Final

from memstore.intake.claims.concepts import CONTAINERS, NAMING, PERSONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memstore.intake.claims import Claim
    from memstore.reconcile.statement import Statement

_NUMERIC: Final = frozenset(("number", "code", "money", "percent"))
# Types that say which of several things is meant: one of them differing, two statements are of two things.
_TELLING: Final = ("part", "ordinal", "date", "day", "clock", "code", "colour", "email", "name")
_MOMENTS: Final = frozenset(("day", "date", "clock", "number", "percent"))
_PARTS: Final = frozenset("morning afternoon evening night weekend weekday".split())
_MIN_COMPOUND: Final = 5


def same_attribute(one: str, other: str, *, loose: bool = False) -> bool:  # noqa: PLR0911
    """Return whether two attributes are one; `loose` also if the words of one are among those of the other."""
    if not one or not other:
        return False
    if one == other:
        return True
    if not loose:
        return False
    first, _, first_type = one.partition(":")
    second, _, second_type = other.partition(":")
    if first == "count" or second == "count":
        return False
    if first_type != second_type and (
        (first_type and second_type) or (first_type + second_type).partition(" ")[0] in _MOMENTS
    ):
        return False
    words, others = set(first.split()) - _PARTS, set(second.split()) - _PARTS
    if not words or not others or not (words <= others or others <= words):
        return False
    if words != others and len(words & others) == 1 and words & others <= CONTAINERS:
        return False
    return not (words ^ others) & (NAMING | PERSONS)


def is_bare(one: str, other: str) -> bool:
    """Return whether one attribute is the bare word for the other: "version" for "version of the app"."""
    first, _, first_type = one.partition(":")
    second, _, second_type = other.partition(":")
    words, others = set(first.split()) - _PARTS, set(second.split()) - _PARTS
    is_part = first_type == second_type and words < others and len(others) <= 2 and words <= CONTAINERS
    return is_part and not (others - words) & (NAMING | PERSONS)


def same_value(one: Claim, other: Claim) -> bool:
    """Return whether two values of one attribute are the same; of a text, one may say more than the other."""
    if one.value == other.value:
        return True
    kind = one.attribute.rpartition(":")[2] if ":" in one.attribute else ""
    if kind == "date":
        return one.value.endswith(other.value) or other.value.endswith(one.value)
    if kind and kind not in ("name", "place"):
        return False
    if any(letter.isdigit() for letter in one.value + other.value) or not one.one:
        return False
    names, old_names = by_type(one).get("name"), by_type(other).get("name")
    if (
        names
        and names == old_names
        and len(one.value.split()) == len(other.value.split()) == len(" ".join(names).split())
    ):
        return True  # one name, stemmed in two languages
    words, others = set(one.value.split()), set(other.value.split())
    return bool(words) and bool(others) and (words <= others or others <= words)


def same_who(one: Claim, other: Claim, first: Statement, second: Statement) -> bool:
    """Return whether two claims are about one person: "self" is the speaker."""
    if one.who != other.who:
        return False
    return first.speaker == second.speaker or not (one.own or other.own)


def shared(one: Iterable[str], other: Iterable[str]) -> frozenset[str]:
    """Return the stems of `one` that `other` has too, alone or as the begin or end of a compound."""
    others = frozenset(other)
    found = set()
    for stem in one:
        if (
            stem in others
            or (
                len(stem) >= _MIN_COMPOUND
                and any(len(word) > len(stem) and (word.endswith(stem) or word.startswith(stem)) for word in others)
            )
            or any(len(word) >= _MIN_COMPOUND and len(stem) > len(word) and stem.startswith(word) for word in others)
        ):
            found.add(stem)
    return frozenset(found)


def by_type(claim: Claim) -> dict[str, set[str]]:
    """Return the typed values of a claim's clause by type; what is counted, money and codes are one type: number."""
    found: dict[str, set[str]] = {}
    for kind, value in claim.typed:
        first = kind.partition(" ")[0]
        found.setdefault("number" if first in _NUMERIC else first, set()).add(value)
    return found


def differing_types(one: Claim, other: Claim) -> set[str]:
    """Return the types of which both have values and none in common."""
    first, second = by_type(one), by_type(other)
    return {kind for kind in first.keys() & second.keys() if first[kind] - second[kind]}


def tells_apart(one: Claim, other: Claim) -> bool:
    """Return whether a value that says which thing is meant differs: another day, another colour."""
    first, second = by_type(one), by_type(other)
    for kind in _TELLING:
        ones, others = first.get(kind), second.get(kind)
        if kind == "name" and ones and others:  # "Astoria" is "Hotel Astoria"
            ones, others = ({word for name in names for word in name.split()} for names in (ones, others))
        if ones and others and not ones & others:
            return True
    return False


def look_alike(one: Claim, other: Claim) -> bool:
    """Return whether a word of the one is nearly one of the other: a slip of the pen was put right."""
    return any(_near(word, old) for word in one.about - other.about for old in other.about - one.about)


def _near(one: str, other: str) -> bool:
    if one[0].isdigit() and other[0].isdigit():
        return (len(one) == len(other) and sorted(one) == sorted(other)) or (one[:2] == other[:2] and len(one) > 2)
    return len(one) > 3 and len(other) > 3 and one[:4] == other[:4] and one.isalpha() and other.isalpha()
