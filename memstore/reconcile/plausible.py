"""Plausibility of a relation: what is said in passing in a long message decides nothing about another one.

Duplicates need the same slots or nearly the same words; a part that is over needs the slot in common. In a chat most
sentences share words with others, and a memory that vanishes as a duplicate is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memstore.intake.claims import slot_keys
from memstore.reconcile.statement import Kind

if TYPE_CHECKING:
    from memstore.reconcile.statement import Relation, Statement

LONGEST: Final = 200
"""Characters of a statement that can be a duplicate, wholly over or wholly replaced by shared words alone."""
ALIKE: Final = 0.75
"""Share of content stems in common, of all that either has, that makes two statements one."""


def is_plausible(relation: Relation, new: Statement, old: Statement) -> bool:
    """Return whether the relation may stand."""
    keys, old_keys = set(slot_keys(new.claims)), set(slot_keys(old.claims))
    if relation.kind is Kind.DUPLICATES:
        return _is_short(new, old) and ((bool(keys) and keys == old_keys) or _likeness(new, old) >= ALIKE)
    return bool(keys & old_keys) or _is_short(new, old)


def _is_short(one: Statement, other: Statement) -> bool:
    return max(len(one.text), len(other.text)) <= LONGEST


def _likeness(one: Statement, other: Statement) -> float:
    either = one.stems | other.stems
    return len(one.stems & other.stems) / len(either) if either else 0.0
