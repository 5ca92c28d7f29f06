"""Signed-in people: a password, a second factor where it is needed, and an end."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher, check_password
from django.db import connections
from django.test.utils import CaptureQueriesContext

from governance import sessions, unauthenticated
from governance.errors import AccessRefused
from governance.four_eyes import read_claim
from governance.guard import Caller
from governance.ids import NIL, uuid7
from governance.models import AuditEvent, SignInAttempt, StaffSession, StaffUser
from governance.sessions import SESSION, STEP_UP, keep_awake, session_principal, sign_in, sign_out, step_up
from governance.sign_in_attempts import FREE_FAILURES, REMEMBERED, pause_after
from governance.staff import approve_member, enrol, list_staff, request_member
from governance.tenancy import tenant_context
from governance.totp import STEP_SECONDS, code_at
from governance.vocabulary import Action, ReasonCode
from tests.cast import DATABASES, STAFF_NAMES, Organisation
from tests.governance.refusing import refused, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from governance.sessions import SignedIn

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

PASSWORD = "correct horse battery"
WRONG = "incorrect horse battery"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@dataclass
class Person:
    """Somebody enrolled, with an authenticator of which every code is fresh."""

    organisation: Organisation
    username: str
    id: UUID
    secret: bytes

    def code(self, steps: int = 0) -> str:
        return code_at(self.secret, int(time.time()) // STEP_SECONDS + steps).decode()

    def sign_in(self, password: str = PASSWORD, code: str | None = None, address: str = HERE) -> SignedIn:
        """With a fresh code, unless one is given."""
        if code is None:
            self.change(totp_last_step=0)  # else three sign-ins of a minute are all there are
            code = self.code()
        return sign_in(
            tenant=self.organisation.tenant.slug,
            username=self.username,
            password=password,
            code=code,
            address=address,
        )

    def session(self) -> str:
        """The token of a session whose second factor is a while ago."""
        token = self.sign_in().token
        self.change(totp_last_step=0)
        with tenant_context(self.organisation.tenant.id):
            StaffSession.objects.filter(prefix=token.split("_")[1]).update(stepped_up_until=None)
        return token

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
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hundreds of passwords are hashed here, and none is to be kept from anybody."""
    monkeypatch.setattr(ScryptPasswordHasher, "work_factor", 2**4)
    sessions._nobodys_password.cache_clear()
    yield
    sessions._nobodys_password.cache_clear()


