"""Requests of the person: opened, followed, handled; clocks, refusals, duplicates, and who may see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError

from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.keyring.models import DataKey, KeyUse
from governance.models import (
    ExtensionReason,
    Ground,
    PauseReason,
    RequestKind,
    RequestState,
    RightsRequest,
    Verification,
)
from governance.processing.holds import approve_hold, approve_release, request_hold, request_release
from governance.processing.restrictions import lift_restriction
from governance.rights.escalation import end_files, escalate
from governance.rights.handling import extend_request, pause_request, refuse_item, resume_request
from governance.rights.requests import Asked, follow_request, list_requests, open_request, read_request
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, SubjectKind
from memstore.forget.sweep import sweep
from memstore.oversight.inbox import inbox
from memstore.rights.fulfil import cancel_request, fulfil_request, refuse_request
from memstore.rights.verify_request import verify_request
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents
from tests.support.erasing import asks, four_eyes, verified
from tests.support.refusing import refused
from tests.support.superuser import superuser
from tests.support.two_people import configured

if TYPE_CHECKING:
    from uuid import UUID

    from governance.rights.requests import OpenedRequest

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
DAY = timedelta(days=1)


def opened(bank: Organisation, kind: RequestKind, **asked: object) -> OpenedRequest:
    return open_request(
        caller=bank.staff("dora"),
        subject_kind=SubjectKind.USER,
        external_id="alice",
        asked=Asked(kind=kind, channel="letter", **asked),  # type: ignore[arg-type]  # fields of Asked
    )


def shown(bank: Organisation, kind: RequestKind, **asked: object) -> UUID:
    """Return a request of a person who was verified."""
    request_id = opened(bank, kind, **asked).request.id
    verify_request(caller=bank.staff("dora"), request_id=request_id, method=Verification.DOCUMENT)
    return request_id


def aged(bank: Organisation, request_id: UUID, days: int) -> None:
    """Let time pass, as the owner: the serving role cannot change when a request came."""
    ago = timedelta(days=days)
    with superuser() as clock:
        clock.execute(
            "UPDATE governance_rightsrequest SET received_at = received_at - %(ago)s, due_at = due_at - %(ago)s,"
            " closed_at = closed_at - %(ago)s WHERE id = %(id)s",
            {"ago": ago, "id": request_id},
        )


def test_opened_it_has_its_day_and_a_receipt_and_does_nothing_yet(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    made = opened(bank, RequestKind.ERASURE, words="Please forget me.")
    assert made.request.state == "received"
    assert 27 <= made.request.days_left <= 31
    assert texts(bank, "alice") == ["I like tea"]
    assert follow_request(receipt=made.receipt).state == "received"
    detail = read_request(caller=bank.staff("dov"), request_id=made.request.id)
    assert (detail.user_id, detail.words) == ("alice", "Please forget me.")


def test_the_words_and_the_name_are_sealed_at_rest(bank: Organisation) -> None:
    made = opened(bank, RequestKind.ERASURE, words="Please forget me.")
    with tenant_context(bank.tenant.id):
        sealed = bytes(RightsRequest.objects.get(id=made.request.id).sealed)
    assert b"alice" not in sealed
    assert b"forget" not in sealed


@pytest.mark.parametrize("receipt", ["", "x", "a.b.c", "{tenant}.{request}.wrong", "{other}.{request}.{code}"])
def test_a_receipt_that_is_not_right_leads_nowhere(bank: Organisation, outsider: Organisation, receipt: str) -> None:
    made = opened(bank, RequestKind.ACCESS)
    tenant, request, code = made.receipt.split(".")
    forged = receipt.format(tenant=tenant, request=request, code=code, other=outsider.tenant.id)
    with pytest.raises(AccessRefused) as caught:
        follow_request(receipt=forged)
    assert caught.value.reason is ReasonCode.LINK_UNKNOWN


def test_a_key_sees_its_own_requests_and_no_words_and_the_outsider_none(
    bank: Organisation, outsider: Organisation
) -> None:
    by_staff = opened(bank, RequestKind.ACCESS).request.id
    by_key = open_request(
        caller=bank.caller(),
        subject_kind=SubjectKind.USER,
        external_id="alice",
        asked=Asked(RequestKind.ERASURE, words="Please."),
    ).request.id
    assert [one.id for one in list_requests(caller=bank.caller()).requests] == [by_key]
    assert read_request(caller=bank.caller(), request_id=by_key).words == ""
    with pytest.raises(NoSuchObject):
        read_request(caller=bank.caller(), request_id=by_staff)
    assert {one.id for one in list_requests(caller=bank.staff("dov")).requests} == {by_staff, by_key}
    for who in (outsider.staff("dora"), outsider.caller()):
        assert list_requests(caller=who).total == 0
        with pytest.raises(NoSuchObject):
            read_request(caller=who, request_id=by_staff)


@pytest.mark.parametrize("who", ["ada", "rita", "aud", "kay"])
def test_nobody_else_at_work_opens_or_sees_requests(bank: Organisation, who: str) -> None:
    made = opened(bank, RequestKind.ACCESS)
    with refused(bank, Action.READ_REQUESTS, ReasonCode.CAPABILITY_MISSING):
        read_request(caller=bank.staff(who), request_id=made.request.id)
    with refused(bank, Action.READ_REQUESTS, ReasonCode.CAPABILITY_MISSING):
        list_requests(caller=bank.staff(who))


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": RequestKind.ERASURE, "purpose": "offers"},
        {"kind": RequestKind.WITHDRAWAL},
        {"kind": RequestKind.OBJECTION},
        {"kind": RequestKind.RECTIFICATION},
        {"kind": RequestKind.ACCESS, "correction": "x"},
        {"kind": RequestKind.ACCESS, "channel": "Two Words"},
        {"kind": RequestKind.ACCESS, "words": "x" * 4_001},
        {"kind": RequestKind.ACCESS, "received_at": datetime.now(UTC) + DAY},
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(bank: Organisation, wrong: dict[str, object]) -> None:
    with refused(bank, Action.OPEN_REQUEST, ReasonCode.INVALID) as caught:
        open_request(
            caller=bank.staff("dora"),
            subject_kind=SubjectKind.USER,
            external_id="alice",
            asked=Asked(**{"channel": "letter", **wrong}),  # type: ignore[arg-type]
        )
    assert isinstance(caught.value, InvalidChange)


def test_once_with_a_reason_and_before_the_day_it_is_extended(bank: Organisation) -> None:
    made = opened(bank, RequestKind.ACCESS)
    extended = extend_request(caller=bank.staff("dora"), request_id=made.request.id, reason=ExtensionReason.COMPLEXITY)
    assert extended.due_at > made.request.due_at + 58 * DAY
    with refused(bank, Action.EXTEND_REQUEST, ReasonCode.ALREADY_EXTENDED):
        extend_request(caller=bank.staff("dora"), request_id=made.request.id, reason=ExtensionReason.COMPLEXITY)
    late = opened(bank, RequestKind.ACCESS).request.id
    aged(bank, late, 40)
    with refused(bank, Action.EXTEND_REQUEST, ReasonCode.DEADLINE_PASSED):
        extend_request(caller=bank.staff("dora"), request_id=late, reason=ExtensionReason.COMPLEXITY)


def test_a_pause_moves_the_day_and_the_ccpa_knows_none(bank: Organisation) -> None:
    made = opened(bank, RequestKind.ACCESS)
    pause_request(caller=bank.staff("dora"), request_id=made.request.id, reason=PauseReason.IDENTITY)
    with tenant_context(bank.tenant.id):
        RightsRequest.objects.update(paused_at=datetime.now(UTC) - 3 * DAY)
    resumed = resume_request(caller=bank.staff("dora"), request_id=made.request.id)
    assert timedelta(0) <= resumed.due_at - made.request.due_at - 3 * DAY < timedelta(minutes=1)
    configured(bank, request_profile="ccpa")
    ccpa = opened(bank, RequestKind.ACCESS).request
    assert ccpa.confirm_by is not None
    with refused(bank, Action.PAUSE_REQUEST, ReasonCode.CLOCK_NEVER_STOPS):
        pause_request(caller=bank.staff("dora"), request_id=ccpa.id, reason=PauseReason.IDENTITY)


def test_an_unverified_duplicate_never_blocks_the_verified_one(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    by_somebody = asks(bank).request.id
    real = verified(bank)
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.get(id=real).state == "verified"
    late = verify_request(caller=bank.staff("dora"), request_id=by_somebody, method=Verification.DOCUMENT)
    assert (late.state, late.duplicate_of) == ("duplicate", real)


def test_parts_are_refused_with_their_ground_and_the_whole_as_well(bank: Organisation) -> None:
    memory = say(bank, "alice", "I like tea").stored[0].id
    request_id = shown(bank, RequestKind.ACCESS)
    part = refuse_item(
        caller=bank.staff("dora"), request_id=request_id, ground=Ground.RIGHTS_OF_OTHERS, memory_id=memory
    )
    assert [(item.memory_id, item.ground) for item in part.refused] == [(memory, "15(4)")]
    whole = refuse_request(caller=bank.staff("dora"), request_id=request_id, ground=Ground.UNFOUNDED_OR_EXCESSIVE)
    assert (whole.state, whole.ground) == ("refused", "12(5)")
    with refused(bank, Action.REFUSE_REQUEST, ReasonCode.REQUEST_NOT_OPEN):
        refuse_request(caller=bank.staff("dora"), request_id=request_id, ground=Ground.UNFOUNDED_OR_EXCESSIVE)


def test_nothing_is_done_for_whom_nobody_verified(bank: Organisation) -> None:
    request_id = opened(bank, RequestKind.RESTRICTION).request.id
    with refused(bank, Action.FULFIL_REQUEST, ReasonCode.IDENTITY_UNVERIFIED):
        fulfil_request(caller=bank.staff("dora"), request_id=request_id)


def test_restriction_withdrawal_and_objection_are_done_by_what_keys_call_too(bank: Organisation) -> None:
    consents(bank)
    say(bank, "alice", "I want offers", key_text=bank.another_key(default_purpose="offers"))
    withdrawal = shown(bank, RequestKind.WITHDRAWAL, purpose="offers")
    assert fulfil_request(caller=bank.staff("dora"), request_id=withdrawal).state == "done"
    with pytest.raises(AccessRefused, match="consent_missing"):
        say(bank, "alice", "more offers", key_text=bank.another_key(default_purpose="offers"))
    objection = shown(bank, RequestKind.OBJECTION, purpose="knowledge")
    assert fulfil_request(caller=bank.staff("dora"), request_id=objection).state == "done"
    restriction = shown(bank, RequestKind.RESTRICTION)
    assert fulfil_request(caller=bank.staff("dora"), request_id=restriction).state == "done"
    with pytest.raises(AccessRefused, match="subject_not_active"):
        texts(bank, "alice")


def test_what_is_rectified_is_found_by_the_new_wording_and_not_by_the_old(bank: Organisation) -> None:
    from memstore.recall.get import history
    from memstore.recall.recall import recall

    memory = say(bank, "alice", "I live in Porto").stored[0].id
    request_id = shown(bank, RequestKind.RECTIFICATION, memory_id=memory, correction="I live in Braga")
    assert fulfil_request(caller=bank.staff("dora"), request_id=request_id).state == "done"
    assert texts(bank, "alice") == ["I live in Braga"]
    found = recall(caller=bank.caller(), query="Porto", filters={"user_id": "alice"}, threshold=0)
    assert [view.text for view in found] == ["I live in Braga"]
    assert "Porto" not in str(history(caller=bank.caller(), memory_id=memory))


def test_taken_back_before_the_start_the_person_is_as_before(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = verified(bank)
    assert cancel_request(caller=bank.staff("dora"), request_id=request_id).state == RequestState.CANCELLED
    assert texts(bank, "alice") == ["I like tea"]


def test_before_the_day_it_is_escalated_once(bank: Organisation) -> None:
    request_id = opened(bank, RequestKind.ACCESS).request.id
    assert escalate(bank.tenant.id) == 0
    aged(bank, request_id, 25)
    assert escalate(bank.tenant.id) == 1
    assert escalate(bank.tenant.id) == 0
    assert [event.type for event in bank.events()].count("escalate_request") == 1
    assert inbox(caller=bank.staff("dora")).requests_due == 1
    assert inbox(caller=bank.staff("rita")).requests_due == 0


def test_the_file_of_a_request_has_its_own_end(bank: Organisation) -> None:
    request_id = shown(bank, RequestKind.ACCESS, words="Please.")
    fulfil_request(caller=bank.staff("dora"), request_id=request_id)
    assert end_files(bank.tenant.id) == 0
    with pytest.raises(DatabaseError, match="has its own time"):  # whatever the clock of this process says
        end_files(bank.tenant.id, datetime.now(UTC) + 1096 * DAY)
    aged(bank, request_id, 1096)
    assert end_files(bank.tenant.id) == 1
    with tenant_context(bank.tenant.id, using="keys"):
        assert not DataKey.objects.filter(subject_id=request_id, use=KeyUse.REQUEST).exists()
    detail = read_request(caller=bank.staff("dora"), request_id=request_id)
    assert (detail.user_id, detail.words, detail.request.state) == ("", "", "done")


def test_what_is_contested_is_restricted_and_rectified_meanwhile(bank: Organisation) -> None:
    memory = say(bank, "alice", "I live in Porto").stored[0].id
    fulfil_request(caller=bank.staff("dora"), request_id=shown(bank, RequestKind.RESTRICTION))
    request_id = shown(bank, RequestKind.RECTIFICATION, memory_id=memory, correction="I live in Braga")
    assert fulfil_request(caller=bank.staff("dora"), request_id=request_id).state == "done"
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    lift_restriction(caller=bank.staff("dora"), subject=alice)
    assert texts(bank, "alice") == ["I live in Braga"]


def test_where_the_right_wording_is_remembered_already_the_wrong_memory_goes(bank: Organisation) -> None:
    say(bank, "alice", "I live in Braga")
    wrong = say(bank, "alice", "I live in Porto").stored[0].id
    request_id = shown(bank, RequestKind.RECTIFICATION, memory_id=wrong, correction="I live in Braga")
    assert fulfil_request(caller=bank.staff("dora"), request_id=request_id).state == "done"
    assert texts(bank, "alice") == ["I live in Braga"]


def test_a_wrong_wording_that_the_law_keeps_is_in_no_history(bank: Organisation) -> None:
    from memstore.models import MemoryVersion
    from memstore.recall.get import history

    memory = say(bank, "alice", "I live in Porto").stored[0].id
    asked = request_hold(caller=bank.staff("dora"), kind=SubjectKind.USER, external_id="alice", reference="C-1")
    approve_hold(caller=bank.staff("dov"), hold_id=asked.id)
    request_id = shown(bank, RequestKind.RECTIFICATION, memory_id=memory, correction="I live in Braga")
    assert fulfil_request(caller=bank.staff("dora"), request_id=request_id).state == "done"
    assert [wording.payload.text for wording in history(caller=bank.caller(), memory_id=memory)] == ["I live in Braga"]
    with tenant_context(bank.tenant.id):
        assert MemoryVersion.objects.filter(memory_id=memory).count() == 2
    request_release(caller=bank.staff("dora"), hold_id=asked.id)
    approve_release(caller=bank.staff("dov"), hold_id=asked.id)
    sweep(bank.tenant.id)
    with tenant_context(bank.tenant.id):
        assert MemoryVersion.objects.get(memory_id=memory).rectified is False
    assert texts(bank, "alice") == ["I live in Braga"]


def test_a_wrong_wording_whose_floor_is_over_is_destroyed(bank: Organisation) -> None:
    from memstore.models import Memory, MemoryVersion

    memory = say(bank, "alice", "I live in Porto").stored[0].id
    with tenant_context(bank.tenant.id):
        Memory.objects.update(keep_until=datetime.now(UTC) - DAY)
    request_id = shown(bank, RequestKind.RECTIFICATION, memory_id=memory, correction="I live in Braga")
    fulfil_request(caller=bank.staff("dora"), request_id=request_id)
    with tenant_context(bank.tenant.id):
        assert MemoryVersion.objects.filter(memory_id=memory).count() == 1


def test_a_wrong_wording_that_a_new_floor_keeps_stays_though_nothing_dated_it_yet(bank: Organisation) -> None:
    from governance.policy.retention import Authority, RuleKind
    from governance.processing.retention_rules import RuleTerms, propose_rule
    from memstore.models import MemoryVersion
    from memstore.oversight.retention_preview import approve_rule, preview

    memory = say(bank, "alice", "I live in Porto").stored[0].id
    terms = RuleTerms("long", RuleKind.FLOOR, 2000, authority=Authority.MANDATORY, purpose="assistance")
    rule = propose_rule(caller=bank.staff("ada"), terms=terms).id
    digest = preview(caller=bank.staff("dora"), rule_id=rule).digest
    approve_rule(caller=bank.staff("dora"), rule_id=rule, digest=digest)
    request_id = shown(bank, RequestKind.RECTIFICATION, memory_id=memory, correction="I live in Braga")
    fulfil_request(caller=bank.staff("dora"), request_id=request_id)
    with tenant_context(bank.tenant.id):
        assert list(MemoryVersion.objects.order_by("version").values_list("rectified", flat=True)) == [True, False]
