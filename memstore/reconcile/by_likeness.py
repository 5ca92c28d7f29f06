"""Likeness with a word of change: what no slot and no rule knows, but the words and their meaning say together.

Cosine similarity never decides alone: a word of change, an end or a denial says that something is over, the words in
common say what, and the similarity picks the statement that is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memstore.intake.claims import Modality
from memstore.reconcile.pair import Found, may_touch
from memstore.reconcile.statement import Kind
from memstore.reconcile.values import differing_types, tells_apart

if TYPE_CHECKING:
    from memstore.reconcile.statement import Statement

MEANT: Final = 0.45
"""Cosine similarity from which a statement of change may mean another."""
ALIKE: Final = 0.8
"""Cosine similarity from which a statement may repeat an earlier one that has each of its words."""
_SCORE: Final = 1
_MOST_STEMS: Final = 14


def by_likeness(later: Statement, earlier: Statement, cosine: float | None) -> Found | None:
    """Find an earlier statement that a change, an end or a denial means, or that says the same."""
    if cosine is None or later.speaker != earlier.speaker or not (_is_told(later) and _is_told(earlier)):
        return None
    common = _words(later) & _words(earlier)
    pairs = [(one, old) for one in later.claims for old in earlier.claims]
    if not common or not all(may_touch(one, old, later, earlier) for one, old in pairs):
        return None
    if any(tells_apart(one, old) for one, old in pairs) or any(not old.holds for old in earlier.claims):
        return None
    if any(one.ends or not one.holds for one in later.claims):
        return Found(Kind.RETRACTS, _SCORE, wholly=True) if cosine >= MEANT else None
    if any(one.changes or one.corrects for one in later.claims):
        return Found(Kind.SUPERSEDES, _SCORE, wholly=True) if cosine >= MEANT else None
    differs = any(differing_types(one, old) for one, old in pairs)
    says_more = common != _words(later)
    return None if differs or says_more or cosine < ALIKE else Found(Kind.DUPLICATES, _SCORE, wholly=True)


def _is_told(statement: Statement) -> bool:
    """Return whether a statement is short and tells facts only."""
    facts = all(claim.modality is Modality.FACT for claim in statement.claims)
    return bool(statement.claims) and facts and len(statement.stems) <= _MOST_STEMS


def _words(statement: Statement) -> set[str]:
    return {stem for stem in statement.stems if not stem[0].isdigit()}
