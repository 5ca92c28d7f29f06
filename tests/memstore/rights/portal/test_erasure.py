"""An erasure from the portal: asked for by the person, verified by one member of staff, approved by another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from governance.errors import AccessRefused
from governance.ids import uuid7
from governance.models import PortalLink, RequestKind, Verification
from governance.rights.portal.codes import issue_code
from governance.rights.portal.own_requests import own_request
from governance.rights.portal.sittings import find_sitting
from governance.rights.requests import follow_request
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import ReasonCode
from memstore.forget.erasure.decision import approve_erasure
from memstore.rights.fulfil import cancel_request
from memstore.rights.portal.own_memories import overview
from memstore.rights.portal.own_requests import ask
from memstore.rights.portal.prove_identity import prove_identity
from memstore.rights.verify_request import verify_request
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.erasing import four_eyes, look, work
from tests.support.sitting import opened, proves, sitting

if TYPE_CHECKING:
    from uuid import UUID

    from pytest_django.fixtures import Settings

    from governance.context import Caller

ERASURE = RequestKind.ERASURE
pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def proved(bank: Organisation) -> tuple[UUID, Caller]:
    """An erasure that alice asked for in the portal, and her caller, whose identity is proved."""
    token = opened(bank)
    request_id = ask(caller=sitting(token).caller, form=uuid4(), kind=ERASURE).request.id
    return request_id, proves(bank, token, request_id)


def test_nothing_goes_before_it_is_known_who_asks(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    ask(caller=sitting(opened(bank)).caller, form=uuid4(), kind=ERASURE)
    assert texts(bank, "alice") == ["I like tea"]


def test_from_the_portal_to_the_end_with_the_receipt(bank: Organisation, settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    token = opened(bank)
    asked = ask(caller=sitting(token).caller, form=uuid4(), kind=ERASURE)
    proves(bank, token, asked.request.id)
    found = look(bank, asked.request.id)
    with pytest.raises(AccessRefused) as refused:  # dora vouched for the person
        approve_erasure(caller=bank.staff("dora"), request_id=asked.request.id, digest=found.digest)
    assert refused.value.reason is ReasonCode.SAME_PERSON
    assert own_request(caller=sitting(token).caller, request_id=asked.request.id).state == "verified"
    approve_erasure(caller=bank.staff("dov"), request_id=asked.request.id, digest=found.digest)
    assert work(bank, asked.request.id).state == "done"
    assert find_sitting(presented=token, request_id=uuid7()) is None
    assert follow_request(receipt=asked.receipt).state == "done"


def test_taken_back_before_its_approval_the_person_is_as_before(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id, person = proved(bank)
    assert overview(caller=person).restricted
    assert cancel_request(caller=person, request_id=request_id).state == "cancelled"
    assert texts(bank, "alice") == ["I like tea"]


def test_once_it_is_verified_only_somebody_known_takes_it_back(bank: Organisation) -> None:
    """Otherwise the key that issued another link, or a thief of one, would bring the person back within its reach."""
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id, person = proved(bank)
    with pytest.raises(AccessRefused) as refused:
        cancel_request(caller=sitting(opened(bank)).caller, request_id=request_id)
    assert refused.value.reason is ReasonCode.NOT_ASKED_HERE
    assert bank.refusals()[-1] == ("cancel_request", "not_asked_here")
    with pytest.raises(AccessRefused):
        texts(bank, "alice")
    assert own_request(caller=person, request_id=request_id).state == "verified"
    assert cancel_request(caller=bank.staff("dov"), request_id=request_id).state == "cancelled"


def test_who_issued_a_link_of_late_does_not_approve_the_erasure(bank: Organisation) -> None:
    """They may have sat behind it and asked for the erasure themselves."""
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = ask(caller=sitting(opened(bank, by=bank.staff("dov"))).caller, form=uuid4(), kind=ERASURE).request.id
    verify_request(caller=bank.staff("dora"), request_id=request_id, method=Verification.DOCUMENT)
    found = look(bank, request_id)
    for who in ("dora", "dov"):
        with pytest.raises(AccessRefused) as refused:
            approve_erasure(caller=bank.staff(who), request_id=request_id, digest=found.digest)
        assert refused.value.reason is ReasonCode.SAME_PERSON
    with tenant_context(bank.tenant.id):
        long_ago = datetime.now(UTC) - timedelta(days=40)
        PortalLink.objects.update(issued_at=long_ago, expires_at=long_ago + timedelta(minutes=1))
    assert approve_erasure(caller=bank.staff("dov"), request_id=request_id, digest=found.digest).state == "running"


def test_where_the_tenant_approves_by_itself_the_sitting_ends_with_the_person(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    token = opened(bank)
    asked = ask(caller=sitting(token).caller, form=uuid4(), kind=ERASURE)
    code = issue_code(caller=bank.staff("dora"), request_id=asked.request.id).code
    prove_identity(caller=sitting(token).caller, request_id=asked.request.id, code=code)
    work(bank, asked.request.id)
    assert find_sitting(presented=token, request_id=uuid7()) is None
    say(bank, "alice", "I am new here")
    assert find_sitting(presented=token, request_id=uuid7()) is None
