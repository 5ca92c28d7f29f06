"""Signed-in people: a password, a second factor where it is needed, and an end."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from governance import unauthenticated
from governance.errors import AccessRefused
from governance.four_eyes import read_claim
from governance.guard import Caller
from governance.ids import NIL, uuid7
from governance.models import AuditEvent, StaffSession, StaffUser
from governance.sessions import LOCK_AFTER, SESSION, STEP_UP, keep_awake, session_principal, sign_in, sign_out, step_up
from governance.staff import approve_member, enrol, list_staff, request_member
from governance.tenancy import tenant_context
from governance.totp import STEP_SECONDS, code_at
from governance.vocabulary import Action, ReasonCode
from tests.cast import DATABASES, STAFF_NAMES, Organisation
from tests.governance.refusing import refused, state

if TYPE_CHECKING:
    from uuid import UUID

    from governance.sessions import SignedIn

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

PASSWORD = "correct horse battery"
WRONG = "incorrect horse battery"


@dataclass
class Person:
    """Somebody enrolled, with an authenticator of which every code is fresh."""

    organisation: Organisation
    username: str
    id: UUID
    secret: bytes

    def code(self, steps: int = 0) -> str:
        return code_at(self.secret, int(time.time()) // STEP_SECONDS + steps).decode()

    def sign_in(self, password: str = PASSWORD, code: str = "") -> SignedIn:
        return sign_in(tenant=self.organisation.tenant.slug, username=self.username, password=password, code=code)

    def row(self) -> StaffUser:
        with tenant_context(self.organisation.tenant.id):
            return StaffUser.objects.get(id=self.id)

    def change(self, **values: object) -> None:
        with tenant_context(self.organisation.tenant.id):
            StaffUser.objects.filter(id=self.id).update(**values)


def enrolled(organisation: Organisation, username: str = "nina", role: str = "dpo") -> Person:
    asked = request_member(
        caller=organisation.staff("ada"), username=username, role=role, personnel_number=f"P-{username}"
    )
    tenant_id, user_id, code = read_claim(approve_member(caller=organisation.staff("adam"), user_id=asked.id))
    enrolment = enrol(tenant_id=tenant_id, user_id=user_id, code=code, password=PASSWORD)
    return Person(organisation, username, user_id, base64.b32decode(enrolment.totp_secret))


def caller_of(token: str) -> Caller:
    principal = session_principal(token)
    assert principal is not None
    return Caller(principal, uuid7())


def change_sessions(person: Person, **values: object) -> None:
    with tenant_context(person.organisation.tenant.id):
        StaffSession.objects.filter(user_id=person.id).update(**values)


@pytest.fixture
def nina(bank: Organisation) -> Person:
    return enrolled(bank)


@pytest.fixture(autouse=True)
def _fresh_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is the first of its minute, in which a refusal of nobody is written at once."""
    monkeypatch.setattr(unauthenticated, "_counter", unauthenticated._Counter())


def fails(person: Person, password: str = WRONG, code: str = "") -> ReasonCode:
    """The reason for which a sign-in is refused."""
    with pytest.raises(AccessRefused) as caught:
        person.sign_in(password, code)
    return caught.value.reason


def test_with_the_password_one_is_in_for_eight_hours(bank: Organisation, nina: Person) -> None:
    before = datetime.now(UTC)
    signed_in = nina.sign_in()
    assert before + SESSION <= signed_in.expires_at <= datetime.now(UTC) + SESSION
    assert (signed_in.role, signed_in.stepped_up_until) == ("dpo", None)
    caller = caller_of(signed_in.token)
    assert (caller.principal.id, caller.tenant_id) == (nina.id, bank.tenant.id)
    assert {one.username for one in list_staff(caller=caller)} == {*STAFF_NAMES, "nina"}
    assert bank.refusals() == []


def test_a_wrong_password_is_refused_on_the_record_and_counted(bank: Organisation, nina: Person) -> None:
    assert fails(nina) is ReasonCode.SIGN_IN_FAILED
    assert bank.refusals() == [(Action.SIGN_IN, ReasonCode.SIGN_IN_FAILED)]
    assert nina.row().failures == 1
    with tenant_context(bank.tenant.id):
        assert StaffSession.objects.count() == 0


def test_the_token_is_kept_in_no_row(bank: Organisation, nina: Person) -> None:
    token = nina.sign_in().token
    assert token.rpartition("_")[2] not in repr(state(bank))


