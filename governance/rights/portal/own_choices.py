"""The person's own choices: purposes whose consent they may withdraw or that they may object to, with their state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.guard.authorize import on_current_facts
from governance.guard.facts import purpose_rules
from governance.processing.consents import consent_history
from governance.subjects.oneself import oneself
from governance.vocabulary import OBJECTIONABLE, LawfulBasis

if TYPE_CHECKING:
    from datetime import datetime

    from governance.context import Caller
    from governance.policy.decide import PurposeRule


@dataclass(frozen=True, slots=True)
class OwnChoice:
    """One purpose. `until`: when the consent expires by itself.

    `granted` and `objected` None: this sitting does not show the state; the choice may be made all the same.
    """

    purpose: str
    lawful_basis: str
    direct_marketing: bool
    may_withdraw: bool
    may_object: bool
    granted: bool | None
    objected: bool | None
    until: datetime | None


@on_current_facts
def own_choices(*, caller: Caller) -> tuple[OwnChoice, ...]:
    """Return every purpose about persons that rests on consent or may be objected to, by name."""
    states, _ = consent_history(caller=caller, subject=oneself(caller))
    standing = {state.purpose: state for state in states}
    shown = {rule.purpose_id for rule in caller.principal.purposes}
    found = []
    for rule in purpose_rules(caller.tenant_id):
        if not rule.personal or not (_rests_on_consent(rule) or _may_object(rule)):
            continue
        state, tells = standing.get(rule.name), rule.purpose_id in shown
        found.append(
            OwnChoice(
                purpose=rule.name,
                lawful_basis=rule.lawful_basis.value,
                direct_marketing=rule.direct_marketing,
                may_withdraw=_rests_on_consent(rule),
                may_object=_may_object(rule),
                granted=(state is not None and state.granted) if tells else None,
                objected=(state is not None and state.objected) if tells else None,
                until=state.until if state is not None and tells else None,
            )
        )
    return tuple(sorted(found, key=lambda choice: choice.purpose))


def _rests_on_consent(rule: PurposeRule) -> bool:
    return rule.lawful_basis is LawfulBasis.CONSENT


def _may_object(rule: PurposeRule) -> bool:
    return rule.lawful_basis in OBJECTIONABLE or rule.direct_marketing
