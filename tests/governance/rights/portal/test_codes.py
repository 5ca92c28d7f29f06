"""One-time codes: the roles that issue them, the person and request they belong to, and that guessing gets nowhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from governance.access.staff import suspend_member
from governance.errors import AccessRefused, NoSuchObject
from governance.models import Ground, PortalCode, RequestKind, RightsRequest, Verification
from governance.rights.portal.codes import LENGTH, MAX_ATTEMPTS, issue_code
from governance.rights.portal.own_requests import own_request, own_requests
from governance.rights.requests import Asked, open_request
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.rights.fulfil import refuse_request
from memstore.rights.portal.own_requests import ask
from memstore.rights.portal.prove_identity import prove_identity
from memstore.rights.verify_request import verify_request
from tests.support.cast import DATABASES, Organisation, say
from tests.support.erasing import asks
from tests.support.sitting import opened, proves, sits, sitting

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def copy_asked(caller: Caller) -> UUID:
    return ask(caller=caller, form=uuid4(), kind=RequestKind.ACCESS).request.id


def refused_for(reason: ReasonCode, caller: Caller, request_id: UUID, code: str) -> None:
    with pytest.raises(AccessRefused) as refused:
        prove_identity(caller=caller, request_id=request_id, code=code)
    assert refused.value.reason is reason


def test_the_code_of_a_letter_verifies_the_request_and_opens_the_sitting(bank: Organisation) -> None:
    token = opened(bank)
    request_id = copy_asked(sitting(token).caller)
    code = issue_code(caller=bank.staff("dora"), request_id=request_id).code
    assert len(code.replace("-", "")) == LENGTH
    assert not sitting(token).proved
    typed = f"  {code.lower().replace('-', ' ')} "
    shown = prove_identity(caller=sitting(token).caller, request_id=request_id, code=typed)
    assert (shown.state, shown.verification) == ("verified", Verification.CODE.value)
    assert sitting(token).proved
    with tenant_context(bank.tenant.id):
        row = RightsRequest.objects.get(id=request_id)
    assert row.verified_by == bank.staff("dora").principal.id  # who answers for it
    [event] = [event for event in bank.events() if event.type == "prove_identity"]
    assert (event.role, event.subject_id, event.reason) == ("subject", row.subject_id, "allowed")


def test_another_sitting_of_the_same_person_is_as_it_was(bank: Organisation) -> None:
    token, other = opened(bank), opened(bank)
    proves(bank, token, copy_asked(sitting(token).caller))
    assert (sitting(token).proved, sitting(other).proved) == (True, False)


def test_no_machine_and_nobody_without_a_second_factor_issues_a_code(bank: Organisation) -> None:
    """The key that issued the link therefore cannot prove who uses it."""
    person = sits(bank)
    request_id = copy_asked(person)
    callers = [bank.caller(), person, *(bank.staff(who) for who in ("rita", "ada", "aud", "kay"))]
    for caller in callers:
        with pytest.raises(AccessRefused) as refused:
            issue_code(caller=caller, request_id=request_id)
        assert refused.value.reason is ReasonCode.CAPABILITY_MISSING
    with pytest.raises(AccessRefused) as refused:
        issue_code(caller=bank.staff("dora", stepped_up=False), request_id=request_id)
    assert refused.value.reason is ReasonCode.STEP_UP_NEEDED


def test_no_machine_enters_a_code(bank: Organisation) -> None:
    request_id = copy_asked(sits(bank))
    code = issue_code(caller=bank.staff("dora"), request_id=request_id).code
    refused_for(ReasonCode.CAPABILITY_MISSING, bank.caller(), request_id, code)


def test_whoever_issued_the_link_cannot_vouch_for_who_sits_there(bank: Organisation) -> None:
    request_id = copy_asked(sits(bank, by=bank.staff("dora")))
    with pytest.raises(AccessRefused) as refused:
        issue_code(caller=bank.staff("dora"), request_id=request_id)
    assert refused.value.reason is ReasonCode.SAME_PERSON
    assert issue_code(caller=bank.staff("dov"), request_id=request_id)


def test_a_code_and_then_a_link_of_the_same_person_do_not_go_together(bank: Organisation) -> None:
    request_id = copy_asked(sits(bank))
    code = issue_code(caller=bank.staff("dora"), request_id=request_id).code
    later = sits(bank, by=bank.staff("dora"))
    refused_for(ReasonCode.CODE_UNKNOWN, later, request_id, code)
    prove_identity(caller=sits(bank), request_id=request_id, code=code)


def test_a_code_of_somebody_who_was_suspended_since_vouches_for_nobody(bank: Organisation) -> None:
    person = sits(bank)
    request_id = copy_asked(person)
    code = issue_code(caller=bank.staff("dora"), request_id=request_id).code
    suspend_member(caller=bank.staff("ada"), user_id=bank.staff("dora").principal.id)
    refused_for(ReasonCode.CODE_UNKNOWN, person, request_id, code)
    again = issue_code(caller=bank.staff("dov"), request_id=request_id).code
    prove_identity(caller=person, request_id=request_id, code=again)


def test_five_wrong_codes_and_the_right_one_is_dead(bank: Organisation) -> None:
    person = sits(bank)
    request_id = copy_asked(person)
    code = issue_code(caller=bank.staff("dora"), request_id=request_id).code
    for _ in range(MAX_ATTEMPTS):
        refused_for(ReasonCode.CODE_UNKNOWN, person, request_id, "22222222")
    refused_for(ReasonCode.CODE_UNKNOWN, person, request_id, code)
    assert ("prove_identity", "code_unknown") in bank.refusals()
    again = issue_code(caller=bank.staff("dora"), request_id=request_id).code
    prove_identity(caller=person, request_id=request_id, code=again)


def test_a_code_is_void_once_used_too_old_or_followed_by_another(bank: Organisation) -> None:
    person = sits(bank)
    first, second = copy_asked(person), copy_asked(person)
    old = issue_code(caller=bank.staff("dora"), request_id=first).code
    new = issue_code(caller=bank.staff("dora"), request_id=first).code
    refused_for(ReasonCode.CODE_UNKNOWN, person, first, old)
    refused_for(ReasonCode.CODE_UNKNOWN, person, second, new)  # it belongs to the other request
    prove_identity(caller=person, request_id=first, code=new)
    refused_for(ReasonCode.ALREADY_DECIDED, person, first, new)
    late = issue_code(caller=bank.staff("dora"), request_id=second).code
    with tenant_context(bank.tenant.id):
        PortalCode.objects.filter(request_id=second).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    refused_for(ReasonCode.CODE_UNKNOWN, person, second, late)


def test_no_code_is_issued_for_what_is_verified_or_over(bank: Organisation) -> None:
    request_id = asks(bank, kind=RequestKind.ACCESS).request.id
    verify_request(caller=bank.staff("dora"), request_id=request_id, method=Verification.IN_PERSON)
    with pytest.raises(AccessRefused) as refused:
        issue_code(caller=bank.staff("dora"), request_id=request_id)
    assert refused.value.reason is ReasonCode.ALREADY_DECIDED


def test_only_an_hmac_of_the_code_is_kept(bank: Organisation) -> None:
    request_id = copy_asked(sits(bank))
    code = issue_code(caller=bank.staff("dora"), request_id=request_id).code
    with tenant_context(bank.tenant.id):
        [row] = PortalCode.objects.values()
    assert not [value for value in row.values() if code in str(value) or code.replace("-", "") in str(value)]


def test_nobody_reaches_requests_of_somebody_else(bank: Organisation, outsider: Organisation) -> None:
    """Another person tries, one of the same name at another tenant, and one with a code that would fit."""
    request_id = copy_asked(sits(bank, "alice"))
    code = issue_code(caller=bank.staff("dora"), request_id=request_id).code
    for stranger in (sits(bank, "bob"), sits(outsider, "alice")):
        assert own_requests(caller=stranger) == ()
        with pytest.raises(NoSuchObject):
            own_request(caller=stranger, request_id=request_id)
        with pytest.raises(NoSuchObject):
            prove_identity(caller=stranger, request_id=request_id, code=code)
    for staff in (outsider.staff("dora"),):
        with pytest.raises(NoSuchObject):
            issue_code(caller=staff, request_id=request_id)


def test_what_was_refused_and_why_is_told_once_it_is_known_who_asks(bank: Organisation) -> None:
    """The refusal says what is kept, and for what, also of what the link's key never saw."""
    say(bank, "alice", "I like tea")
    asked = Asked(kind=RequestKind.RESTRICTION, purpose="offers")
    old = open_request(
        caller=bank.staff("dora"), subject_kind=SubjectKind.USER, external_id="alice", asked=asked
    ).request.id
    refuse_request(caller=bank.staff("dora"), request_id=old, ground=Ground.LEGAL_CLAIMS)
    token = opened(bank)
    blind = own_request(caller=sitting(token).caller, request_id=old)
    assert (blind.kind, blind.state, blind.purpose) == ("restriction", "refused", None)
    assert (blind.ground, blind.refused) == ("", ())
    mine = ask(caller=sitting(token).caller, form=uuid4(), kind=RequestKind.ACCESS).request.id
    known = own_request(caller=proves(bank, token, mine), request_id=old)
    assert (known.purpose, known.ground) == ("offers", Ground.LEGAL_CLAIMS)


def test_the_person_sees_requests_that_others_opened_for_them(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    letter = asks(bank, "alice", RequestKind.RESTRICTION).request
    asks(bank, "bob", RequestKind.RESTRICTION)
    person = sits(bank)
    mine = ask(caller=person, form=uuid4(), kind=RequestKind.ACCESS).request
    assert [shown.id for shown in own_requests(caller=person)] == [mine.id, letter.id]
    assert own_request(caller=person, request_id=letter.id).kind == "restriction"