@pytest.mark.parametrize("what", ["unknown tenant", "unknown name", "not enrolled", "suspended", "other tenant's name"])
def test_who_cannot_sign_in_hears_the_same_as_for_a_wrong_password(
    bank: Organisation, outsider: Organisation, nina: Person, what: str
) -> None:
    tenant, username = {
        "unknown tenant": ("nowhere", "nina"),
        "unknown name": (bank.tenant.slug, "nobody"),
        "not enrolled": (bank.tenant.slug, "rita"),
        "suspended": (bank.tenant.slug, "nina"),
        "other tenant's name": (outsider.tenant.slug, "nina"),
    }[what]
    if what == "suspended":
        nina.change(suspended_at=datetime.now(UTC))
    before = state(bank)
    with pytest.raises(AccessRefused) as caught:
        sign_in(tenant=tenant, username=username, password=PASSWORD)
    assert (caught.value.reason, str(caught.value)) == (ReasonCode.SIGN_IN_FAILED, "sign_in_failed")
    assert state(bank) == before


@pytest.mark.parametrize("what", ["unknown tenant", "unknown name"])
def test_sign_ins_of_nobody_are_counted(bank: Organisation, what: str) -> None:
    tenant = "nowhere" if what == "unknown tenant" else bank.tenant.slug

    def counted() -> int:
        with tenant_context(NIL):
            return AuditEvent.objects.count()

    before = counted()
    with pytest.raises(AccessRefused):
        sign_in(tenant=tenant, username="nobody", password=PASSWORD)
    assert counted() == before + 1


def test_five_failures_lock_the_account_and_the_right_password_does_not_open_it(
    bank: Organisation, nina: Person
) -> None:
    assert [fails(nina) for _ in range(LOCK_AFTER)] == [ReasonCode.SIGN_IN_FAILED] * 5
    assert fails(nina, PASSWORD) is ReasonCode.SIGN_IN_FAILED  # a lock tells who exists: only the record knows
    assert fails(nina, PASSWORD, nina.code()) is ReasonCode.SIGN_IN_FAILED
    assert bank.refusals()[-2:] == [(Action.SIGN_IN, ReasonCode.LOCKED_OUT)] * 2
    with tenant_context(bank.tenant.id):
        assert StaffSession.objects.count() == 0


def test_after_the_time_the_account_is_open_again(nina: Person) -> None:
    for _ in range(LOCK_AFTER):
        fails(nina)
    nina.change(locked_until=datetime.now(UTC) - timedelta(seconds=1))
    assert nina.sign_in().token
    assert (nina.row().failures, nina.row().locked_until) == (0, None)


def test_a_failure_after_the_lock_does_not_lock_again_at_once(nina: Person) -> None:
    for _ in range(LOCK_AFTER):
        fails(nina)
    nina.change(locked_until=datetime.now(UTC) - timedelta(seconds=1))
    assert fails(nina) is ReasonCode.SIGN_IN_FAILED
    assert nina.sign_in().token


def test_a_success_forgets_the_failures_before_it(nina: Person) -> None:
    for _ in range(LOCK_AFTER - 1):
        fails(nina)
    nina.sign_in()
    assert fails(nina) is ReasonCode.SIGN_IN_FAILED
    assert nina.sign_in().token


def test_the_lock_of_one_does_not_lock_out_another(bank: Organisation, nina: Person) -> None:
    other = enrolled(bank, "otto")
    for _ in range(LOCK_AFTER):
        fails(nina)
    assert other.sign_in().token


def test_whether_an_account_exists_is_not_told_by_its_lock(bank: Organisation, nina: Person) -> None:
    """A stranger without any password tries often: the answers for a real and an invented name are the same."""

    def answers(username: str) -> list[ReasonCode]:
        found = []
        for _ in range(LOCK_AFTER + 1):
            with pytest.raises(AccessRefused) as caught:
                sign_in(tenant=bank.tenant.slug, username=username, password=WRONG)
            found.append(caught.value.reason)
        return found

    assert answers("nina") == answers("nobody")


def test_a_code_with_the_password_steps_up_for_ten_minutes(nina: Person) -> None:
    before = datetime.now(UTC)
    until = nina.sign_in(code=nina.code()).stepped_up_until
    assert until is not None
    assert before + STEP_UP <= until <= datetime.now(UTC) + STEP_UP


