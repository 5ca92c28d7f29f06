"""Restriction (Art. 18) of a person whose erasure is planned: what was granted is there if the erasure is not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from governance.errors import AccessRefused
from governance.models import Ground
from governance.processing.restrictions import lift_restriction, restrict
from governance.subjects.subjects import find_subject
from governance.vocabulary import ReasonCode, SubjectKind, SubjectState
from memstore.forget.erasure.decision import reject_erasure
from tests.support.cast import DATABASES, Organisation, say
from tests.support.erasing import four_eyes, verified

if TYPE_CHECKING:
    from governance.policy.decide import SubjectFacts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def alice(bank: Organisation) -> SubjectFacts:
    found = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert found is not None
    return found


def rejected(bank: Organisation, request_id: object) -> SubjectState:
    reject_erasure(caller=bank.staff("dov"), request_id=request_id, ground=Ground.LEGAL_CLAIMS)  # type: ignore[arg-type]
    return alice(bank).state


def test_granted_while_an_erasure_is_planned_it_is_there_after_the_rejection(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = verified(bank)
    restrict(caller=bank.staff("dora"), subject=alice(bank))
    with pytest.raises(AccessRefused) as caught:
        restrict(caller=bank.staff("dora"), subject=alice(bank))
    assert caught.value.reason is ReasonCode.DUPLICATE
    assert rejected(bank, request_id) is SubjectState.RESTRICTED


def test_lifted_while_an_erasure_is_planned_the_person_stays_out_of_reach_until_it_is_decided(
    bank: Organisation,
) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    restrict(caller=bank.staff("dora"), subject=alice(bank))
    request_id = verified(bank)
    lift_restriction(caller=bank.staff("dora"), subject=alice(bank))
    assert alice(bank).state is SubjectState.RESTRICTED
    assert rejected(bank, request_id) is SubjectState.ACTIVE
