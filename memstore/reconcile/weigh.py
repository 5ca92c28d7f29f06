"""Weighing of the signals of a pair: how likely each relation is where no rule knows any.

Multinomial logistic regression over `signals` (Hastie, Tibshirani, Friedman 2009, "The Elements of Statistical
Learning", 4.4); `benchmarks/relations.py` fits and measures the weights.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from memstore.reconcile.pair import Found
from memstore.reconcile.signals import signals
from memstore.reconcile.statement import Kind
from memstore.reconcile.weights import BIAS, WEIGHTS

if TYPE_CHECKING:
    from memstore.reconcile.statement import Statement

RELATED: Final = 0.4
"""Probability from which two statements are taken to be related: a true fact made history is worse than a stale one."""
RELATED_BY_A_WORD: Final = 0.35
"""The same where the later one has a word of change, end or correction, which says that something is not as it was."""
DOUBTED: Final = 0.2
"""Probability from which a later statement may say something else of the same: it is recalled before the other."""
KINDS: Final = (Kind.SUPERSEDES, Kind.RETRACTS, Kind.DUPLICATES, Kind.CONTRADICTS)
HALF: Final = 0.5
_SCORE: Final = 1
_HISTORY: Final = (Kind.SUPERSEDES, Kind.RETRACTS)


def weigh(later: Statement, earlier: Statement, cosine: float) -> tuple[float, Found | None]:
    """Return the probability that two statements are related, and the relation that follows.

    Not wholly: the earlier statement stays, since it may be true as well.
    """
    odds, found = list(BIAS), signals(later, earlier, cosine)
    for name, signal in found.items():
        if signal:
            for place, weight in enumerate(WEIGHTS[name]):
                odds[place] += signal * weight
    shares = [math.exp(min(one, 50.0)) for one in odds]
    related = sum(shares) / (1.0 + sum(shares))
    best = KINDS[max(range(len(KINDS)), key=shares.__getitem__)]
    has_word = bool(found["changes"] or found["corrects"] or found["ends"])
    if best is Kind.DUPLICATES and found["around"] and not found["within"]:
        return related, None  # it says more
    if related >= (RELATED_BY_A_WORD if has_word else RELATED):
        return related, Found(best, _SCORE, wholly=best not in _HISTORY or _names_what(found, has_word=has_word))
    if related >= DOUBTED and best is not Kind.DUPLICATES:
        return related, Found(Kind.SUPERSEDES, _SCORE, wholly=False)
    return related, None


def _names_what(found: dict[str, float], *, has_word: bool) -> bool:
    """Return whether the pair shows what is replaced: an attribute, a value, or most of what the earlier one says.

    Two thanks, or two cheers, are as alike as two addresses, and replace nothing.
    """
    by_type = any(found[name] for name in ("number_differs", "moment_differs", "code_differs", "name_differs"))
    if found["like_attribute"] or by_type:
        return True
    return has_word and bool(found["over"] or found["names_old"] or found["of_old"] >= HALF)
