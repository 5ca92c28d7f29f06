"""End of a person's contract, per purpose: the starting point of retention periods that count from it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from governance.errors import InvalidChange
from governance.guard.authorize import authorize
from governance.models import SubjectPurpose
from governance.processing.purposes import purpose_named
from governance.processing.retention_rules import recompute_all
from governance.subjects.subject_lock import lock_subject, moved, standing_of
from governance.vocabulary import Action

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.policy.decide import SubjectFacts

EARLIEST = date(1970, 1, 1)


def set_contract_end(*, caller: Caller, subject: SubjectFacts, purpose: str, ended_on: date | None) -> None:
    """Set the day on which the contract ended. None: it still runs. The sweep then dates the memories anew.

    Raises InvalidChange for a day before 1970, NoSuchObject.
    """
    grant = authorize(caller=caller, action=Action.SET_CONTRACT_END, subject=subject)
    with grant.effect():
        if ended_on is not None and ended_on < EARLIEST:
            raise InvalidChange("ended_on", "expected a day since 1970")
        row = lock_subject(subject.id)
        rule = purpose_named(caller.tenant_id, purpose)
        standing = standing_of(row, rule.purpose_id)
        standing.contract_ended_on = ended_on
        standing.save(update_fields=["contract_ended_on"])
        recompute_all(caller.tenant_id)
        moved(row)
        grant.record_under_lock(purpose=rule)


def contract_end(subject_id: UUID, purpose_id: UUID) -> datetime | None:
    """Return the first moment (UTC) of the day on which the contract ended, or None.

    Call it inside the tenant's context.
    """
    found = SubjectPurpose.objects.filter(subject_id=subject_id, purpose_id=purpose_id)
    return start_of(found.values_list("contract_ended_on", flat=True).first())


def start_of(day: date | None) -> datetime | None:
    """Return the first moment of a day in UTC; None for None."""
    return None if day is None else datetime.combine(day, time.min, UTC)
