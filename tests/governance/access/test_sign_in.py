"""Signing in: two factors, equal work whatever is wrong, and pauses by name and address."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connections
from django.test.utils import CaptureQueriesContext

from governance.access import sessions
from governance.access.sessions import SESSION, sign_in
from governance.access.sign_in_attempts import FREE_FAILURES, REMEMBERED, pause_after
from governance.access.staff import list_staff
from governance.errors import AccessRefused
from governance.guard import unauthenticated
from governance.ids import NIL
from governance.models import AuditEvent, SignInAttempt, StaffSession
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode
from tests.support.cast import DATABASES, STAFF_NAMES, Organisation
from tests.support.enrolling import ELSEWHERE, HERE, PASSWORD, WRONG, Person, caller_of, enrolled, fails, later
from tests.support.rows import rows_of

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture
def nina(bank: Organisation) -> Person:
    return enrolled(bank)


@pytest.fixture(autouse=True)
def _fresh_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each test the first of its minute, in which a refusal of an unknown caller is written at once."""
    monkeypatch.setattr(unauthenticated, "_counter", unauthenticated._Counter())


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
    assert token.rpartition("_")[2] not in repr(rows_of(bank))
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
    """Make one sign-in that fails for this reason."""
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
    """Return the statements to both databases, without their values."""
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
    """A caller who knows the password, and no other, can pause the account."""
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
    """A client without any password tries often: the answers for a real and an invented name are the same."""

    def answers(username: str) -> list[ReasonCode]:
        found = []
        for _ in range(FREE_FAILURES + 1):
            with pytest.raises(AccessRefused) as caught:
                sign_in(tenant=bank.tenant.slug, username=username, password=WRONG, code="000000")
            found.append(caught.value.reason)
        return found

    assert answers("nina") == answers("nobody")
