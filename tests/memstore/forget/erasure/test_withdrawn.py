"""An erasure that waits for its second person is withdrawn by the member who verified it, and verified anew."""

from __future__ import annotations

import pytest

from governance.models import RequestState, Verification
from governance.rights.requests import read_request
from governance.subjects.subjects import find_subject
from governance.vocabulary import Action, ReasonCode, SubjectKind, SubjectState
from memstore.forget.erasure.decision import approve_erasure, withdraw_erasure
from memstore.rights.verify_request import verify_request
from tests.support.cast import DATABASES, Organisation, organisation, say, texts
from tests.support.erasing import four_eyes, look, verified
from tests.support.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture
def bank() -> Organisation:
    made = organisation()
    four_eyes(made)
    say(made, "alice", "I like tea")
    return made


def test_the_person_is_as_before_and_the_request_is_not_verified_any_more(bank: Organisation) -> None:
    request_id = verified(bank)
    shown = withdraw_erasure(caller=bank.staff("dora"), request_id=request_id)
    assert (shown.state, shown.verified_at, shown.awaits_approval) == (RequestState.RECEIVED.value, None, False)
    assert texts(bank, "alice") == ["I like tea"]
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    assert alice.state is SubjectState.ACTIVE


def test_it_is_not_approved_any_more_and_may_be_verified_anew(bank: Organisation) -> None:
    request_id = verified(bank)
    digest = look(bank, request_id).digest
    withdraw_erasure(caller=bank.staff("dora"), request_id=request_id)
    with refused(bank, Action.APPROVE_ERASURE, ReasonCode.ALREADY_DECIDED):
        approve_erasure(caller=bank.staff("dov"), request_id=request_id, digest=digest)
    verify_request(caller=bank.staff("dov"), request_id=request_id, method=Verification.DOCUMENT)
    again = look(bank, request_id)
    assert (again.state, again.requested_by) == ("planned", bank.staff("dov").principal.id)
    assert read_request(caller=bank.staff("dora"), request_id=request_id).request.awaits_approval


def test_nobody_else_withdraws_it(bank: Organisation) -> None:
    request_id = verified(bank)
    with refused(bank, Action.WITHDRAW_ERASURE, ReasonCode.NOT_THE_AUTHOR):
        withdraw_erasure(caller=bank.staff("dov"), request_id=request_id)
