"""Cancelling from the portal: what was asked for there, and never what others did."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from governance.errors import AccessRefused
from governance.models import RequestKind, Verification
from governance.rights.portal.own_requests import own_request
from governance.rights.requests import Asked, open_request
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.rights.fulfil import cancel_request
from memstore.rights.portal.own_requests import ask
from memstore.rights.verify_request import verify_request
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.erasing import asks, four_eyes, verified
from tests.support.sitting import opened, proves, sits, sitting

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def refused_as(caller: Caller, request_id: UUID) -> ReasonCode:
    assert own_request(caller=caller, request_id=request_id).takes_back is False
    with pytest.raises(AccessRefused) as caught:
        cancel_request(caller=caller, request_id=request_id)
    return caught.value.reason


@pytest.mark.parametrize("is_verified", [False, True])
@pytest.mark.parametrize("has_proved", [False, True])
def test_what_an_officer_opened_stays_with_the_officers(
    bank: Organisation, has_proved: bool, is_verified: bool
) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = verified(bank) if is_verified else asks(bank).request.id
    token = opened(bank)
    person = sitting(token).caller
    if has_proved:
        copy = ask(caller=person, form=uuid4(), kind=RequestKind.ACCESS).request.id
        person = proves(bank, token, copy)
    assert refused_as(person, request_id) is ReasonCode.NOT_ASKED_HERE
    assert bank.refusals()[-1] == ("cancel_request", "not_asked_here")
    if is_verified:
        with pytest.raises(AccessRefused):
            texts(bank, "alice")  # out of reach as before


@pytest.mark.parametrize("kind", [RequestKind.ERASURE, RequestKind.ACCESS, RequestKind.RESTRICTION])
def test_what_a_key_opened_stays_with_the_key(bank: Organisation, kind: RequestKind) -> None:
    by_key = open_request(
        caller=bank.caller(), subject_kind=SubjectKind.USER, external_id="alice", asked=Asked(kind=kind)
    )
    assert refused_as(sits(bank), by_key.request.id) is ReasonCode.NOT_ASKED_HERE


def test_another_sitting_takes_nothing_back_until_it_is_known_that_it_is_the_person(bank: Organisation) -> None:
    asked = ask(caller=sits(bank), form=uuid4(), kind=RequestKind.ERASURE).request.id
    token = opened(bank)
    assert refused_as(sitting(token).caller, asked) is ReasonCode.NOT_ASKED_HERE
    copy = ask(caller=sitting(token).caller, form=uuid4(), kind=RequestKind.ACCESS).request.id
    person = proves(bank, token, copy)
    assert own_request(caller=person, request_id=asked).takes_back
    assert cancel_request(caller=person, request_id=asked).state == "cancelled"


def test_the_sitting_that_asked_takes_it_back_until_it_is_verified(bank: Organisation) -> None:
    four_eyes(bank)
    person = sits(bank)
    first, second = (ask(caller=person, form=uuid4(), kind=RequestKind.ERASURE).request.id for _ in range(2))
    assert own_request(caller=person, request_id=first).takes_back
    assert cancel_request(caller=person, request_id=first).state == "cancelled"
    verify_request(caller=bank.staff("dora"), request_id=second, method=Verification.DOCUMENT)
    assert refused_as(person, second) is ReasonCode.IDENTITY_UNVERIFIED
