"""Loosening: a pure comparison of a configuration with the one that is to replace it.

A change that loosens takes a second person; a change that only tightens takes effect at once. Each field has its rule
in a table, and a field without a rule counts as loosened whenever it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from governance.policy.consent_age import DEFAULT_AGE, DIGITAL_CONSENT_AGE
from governance.vocabulary import Handling

Rule = Callable[[Any, Any], bool]


def _never(_before: object, _after: object) -> bool:
    return False


def _changed(before: object, after: object) -> bool:
    return before != after


def _more(before: int, after: int) -> bool:
    return after > before


def _turned_on(before: bool, after: bool) -> bool:  # noqa: FBT001 - two values of one field
    return after and not before


def _turned_off(before: bool, after: bool) -> bool:  # noqa: FBT001
    return before and not after


def _handled_less_strictly(before: str, after: str) -> bool:
    return Handling(after).rank < Handling(before).rank


def _another(before: object, after: object) -> bool:
    """Return whether a condition, law or assessment is named that was not named before; naming none is no loosening."""
    return bool(after) and after != before


def _replaced(before: object, after: object) -> bool:
    """Return whether the assessment that the terms rest on is replaced by another.

    Naming one where none was needed is no loosening.
    """
    return bool(before and after) and after != before


def _younger(before: str, after: str) -> bool:
    """Return whether the age at which a person consents alone (Art. 8(1)) goes down."""
    return DIGITAL_CONSENT_AGE.get(after, DEFAULT_AGE) < DIGITAL_CONSENT_AGE.get(before, DEFAULT_AGE)


OF_TERMS: Mapping[str, Rule] = {
    "lawful_basis": _changed,
    "ceiling_days": _more,
    "source_days": _more,
    "personal": _changed,
    "article9_condition": _another,
    "identifiers": _handled_less_strictly,
    "secrets": _handled_less_strictly,
    "special": _handled_less_strictly,
    "criminal": _handled_less_strictly,
    "unknown": _handled_less_strictly,
    "criminal_authority": _another,
    "review_first": _turned_off,
    "direct_marketing": _changed,  # on: another use of what is kept; off: an objection no longer ends it at once
    "usable_for_decision": _turned_on,
    "dpia_reference": _replaced,
}
OF_SETTINGS: Mapping[str, Rule] = {
    "name": _never,
    "contact": _never,
    "dpo_contact": _never,
    "jurisdiction": _younger,
    "reveal_minutes": _more,
    "review_hours": _more,
    "breach_hours": _more,
    "request_profile": _changed,  # other clocks, each looser somewhere
    "request_file_days": _changed,  # longer keeps more; shorter destroys the proof of how requests were handled
    "auto_approve_erasure": _turned_on,
    "auto_approve_staff_verified": _turned_on,
    "key_deletions_at_once": _turned_on,
    "key_deletions_per_hour": _more,
    "time_zone": _never,
}


def loosens(before: Mapping[str, Any], after: Mapping[str, Any], rules: Mapping[str, Rule]) -> list[str]:
    """Return the fields in which `after` is looser than `before`, in the order of `after`."""
    return [
        name for name, value in after.items() if name not in before or rules.get(name, _changed)(before[name], value)
    ]