@pytest.fixture(autouse=True)
def _fresh_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is the first of its minute, in which a refusal of nobody is written at once."""
    monkeypatch.setattr(unauthenticated, "_counter", unauthenticated._Counter())


def fails(person: Person, password: str = WRONG, code: str | None = None, address: str = HERE) -> ReasonCode:
    """The reason for which a sign-in is refused."""
    with pytest.raises(AccessRefused) as caught:
        person.sign_in(password, code, address)
    return caught.value.reason


def later(person: Person) -> None:
    """The pause of every address is over."""
    with tenant_context(person.organisation.tenant.id):
        SignInAttempt.objects.update(paused_until=datetime.now(UTC) - timedelta(seconds=1))


def test_with_password_and_code_one_is_in_for_eight_hours(bank: Organisation, nina: Person) -> None:
    before = datetime.now(UTC)
    signed_in = nina.sign_in()
    assert before + SESSION <= signed_in.expires_at <= datetime.now(UTC) + SESSION
    assert signed_in.role == "dpo"
    caller = caller_of(signed_in.token)
    assert (caller.principal.id, caller.tenant_id) == (nina.id, bank.tenant.id)
    assert {one.username for one in list_staff(caller=caller)} == {*STAFF_NAMES, "nina"}
    assert bank.refusals() == []


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "abcdef"])
def test_with_the_password_alone_nobody_is_in(bank: Organisation, nina: Person, code: str) -> None:
    assert fails(nina, PASSWORD, code) is ReasonCode.SIGN_IN_FAILED
    assert bank.refusals() == [(Action.SIGN_IN, ReasonCode.SIGN_IN_FAILED)]
    with tenant_context(bank.tenant.id):
        assert StaffSession.objects.count() == 0


def test_a_wrong_password_is_refused_on_the_record_and_counted(bank: Organisation, nina: Person) -> None:
    assert fails(nina) is ReasonCode.SIGN_IN_FAILED
    assert bank.refusals() == [(Action.SIGN_IN, ReasonCode.SIGN_IN_FAILED)]
    with tenant_context(bank.tenant.id):
        assert StaffSession.objects.count() == 0
        assert SignInAttempt.objects.get().failures == 1
    assert nina.row().failures == 0


def test_neither_token_nor_name_nor_address_is_kept_in_a_row_of_failures(bank: Organisation, nina: Person) -> None:
    token = nina.sign_in().token
    fails(nina)
    assert token.rpartition("_")[2] not in repr(state(bank))
    with tenant_context(bank.tenant.id):
        kept = [bytes(row.account_mac) + bytes(row.address_mac) for row in SignInAttempt.objects.all()]
    assert kept
    assert not any(word in one for one in kept for word in (b"nina", HERE.encode()))


WHO = {
    "unknown tenant": ("nowhere", "nina"),
    "unknown name": ("bank", "nobody"),
    "not enrolled": ("bank", "rita"),
    "suspended": ("bank", "nina"),
    "other tenant's name": ("outsider", "nina"),
    "wrong password": ("bank", "nina"),
    "wrong code": ("bank", "nina"),
    "paused": ("bank", "nina"),
    "guessed at": ("bank", "nina"),
}


def attempt(bank: Organisation, outsider: Organisation, nina: Person, what: str) -> AccessRefused:
    """One sign-in that fails, for this reason."""
    tenant, username = WHO[what]
    slug = {"bank": bank.tenant.slug, "outsider": outsider.tenant.slug}.get(tenant, f"{tenant}-{bank.tenant.slug}")
    code = "000000" if what == "wrong code" else nina.code()
    password = WRONG if what in {"wrong password", "paused"} else PASSWORD
    with pytest.raises(AccessRefused) as caught:
        sign_in(tenant=slug, username=username, password=password, code=code, address=HERE)
    return caught.value


def come_to_it(bank: Organisation, nina: Person, what: str) -> None:
    now = datetime.now(UTC)
    if what == "suspended":
        nina.change(suspended_at=now)
    elif what == "paused":
        for _ in range(FREE_FAILURES):
            fails(nina)
    elif what == "guessed at":
        nina.change(failures=9, locked_until=now + timedelta(minutes=30))


@pytest.mark.parametrize("what", WHO)
def test_who_cannot_sign_in_hears_the_same_whatever_is_wrong(
    bank: Organisation, outsider: Organisation, nina: Person, what: str
) -> None:
    come_to_it(bank, nina, what)
    refusal = attempt(bank, outsider, nina, what)
    assert (refusal.reason, str(refusal)) == (ReasonCode.SIGN_IN_FAILED, "sign_in_failed")
    with tenant_context(bank.tenant.id):
        assert StaffSession.objects.count() == 0


def statements(bank: Organisation, outsider: Organisation, nina: Person, what: str) -> list[str]:
    """What both databases are asked, without the values."""
    with CaptureQueriesContext(connections["default"]) as default, CaptureQueriesContext(connections["keys"]) as keys:
        attempt(bank, outsider, nina, what)
    found = [query["sql"] for captured in (default, keys) for query in captured.captured_queries]
    return [re.sub(r"'(?:[^']|'')*'(?:::\w+)?|\b\d[\d.]*\b|NULL", "?", sql) for sql in found]


@pytest.mark.parametrize("what", WHO)
def test_a_sign_in_that_fails_asks_the_databases_the_same_whatever_is_wrong(
    bank: Organisation, outsider: Organisation, nina: Person, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_to_it(bank, nina, what)
    attempt(bank, outsider, nina, "unknown name")  # what a process looks up once is known by now
    nina.sign_in(address=ELSEWHERE) if what in {"wrong password", "wrong code"} else None
    hashed: list[str] = []

    def counted(password: str, encoded: str) -> bool:
        hashed.append(encoded.split("$", maxsplit=1)[0])
        return check_password(password, encoded)

    monkeypatch.setattr(sessions, "check_password", counted)
    expected = statements(bank, outsider, nina, "unknown name")
    assert statements(bank, outsider, nina, what) == expected
    assert len(hashed) == 2
    assert hashed[0] == hashed[1]  # by the same function, at the same cost


@pytest.mark.parametrize("what", ["unknown tenant", "unknown name"])
def test_sign_ins_of_nobody_are_on_the_record(
    bank: Organisation, outsider: Organisation, nina: Person, what: str
) -> None:
    tenant_id = NIL if what == "unknown tenant" else bank.tenant.id

    def counted() -> int:
        with tenant_context(tenant_id):
            return AuditEvent.objects.filter(type="sign_in", reason="sign_in_failed", principal_id=NIL).count()

    before = counted()
    attempt(bank, outsider, nina, what)
    assert counted() == before + 1


def test_after_five_failures_from_an_address_the_right_proofs_wait_there(bank: Organisation, nina: Person) -> None:
    assert [fails(nina) for _ in range(FREE_FAILURES)] == [ReasonCode.SIGN_IN_FAILED] * 5
    assert fails(nina, PASSWORD) is ReasonCode.SIGN_IN_FAILED  # a pause tells who exists: only the record knows
    assert bank.refusals()[-1] == (Action.SIGN_IN, ReasonCode.LOCKED_OUT)
    later(nina)
    assert nina.sign_in().token


def test_a_stranger_elsewhere_locks_nobody_out(bank: Organisation, nina: Person) -> None:
    for _ in range(3 * FREE_FAILURES):
        fails(nina, address=ELSEWHERE)
    assert nina.sign_in().token
    assert fails(nina, PASSWORD, address=ELSEWHERE) is ReasonCode.SIGN_IN_FAILED


def test_each_failure_after_the_fifth_makes_the_pause_longer() -> None:
    minutes = [pause_after(failures).total_seconds() / 60 for failures in range(1, 14)]
    assert minutes == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_failure_after_the_pause_begins_a_longer_one(nina: Person) -> None:
    def paused() -> timedelta:
        with tenant_context(nina.organisation.tenant.id):
            row = SignInAttempt.objects.get()
            return (row.paused_until or row.last_at) - row.last_at

    for _ in range(FREE_FAILURES):
        fails(nina)
    first = paused()
    fails(nina)  # during the pause: not made longer
    later(nina)
    fails(nina)
    assert paused() == 2 * first == timedelta(minutes=2)


def test_a_success_forgets_the_failures_before_it_and_a_day_does(nina: Person) -> None:
    for _ in range(FREE_FAILURES - 1):
        fails(nina)
    nina.sign_in()
    with tenant_context(nina.organisation.tenant.id):
        assert SignInAttempt.objects.count() == 0
    fails(nina)
    with tenant_context(nina.organisation.tenant.id):
        SignInAttempt.objects.update(last_at=datetime.now(UTC) - REMEMBERED - timedelta(seconds=1))
    fails(nina, address=ELSEWHERE)
    with tenant_context(nina.organisation.tenant.id):
        assert SignInAttempt.objects.count() == 1


def test_the_pause_of_one_is_not_that_of_another(bank: Organisation, nina: Person) -> None:
    other = enrolled(bank, "otto")
    for _ in range(FREE_FAILURES):
        fails(nina)
    assert other.sign_in().token


def test_codes_are_not_guessed_from_many_addresses(bank: Organisation, nina: Person) -> None:
    """Whoever knows the password, and only they, can pause the account."""
    for place in range(FREE_FAILURES):
        assert fails(nina, PASSWORD, "000000", f"192.0.2.{place + 10}") is ReasonCode.SIGN_IN_FAILED
    assert fails(nina, PASSWORD, address=ELSEWHERE) is ReasonCode.SIGN_IN_FAILED
    assert bank.refusals()[-1] == (Action.SIGN_IN, ReasonCode.LOCKED_OUT)
    until = nina.row().locked_until
    assert until is not None
    assert timedelta(seconds=50) < until - datetime.now(UTC) <= timedelta(minutes=1)
    nina.change(locked_until=datetime.now(UTC) - timedelta(seconds=1))
    assert nina.sign_in().token
    assert (nina.row().failures, nina.row().locked_until) == (0, None)


def test_whether_an_account_exists_is_not_told_by_its_pause(bank: Organisation, nina: Person) -> None:
    """A stranger without any password tries often: the answers for a real and an invented name are the same."""

    def answers(username: str) -> list[ReasonCode]:
        found = []
        for _ in range(FREE_FAILURES + 1):
            with pytest.raises(AccessRefused) as caught:
                sign_in(tenant=bank.tenant.slug, username=username, password=WRONG, code="000000")
            found.append(caught.value.reason)
        return found

    assert answers("nina") == answers("nobody")


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