def test_a_wrong_code_lets_nobody_in_and_is_counted(bank: Organisation, nina: Person) -> None:
    assert fails(nina, PASSWORD, "000000") is ReasonCode.SIGN_IN_FAILED
    assert bank.refusals() == [(Action.SIGN_IN, ReasonCode.SIGN_IN_FAILED)]
    assert nina.row().failures == 1


def test_a_wrong_password_does_not_use_the_code_up(nina: Person) -> None:
    code = nina.code()
    assert fails(nina, WRONG, code) is ReasonCode.SIGN_IN_FAILED
    assert nina.sign_in(code=code).stepped_up_until is not None


def test_a_code_used_to_sign_in_is_refused_the_second_time(bank: Organisation, nina: Person) -> None:
    code = nina.code()
    nina.sign_in(code=code)
    assert fails(nina, PASSWORD, code) is ReasonCode.SIGN_IN_FAILED
    caller = caller_of(nina.sign_in().token)
    with pytest.raises(AccessRefused) as caught:
        step_up(caller=caller, code=code)
    assert caught.value.reason is ReasonCode.SIGN_IN_FAILED
    assert bank.refusals() == [
        (Action.SIGN_IN, ReasonCode.SIGN_IN_FAILED),
        (Action.STEP_UP, ReasonCode.SIGN_IN_FAILED),
    ]


def test_what_needs_a_second_factor_is_open_after_stepping_up(bank: Organisation, nina: Person) -> None:
    asked = request_member(caller=bank.staff("ada"), username="otto", role="auditor", personnel_number="P-otto")
    token = nina.sign_in().token
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.STEP_UP_NEEDED):
        approve_member(caller=caller_of(token), user_id=asked.id)
    step_up(caller=caller_of(token), code=nina.code())
    assert approve_member(caller=caller_of(token), user_id=asked.id)


def test_stepping_up_opens_this_session_and_no_other(bank: Organisation, nina: Person) -> None:
    asked = request_member(caller=bank.staff("ada"), username="otto", role="auditor", personnel_number="P-otto")
    here, elsewhere = nina.sign_in().token, nina.sign_in().token
    step_up(caller=caller_of(here), code=nina.code())
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.STEP_UP_NEEDED):
        approve_member(caller=caller_of(elsewhere), user_id=asked.id)


def test_a_step_up_is_over_after_its_time(bank: Organisation, nina: Person) -> None:
    asked = request_member(caller=bank.staff("ada"), username="otto", role="auditor", personnel_number="P-otto")
    token = nina.sign_in(code=nina.code()).token
    change_sessions(nina, stepped_up_until=datetime.now(UTC) - timedelta(seconds=1))
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.STEP_UP_NEEDED):
        approve_member(caller=caller_of(token), user_id=asked.id)


def test_codes_cannot_be_guessed_in_a_session_either(bank: Organisation, nina: Person) -> None:
    caller = caller_of(nina.sign_in().token)
    for _ in range(LOCK_AFTER):
        with pytest.raises(AccessRefused):
            step_up(caller=caller, code="000000")
    with refused(bank, Action.STEP_UP, ReasonCode.LOCKED_OUT):
        step_up(caller=caller, code=nina.code())
    assert fails(nina, PASSWORD) is ReasonCode.SIGN_IN_FAILED
    assert bank.refusals()[-1] == (Action.SIGN_IN, ReasonCode.LOCKED_OUT)
    with tenant_context(bank.tenant.id):
        assert StaffSession.objects.filter(stepped_up_until__isnull=False).count() == 0


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
    token = nina.sign_in(code=nina.code()).token
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
    caller = caller_of(stranger.sign_in().token)
    assert caller.tenant_id == outsider.tenant.id
    seen = {one.id for one in list_staff(caller=caller)}
    with tenant_context(outsider.tenant.id):
        assert seen == set(StaffUser.objects.values_list("id", flat=True))
    with refused(outsider, Action.APPROVE_MEMBER, ReasonCode.STEP_UP_NEEDED):
        approve_member(caller=caller, user_id=nina.id)
    step_up(caller=caller, code=stranger.code())
    again = caller_of(stranger.sign_in(code=stranger.code(1)).token)
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
    token = sign_in(tenant=slug, username=nina.username, password=PASSWORD, idle=idle).token

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
