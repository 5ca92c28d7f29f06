"""Choices of the demo's people: consents withdrawn, objections, restrictions, contracts that ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from governance.models import CompellingGround, Objection, ObjectionOutcome, SubjectPurpose
from governance.processing.consents import Choice
from governance.processing.contract_end import set_contract_end
from governance.processing.restrictions import lift_restriction, restrict
from memstore.demo.backdate import setting_back
from memstore.demo.people import id_of
from memstore.records.scope_ids import ScopeIds
from memstore.rights import choices

if TYPE_CHECKING:
    from uuid import UUID

    from memstore.demo.actors import Cast

# Days ago, by person.
WITHDRAWN = {2: 41.0, 12: 20.0, 27: 9.0, 36: 4.0, 48: 30.0}
AGAIN = (48,)  # and consented once more since
NO_MORE_OFFERS = {8: 33.0, 22: 14.0, 41: 2.0}  # direct marketing: nothing is assessed
OBJECTED = {1: 6.0, 19: 2.0, 29: 25.0, 37: 40.0}  # to what is kept against fraud; the first two are open
SETTLED = {29: ObjectionOutcome.UPHELD, 37: ObjectionOutcome.OVERRIDDEN}
GROUND = CompellingGround.FRAUD_PREVENTION
RESTRICTED = (3, 45)
RESTRICTED_FOR_ONE = {31: 8.0}
LIFTED = (24,)
CONTRACT_ENDED = {35: 60, 50: 15}


def take_back(cast: Cast) -> None:
    """Withdraw consents. The events carry the day on which the person said so."""
    for number, days in WITHDRAWN.items():
        choices.withdraw(
            caller=cast.assistant(),
            scope=ScopeIds(user_id=id_of(number)),
            purpose="personalisation",
            choice=Choice("app" if number % 2 else "phone", happened_at=cast.ago(days)),
        )
    for number in AGAIN:
        known = choices.consent_history(caller=cast.assistant(), scope=ScopeIds(user_id=id_of(number)))[1]
        choices.grant(
            caller=cast.assistant(),
            scope=ScopeIds(user_id=id_of(number)),
            purpose="personalisation",
            notice=known[0].notice_sha256 or "",
            choice=Choice("branch"),
        )


def disagree(cast: Cast) -> None:
    """Make objections: those that staff have to assess, and those to marketing."""
    for number, days in NO_MORE_OFFERS.items():
        ended = choices.object_to(caller=cast.assistant(), scope=ScopeIds(user_id=id_of(number)), purpose="offers")
        _made(cast, ended.objection_id, days, settled=days)
    for number, days in OBJECTED.items():
        scope = ScopeIds(user_id=id_of(number))
        made = choices.object_to(caller=cast.assistant(), scope=scope, purpose="fraud_prevention")
        outcome = SETTLED.get(number)
        if outcome is not None and made.objection_id is not None:
            ground = GROUND if outcome is ObjectionOutcome.OVERRIDDEN else None
            choices.settle_objection(
                caller=cast.second_dpo(), objection_id=made.objection_id, outcome=outcome, ground=ground
            )
        _made(cast, made.objection_id, days, settled=days - 3 if outcome else None)


def _made(cast: Cast, objection_id: UUID | None, days: float, *, settled: float | None) -> None:
    with setting_back(cast.tenant_id):
        rows = Objection.objects.filter(id__in=[objection_id] if objection_id else [])
        rows.update(made_at=cast.ago(days), settled_at=None if settled is None else cast.ago(settled))


def stand_still(cast: Cast) -> None:
    """Make restrictions, for all purposes and for one; and one that was lifted."""
    for number in (*RESTRICTED, *LIFTED):
        restrict(caller=cast.dpo(), subject=cast.person(number))
    for number in LIFTED:
        lift_restriction(caller=cast.second_dpo(), subject=cast.person(number))
    for number, days in RESTRICTED_FOR_ONE.items():
        subject = cast.person(number)
        restrict(caller=cast.dpo(), subject=subject, purpose="fraud_prevention")
        with setting_back(cast.tenant_id, subject_id=subject.id):
            standing = SubjectPurpose.objects.filter(subject_id=subject.id, restricted_at__isnull=False)
            standing.update(restricted_at=cast.ago(days))


def move_on(cast: Cast) -> None:
    """End some contracts."""
    for number, days in CONTRACT_ENDED.items():
        ended_on = (cast.now - timedelta(days=days)).date()
        set_contract_end(caller=cast.dpo(), subject=cast.person(number), purpose="assistance", ended_on=ended_on)
