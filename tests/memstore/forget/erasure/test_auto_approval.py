"""Erasures that need no second person: by the person's own proof, or, where it is set so, by two members of staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from governance.models import RequestKind, Tenant, Verification
from governance.rights.requests import Asked, open_request
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.rights.verify_request import verify_request
from tests.support.cast import DATABASES, Organisation, say
from tests.support.erasing import look
from tests.support.sitting import link_text, opened, proves, sitting

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture
def bank(bank: Organisation) -> Organisation:
    say(bank, "alice", "I like tea")
    return bank


def decided(bank: Organisation, *, erasure: bool = True, staff_verified: bool = True) -> None:
    with tenant_context(bank.tenant.id):
        Tenant.objects.update(auto_approve_erasure=erasure, auto_approve_staff_verified=staff_verified)


def asked(caller: Caller) -> UUID:
    wanted = Asked(RequestKind.ERASURE)
    return open_request(caller=caller, subject_kind=SubjectKind.USER, external_id="alice", asked=wanted).request.id


def state(bank: Organisation, request_id: UUID) -> tuple[str, bool]:
    found = look(bank, request_id)
    return found.state, found.auto_approved


WAITS, RUNS = ("planned", False), ("running", True)


@pytest.mark.parametrize(
    ("opened_by", "verified_by", "settings", "expected"),
    [
        ("dora", "dora", {}, WAITS),
        ("dora", "dov", {}, RUNS),
        ("the key", "dov", {}, RUNS),
        ("dora", "dov", {"staff_verified": False}, WAITS),
        ("the key", "dov", {"staff_verified": False}, WAITS),
        ("dora", "dov", {"erasure": False}, WAITS),
    ],
)
def test_what_staff_verified_waits_unless_it_is_set_so_and_two_people_were_at_it(
    bank: Organisation, opened_by: str, verified_by: str, settings: dict[str, bool], expected: tuple[str, bool]
) -> None:
    decided(bank, **settings)
    request_id = asked(bank.caller() if opened_by == "the key" else bank.staff(opened_by))
    verify_request(caller=bank.staff(verified_by), request_id=request_id, method=Verification.CODE)
    assert state(bank, request_id) == expected


def test_a_link_of_ones_own_to_the_persons_page_makes_nobody_two_people(bank: Organisation) -> None:
    """The member who issued the link may have used it and asked."""
    decided(bank)
    request_id = asked(bank.caller())
    link_text(bank, by=bank.staff("dov"))
    verify_request(caller=bank.staff("dov"), request_id=request_id, method=Verification.IN_PERSON)
    assert state(bank, request_id) == WAITS


@pytest.mark.parametrize("staff_verified", [True, False])
def test_the_persons_own_code_is_enough(bank: Organisation, staff_verified: bool) -> None:
    decided(bank, staff_verified=staff_verified)
    token = opened(bank)
    request_id = asked(sitting(token).caller)
    proves(bank, token, request_id)
    assert state(bank, request_id) == RUNS
