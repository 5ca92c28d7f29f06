"""Sessions of members of staff: a second factor where it is needed, and an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from governance.access.sessions import STEP_UP, keep_awake, session_principal, sign_in, sign_out, step_up
from governance.access.sign_in_attempts import FREE_FAILURES
from governance.access.staff import approve_member, list_staff, request_member
from governance.errors import AccessRefused
from governance.guard import unauthenticated
from governance.models import StaffSession, StaffUser
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode
from tests.support.cast import DATABASES, Organisation
from tests.support.enrolling import ELSEWHERE, PASSWORD, WRONG, Person, caller_of, change_sessions, enrolled, fails
from tests.support.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture
def nina(bank: Organisation) -> Person:
    return enrolled(bank)


@pytest.fixture(autouse=True)
def _fresh_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each test the first of its minute, in which a refusal of an unknown caller is written at once."""
    monkeypatch.setattr(unauthenticated, "_counter", unauthenticated._Counter())


def test_a_code_with_the_password_steps_up_for_ten_minutes(nina: Person) -> None:
    before = datetime.now(UTC)
    until = nina.sign_in(code=nina.code()).stepped_up_until
    assert until is not None
    assert before + STEP_UP <= until <= datetime.now(UTC) + STEP_UP


def test_a_wrong_password_does_not_use_the_code_up(nina: Person) -> None:
    code = nina.code()
    assert fails(nina, WRONG, code) is ReasonCode.SIGN_IN_FAILED
    assert nina.sign_in(code=code).stepped_up_until is not None


def test_a_code_used_to_sign_in_is_refused_the_second_time(bank: Organisation, nina: Person) -> None:
    code = nina.code()
    signed_in = nina.sign_in(code=code)
    assert fails(nina, PASSWORD, code) is ReasonCode.SIGN_IN_FAILED
    caller = caller_of(signed_in.token)
    with pytest.raises(AccessRefused) as caught:
        step_up(caller=caller, code=code)
    assert caught.value.reason is ReasonCode.SIGN_IN_FAILED
    assert bank.refusals() == [
        (Action.SIGN_IN, ReasonCode.SIGN_IN_FAILED),
        (Action.STEP_UP, ReasonCode.SIGN_IN_FAILED),
    ]


def test_what_needs_a_second_factor_is_open_after_stepping_up(bank: Organisation, nina: Person) -> None:
    asked = request_member(caller=bank.staff("ada"), username="otto", role="auditor", personnel_number="P-otto")
    token = nina.session()
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.STEP_UP_NEEDED):
        approve_member(caller=caller_of(token), user_id=asked.id)
    step_up(caller=caller_of(token), code=nina.code())
    assert approve_member(caller=caller_of(token), user_id=asked.id)


def test_stepping_up_opens_this_session_and_no_other(bank: Organisation, nina: Person) -> None:
    asked = request_member(caller=bank.staff("ada"), username="otto", role="auditor", personnel_number="P-otto")
    here, elsewhere = nina.session(), nina.session()
    step_up(caller=caller_of(here), code=nina.code())
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.STEP_UP_NEEDED):
        approve_member(caller=caller_of(elsewhere), user_id=asked.id)


def test_a_step_up_is_over_after_its_time(bank: Organisation, nina: Person) -> None:
    asked = request_member(caller=bank.staff("ada"), username="otto", role="auditor", personnel_number="P-otto")
    token = nina.sign_in().token
    change_sessions(nina, stepped_up_until=datetime.now(UTC) - timedelta(seconds=1))
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.STEP_UP_NEEDED):
        approve_member(caller=caller_of(token), user_id=asked.id)


def test_codes_cannot_be_guessed_in_a_session_either(bank: Organisation, nina: Person) -> None:
    caller = caller_of(nina.session())
    for _ in range(FREE_FAILURES):
        with pytest.raises(AccessRefused):
            step_up(caller=caller, code="000000")
    with refused(bank, Action.STEP_UP, ReasonCode.LOCKED_OUT):
        step_up(caller=caller, code=nina.code())
    with tenant_context(bank.tenant.id):
        assert StaffSession.objects.filter(stepped_up_until__isnull=False).count() == 0
    step_up(caller=caller_of(nina.session()), code=nina.code())  # another session has its own count
    change_sessions(nina, step_up_paused_until=datetime.now(UTC) - timedelta(seconds=1))
    nina.change(totp_last_step=0)
    assert step_up(caller=caller, code=nina.code()) > datetime.now(UTC)


