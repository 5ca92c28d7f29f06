"""Detection of changes that name no attribute: another value of one thing, or a word in place of a word.

"Handball is on Wednesdays now" after "I have handball on Tuesdays"; "I switched to the plus account" after "I have the
student account". Only what is said with a word of change counts, or a preference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memstore.intake.claims import Modality
from memstore.reconcile.pair import Found, may_touch
from memstore.reconcile.statement import Kind
from memstore.reconcile.values import tells_apart

if TYPE_CHECKING:
    from memstore.intake.claims import Claim
    from memstore.reconcile.statement import Statement

PREFERS: Final = "prefer"
_RECONSIDERED: Final = frozenset(("mind",))
# Stems that stand for one thing when an amount goes with them.
_ONE_THING: Final = {
    **dict.fromkeys(("budget", "spend", "afford", "limit", "pay", "ausgeb", "depens", "gast"), "budget"),
    **dict.fromkeys(("flat", "hous", "house", "home", "apart", "apartment", "residence", "wohnung", "haus"), "home"),
}
_UNITS: Final = frozenset("pound euro dollar month week year day metr squar per now last".split())  # noqa: SIM905
_TYPES: Final = frozenset(("day", "money", "clock", "code", "date", "percent"))
_SCORE: Final = 4


def by_exchange(later: Statement, earlier: Statement) -> Found | None:
    """Find a clause of the earlier statement that a change in the later one puts an end to."""
    if later.speaker != earlier.speaker:
        return None
    for claim in later.claims:
        if claim.modality is not Modality.FACT or not claim.holds:
            continue
        for old in earlier.claims:
            if not (_is_replaced(claim, old) and may_touch(claim, old, later, earlier)):
                continue
            if _is_moved(claim, old) or not tells_apart(claim, old):
                return Found(Kind.SUPERSEDES, _SCORE, len({one.clause for one in earlier.claims}) == 1)
    return None


def _is_replaced(claim: Claim, old: Claim) -> bool:
    if old.modality is not Modality.FACT or not old.holds:
        return False
    about, before = _things(claim), _things(old)
    shared = about & before
    if not shared:
        return False
    one_for_another = len(about - before) == 1 and len(before - about) == 1
    if PREFERS in shared:
        return one_for_another and len(shared) > 1
    if not claim.changes:
        return False
    return one_for_another or _has_another_value(claim, old) or bool(_RECONSIDERED & about)


def _is_moved(claim: Claim, old: Claim) -> bool:
    """Return whether a thing is on another day now: days tell two appointments apart only if nothing changed."""
    told, before = dict(claim.typed), dict(old.typed)
    return claim.changes and told.get("day", "") != before.get("day", "") and "day" in told.keys() & before.keys()


def _things(claim: Claim) -> set[str]:
    """Return the stems of a clause without numbers and units; what stands for one thing is one."""
    return {_ONE_THING.get(stem, stem) for stem in claim.about if not stem[0].isdigit()} - _UNITS


def _has_another_value(claim: Claim, old: Claim) -> bool:
    told, before = dict(claim.typed), dict(old.typed)
    kinds = {kind for kind in told.keys() & before.keys() if kind in _TYPES or kind.startswith("number ")}
    return any(told[kind] != before[kind] for kind in kinds)
