"""Requests of a person who is erased meanwhile end with that word, for the officer and for the person."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from governance.errors import AccessRefused
from governance.models import ENDED, ErasureStep, PauseReason, RequestKind, Subject, Verification
from governance.rights.escalation import end_of_erased
from governance.rights.handling import pause_request
from governance.rights.requests import Asked, follow_request, list_requests, open_request, read_request
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.forget.forget import forget_scope
from memstore.records.scope_ids import ScopeIds
from memstore.rights.copies.hand_out import make_copy
from memstore.rights.fulfil import fulfil_request
from memstore.rights.verify_request import verify_request
from tests.support.cast import DATABASES, Organisation, say
from tests.support.erasing import approved, asks, erased, four_eyes, work

if TYPE_CHECKING:
    from pytest_django import Settings

    from governance.rights.requests import OpenedRequest

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
KINDS = [
    RequestKind.ACCESS,
    RequestKind.PORTABILITY,
    RequestKind.RESTRICTION,
    RequestKind.OBJECTION,
    RequestKind.RECTIFICATION,
    RequestKind.ERASURE,
]


@pytest.fixture(autouse=True)
def _cold(settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0


def asked(bank: Organisation, kind: RequestKind, **more: object) -> OpenedRequest:
    if kind is RequestKind.RECTIFICATION:
        more |= {"memory_id": uuid4(), "correction": "I live in Braga"}
    if kind is RequestKind.OBJECTION:
        more |= {"purpose": "assistance"}
    return open_request(
        caller=bank.staff("dora"),
        subject_kind=SubjectKind.USER,
        external_id="alice",
        asked=Asked(kind=kind, channel="letter", **more),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("is_verified", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_open_ends_with_the_person(bank: Organisation, kind: RequestKind, is_verified: bool) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    opened = asked(bank, kind)
    if is_verified and kind is not RequestKind.ERASURE:
        verify_request(caller=bank.staff("dora"), request_id=opened.request.id, method=Verification.DOCUMENT)
    pause_request(caller=bank.staff("dora"), request_id=opened.request.id, reason=PauseReason.CLARIFICATION)
    erasure = erased(bank)
    shown = read_request(caller=bank.staff("dora"), request_id=opened.request.id).request
    assert (shown.state, shown.paused, shown.overdue, shown.days_left) == ("erased", False, False, 0)
    assert shown.closed_at is not None
    followed = follow_request(receipt=opened.receipt)
    assert (followed.state, followed.closed_at) == ("erased", shown.closed_at)
    assert read_request(caller=bank.staff("dora"), request_id=erasure).request.state == "done"
    assert list_requests(caller=bank.staff("dora"), open_only=True).total == 0
    assert [event.type for event in bank.events() if event.object_id == opened.request.id][-1] in {
        "erase",
        "read_requests",
        "follow_request",
    }


def test_nothing_is_done_about_it_any_more(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    opened = asked(bank, RequestKind.ACCESS)
    verify_request(caller=bank.staff("dora"), request_id=opened.request.id, method=Verification.DOCUMENT)
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice"))
    for late in (
        lambda: fulfil_request(caller=bank.staff("dora"), request_id=opened.request.id),
        lambda: make_copy(caller=bank.staff("dora"), request_id=opened.request.id),
    ):
        with pytest.raises(AccessRefused) as caught:
            late()
        assert caught.value.reason is ReasonCode.REQUEST_NOT_OPEN


@pytest.mark.parametrize("step", [ErasureStep.TOMBSTONE, ErasureStep.DELETE])
def test_what_is_asked_while_the_erasure_runs_ends_with_it(bank: Organisation, step: ErasureStep) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = approved(bank)
    work(bank, request_id, until=step)
    opened = asked(bank, RequestKind.ACCESS)
    assert work(bank, request_id).state == "done"
    assert follow_request(receipt=opened.receipt).state == "erased"


def test_a_new_person_of_the_old_name_asks_as_anybody(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice"))
    assert follow_request(receipt=asked(bank, RequestKind.ACCESS).receipt).state == "received"


def test_what_a_backup_brought_back_or_an_older_version_left_ends_by_itself(bank: Organisation) -> None:
    opened = asks(bank, kind=RequestKind.ACCESS)
    with tenant_context(bank.tenant.id):
        Subject.objects.update(state="erased")
    assert end_of_erased(bank.tenant.id) == 1
    assert end_of_erased(bank.tenant.id) == 0
    assert follow_request(receipt=opened.receipt).state == "erased"


def test_what_is_kept_for_the_law_is_still_asked_for(bank: Organisation) -> None:
    from tests.memstore.forget.erasure.test_kept_by_law import held

    four_eyes(bank)
    say(bank, "alice", "I like tea")
    opened = asked(bank, RequestKind.ACCESS)
    held(bank, "assistance")
    assert work(bank, approved(bank)).state == "waiting"
    assert follow_request(receipt=opened.receipt).state not in ENDED