def test_what_fails_at_the_sign_in_ends_no_step_up_of_a_live_session(bank: Organisation, nina: Person) -> None:
    signed_in = nina.sign_in()
    for place in range(2 * FREE_FAILURES):
        fails(nina, address=ELSEWHERE)
        fails(nina, PASSWORD, "000000", address=f"192.0.2.{place + 10}")
    assert caller_of(signed_in.token).principal.stepped_up_until == signed_in.stepped_up_until
    nina.change(totp_last_step=0)
    assert step_up(caller=caller_of(signed_in.token), code=nina.code()) > datetime.now(UTC)


def test_a_session_signed_out_is_refused_on_the_record(bank: Organisation, nina: Person) -> None:
    token, other = nina.sign_in().token, nina.sign_in().token
    sign_out(caller=caller_of(token))
    with refused(bank, Action.READ_CONFIGURATION, ReasonCode.KEY_REVOKED):
        list_staff(caller=caller_of(token))
    for action, attempt in (
        (Action.SIGN_OUT, sign_out),
        (Action.STEP_UP, lambda caller: step_up(caller=caller, code="1")),
    ):
        with refused(bank, action, ReasonCode.KEY_REVOKED):
            attempt(caller=caller_of(token))
    assert list_staff(caller=caller_of(other))


def test_a_session_past_its_end_is_refused_on_the_record(bank: Organisation, nina: Person) -> None:
    token = nina.sign_in().token
    change_sessions(nina, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    with refused(bank, Action.READ_CONFIGURATION, ReasonCode.KEY_EXPIRED):
        list_staff(caller=caller_of(token))
    with refused(bank, Action.STEP_UP, ReasonCode.KEY_EXPIRED):
        step_up(caller=caller_of(token), code=nina.code(1))


def test_a_session_acts_in_the_role_of_now(bank: Organisation, nina: Person) -> None:
    token = nina.sign_in().token
    nina.change(role="auditor")
    assert caller_of(token).principal.role == "auditor"


def test_a_session_of_another_tenant_sees_that_tenant_only(
    bank: Organisation, outsider: Organisation, nina: Person
) -> None:
    stranger = enrolled(outsider, "stranger")
    caller = caller_of(stranger.session())
    assert caller.tenant_id == outsider.tenant.id
    seen = {one.id for one in list_staff(caller=caller)}
    with tenant_context(outsider.tenant.id):
        assert seen == set(StaffUser.objects.values_list("id", flat=True))
    with refused(outsider, Action.APPROVE_MEMBER, ReasonCode.STEP_UP_NEEDED):
        approve_member(caller=caller, user_id=nina.id)
    again = caller_of(stranger.sign_in().token)
    with refused(outsider, Action.APPROVE_MEMBER, ReasonCode.NOT_FOUND):
        approve_member(caller=again, user_id=nina.id)
    assert bank.refusals() == []


def test_nobody_is_signed_in_by_anything_but_a_whole_token(
    bank: Organisation, outsider: Organisation, nina: Person
) -> None:
    token = nina.sign_in().token
    mark, prefix, secret = token.split("_")
    foreign = enrolled(outsider, "stranger").sign_in().token.split("_")
    tokens = [
        "",
        "_",
        "__",
        prefix,
        secret,
        f"{mark}_{prefix}",
        f"{mark}_{prefix}_",
        f"{mark}_{prefix}_{secret[:-1]}",
        f"{mark}_{prefix}_{secret}0",
        f"{mark}_{prefix}_{foreign[2]}",
        f"{mark}_{foreign[1]}_{secret}",
        f"{mark}_{'%' * 12}_{secret}",
        f"{mark}_{prefix}_\udcff",
        bank.key_text,
    ]
    assert [session_principal(one) for one in tokens] == [None] * len(tokens)


def test_a_session_that_is_not_used_ends_and_one_that_is_used_goes_on(nina: Person) -> None:
    idle, slug = timedelta(minutes=30), nina.organisation.tenant.slug
    token = sign_in(tenant=slug, username=nina.username, password=PASSWORD, code=nina.code(), idle=idle).token

    def left(minutes: int) -> None:
        with tenant_context(nina.organisation.tenant.id):
            until = datetime.now(UTC) + timedelta(minutes=minutes)
            StaffSession.objects.filter(user_id=nina.id).update(idle_until=until)

    left(10)
    first = session_principal(token)
    assert first is not None
    keep_awake(first, idle)
    again = session_principal(token)
    assert again is not None
    assert again.expires_at is not None
    assert again.expires_at > datetime.now(UTC) + timedelta(minutes=29)
    left(-1)
    over = session_principal(token)
    assert over is not None
    keep_awake(over, idle)  # does not wake what has ended
    ended = session_principal(token)
    assert ended is not None
    assert ended.expires_at is not None
    assert ended.expires_at < datetime.now(UTC)
