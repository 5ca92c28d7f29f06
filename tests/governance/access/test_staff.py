"""Staff: requested by one person, approved by another, enrolled by the member alone."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connections

from governance.access.sessions import session_principal, sign_in
from governance.access.staff import (
    Enrolment,
    StaffView,
    approve_member,
    enrol,
    found_organisation,
    list_staff,
    request_member,
    suspend_member,
)
from governance.access.tokens import read_claim
from governance.context import Caller
from governance.errors import AccessRefused, InvalidChange
from governance.guard import unauthenticated
from governance.ids import CO_FOUNDER, FOUNDER, NIL, uuid7
from governance.models import AuditEvent, StaffSession, StaffUser
from governance.processing.tenants import create_tenant
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, Role
from tests.support.cast import DATABASES, STAFF_NAMES, Organisation
from tests.support.refusing import refused
from tests.support.rows import rows_of
from tests.support.signed_in import code_of

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

PASSWORD = "correct horse battery"


def asked(bank: Organisation, username: str = "nina", role: str = "dpo", number: str = "P-nina") -> StaffView:
    return request_member(caller=bank.staff("ada"), username=username, role=role, personnel_number=number)


def claimed(text: str, password: str = PASSWORD) -> Enrolment:
    tenant_id, user_id, code = read_claim(text)
    return enrol(tenant_id=tenant_id, user_id=user_id, code=code, password=password)


def row_of(bank: Organisation, user_id: UUID) -> StaffUser:
    with tenant_context(bank.tenant.id):
        return StaffUser.objects.get(id=user_id)


@pytest.fixture(autouse=True)
def _fresh_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each test the first of its minute, in which a refusal of an unknown caller is written at once."""
    monkeypatch.setattr(unauthenticated, "_counter", unauthenticated._Counter())


@pytest.fixture
def counted(transactional_db: None, _fresh_counter: None) -> Callable[[], int]:
    """Return a function that counts the refusals of unknown callers since the test began."""

    def total() -> int:
        with tenant_context(NIL):
            return sum(AuditEvent.objects.values_list("n_items", flat=True)) + unauthenticated._counter._waiting

    before = total()
    return lambda: total() - before


def test_a_member_is_asked_for_approved_and_enrolled_by_three(bank: Organisation) -> None:
    nina = asked(bank)
    assert (nina.state, nina.approved_by) == ("requested", None)
    code = approve_member(caller=bank.staff("dora"), user_id=nina.id)
    assert read_claim(code)[:2] == (bank.tenant.id, nina.id)
    claimed(code)
    row = row_of(bank, nina.id)
    assert (row.requested_by, row.approved_by) == (
        bank.staff("ada").principal.id,
        bank.staff("dora").principal.id,
    )
    assert [one.state for one in list_staff(caller=bank.staff("aud")) if one.id == nina.id] == ["active"]
    assert bank.refusals() == []


def test_nobody_approves_whom_he_asked_for(bank: Organisation) -> None:
    nina = asked(bank)
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.SAME_PERSON):
        approve_member(caller=bank.staff("ada"), user_id=nina.id)


def test_nobody_approves_himself(bank: Organisation) -> None:
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.OWN_MEMBERSHIP):
        approve_member(caller=bank.staff("adam"), user_id=bank.staff("adam").principal.id)


def test_what_is_approved_is_not_approved_again(bank: Organisation) -> None:
    nina = asked(bank)
    code = approve_member(caller=bank.staff("dora"), user_id=nina.id)
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.ALREADY_DECIDED):
        approve_member(caller=bank.staff("adam"), user_id=nina.id)
    assert claimed(code).username == "nina"  # the first code is the one that counts


def test_an_approval_needs_a_second_factor(bank: Organisation) -> None:
    nina = asked(bank)
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.STEP_UP_NEEDED):
        approve_member(caller=bank.staff("dora", stepped_up=False), user_id=nina.id)


@pytest.mark.parametrize("who", ["rita", "aud", "kay", "dora"])
def test_only_administrators_ask_for_and_suspend_members(bank: Organisation, who: str) -> None:
    with refused(bank, Action.REQUEST_MEMBER, ReasonCode.CAPABILITY_MISSING):
        request_member(caller=bank.staff(who), username="nina", role="reviewer", personnel_number="P-nina")
    with refused(bank, Action.SUSPEND_MEMBER, ReasonCode.CAPABILITY_MISSING):
        suspend_member(caller=bank.staff(who), user_id=bank.staff("ada").principal.id)


@pytest.mark.parametrize("who", ["rita", "aud", "kay"])
def test_only_administrators_and_data_protection_officers_approve_members(bank: Organisation, who: str) -> None:
    nina = asked(bank)
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.CAPABILITY_MISSING):
        approve_member(caller=bank.staff(who), user_id=nina.id)


def test_a_machine_has_nothing_to_do_with_staff(bank: Organisation) -> None:
    attempts: dict[Action, Callable[[], object]] = {
        Action.REQUEST_MEMBER: lambda: request_member(
            caller=bank.caller(), username="nina", role="dpo", personnel_number="P-nina"
        ),
        Action.APPROVE_MEMBER: lambda: approve_member(caller=bank.caller(), user_id=uuid4()),
        Action.SUSPEND_MEMBER: lambda: suspend_member(caller=bank.caller(), user_id=uuid4()),
        Action.READ_CONFIGURATION: lambda: list_staff(caller=bank.caller()),
    }
    for action, attempt in attempts.items():
        with refused(bank, action, ReasonCode.CAPABILITY_MISSING):
            attempt()


@pytest.mark.parametrize("number", ["P-ada", " p-ADA "])
def test_nobody_asks_for_a_second_account_for_himself(bank: Organisation, number: str) -> None:
    with refused(bank, Action.REQUEST_MEMBER, ReasonCode.OWN_MEMBERSHIP):
        asked(bank, "ada2", "dpo", number)


@pytest.mark.parametrize(
    ("username", "number"),
    [
        ("dora2", "P-dora"),  # the same person under another name
        ("dora2", "p-DORA "),  # however the number is written
        ("dora", "P-other"),  # another person under the same name
    ],
)
def test_nobody_is_two_people(bank: Organisation, username: str, number: str) -> None:
    with refused(bank, Action.REQUEST_MEMBER, ReasonCode.DUPLICATE):
        asked(bank, username, "reviewer", number)


def test_two_organisations_may_employ_the_same_person(bank: Organisation, outsider: Organisation) -> None:
    assert asked(bank).username == asked(outsider).username


@pytest.mark.parametrize("role", ["", "superuser", "api_key", "system", "Administrator", "dpo "])
def test_there_are_no_other_roles(bank: Organisation, role: str) -> None:
    with refused(bank, Action.REQUEST_MEMBER, ReasonCode.ROLE_UNKNOWN):
        asked(bank, role=role)


@pytest.mark.parametrize(
    ("username", "number", "field"),
    [
        ("", "P-nina", "username"),
        ("   ", "P-nina", "username"),
        ("ni\nna", "P-nina", "username"),
        ("n" * 151, "P-nina", "username"),
        ("nina", "", "personnel_number"),
        ("nina", "  ", "personnel_number"),
    ],
)
def test_an_account_needs_a_name_and_a_person(bank: Organisation, username: str, number: str, field: str) -> None:
    with refused(bank, Action.REQUEST_MEMBER, ReasonCode.INVALID) as caught:
        asked(bank, username, "reviewer", number)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == field


@pytest.mark.parametrize("whose", ["nobody's", "outsider's"])
def test_who_is_not_here_can_be_neither_approved_nor_suspended(
    bank: Organisation, outsider: Organisation, whose: str
) -> None:
    user_id = uuid4() if whose == "nobody's" else asked(outsider).id
    before = rows_of(outsider)
    with refused(bank, Action.APPROVE_MEMBER, ReasonCode.NOT_FOUND):
        approve_member(caller=bank.staff("dora"), user_id=user_id)
    with refused(bank, Action.SUSPEND_MEMBER, ReasonCode.NOT_FOUND):
        suspend_member(caller=bank.staff("ada"), user_id=user_id)
    assert rows_of(outsider) == before


def test_the_list_shows_ones_own_people_only(bank: Organisation, outsider: Organisation) -> None:
    asked(outsider, "stranger")
    for who in STAFF_NAMES:
        assert {one.username for one in list_staff(caller=bank.staff(who))} == set(STAFF_NAMES)


def test_a_claim_code_works_once(bank: Organisation, counted: Callable[[], int]) -> None:
    code = approve_member(caller=bank.staff("dora"), user_id=asked(bank).id)
    claimed(code)
    before = rows_of(bank)
    with pytest.raises(AccessRefused) as caught:
        claimed(code, "another long password")
    assert caught.value.reason is ReasonCode.CLAIM_UNKNOWN
    assert counted() == 1
    assert rows_of(bank) == before


@pytest.mark.parametrize("what", ["wrong code", "not approved", "unknown person", "suspended", "other tenant"])
def test_without_the_right_code_nobody_enrols(
    bank: Organisation, outsider: Organisation, counted: Callable[[], int], what: str
) -> None:
    nina = asked(bank)
    if what != "not approved":
        _, user_id, code = read_claim(approve_member(caller=bank.staff("dora"), user_id=nina.id))
    else:
        user_id, code = nina.id, ""
    if what == "suspended":
        suspend_member(caller=bank.staff("ada"), user_id=nina.id)
    tenant_id = outsider.tenant.id if what == "other tenant" else bank.tenant.id
    user_id = uuid4() if what == "unknown person" else user_id
    code = secrets.token_urlsafe(24) if what == "wrong code" else code
    before = rows_of(bank)
    with pytest.raises(AccessRefused) as caught:
        enrol(tenant_id=tenant_id, user_id=user_id, code=code, password=PASSWORD)
    assert caught.value.reason is ReasonCode.CLAIM_UNKNOWN
    assert counted() == 1  # no caller is known, so it is counted under no tenant
    assert rows_of(bank) == before


@pytest.mark.parametrize("text", ["", "a.b.c", "no dots at all", f"{NIL}.{NIL}", f"{NIL}.{NIL}.x.y"])
def test_what_is_no_claim_code_is_an_unknown_one(text: str) -> None:
    with pytest.raises(AccessRefused) as caught:
        read_claim(text)
    assert caught.value.reason is ReasonCode.CLAIM_UNKNOWN


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 257])
def test_a_bad_password_costs_nobody_his_code(bank: Organisation, password: str) -> None:
    code = approve_member(caller=bank.staff("dora"), user_id=asked(bank).id)
    before = rows_of(bank)
    with pytest.raises(InvalidChange) as caught:
        claimed(code, password)
    assert (caught.value.field, caught.value.reason) == ("password", ReasonCode.INVALID)
    assert rows_of(bank) == before
    assert claimed(code, "twelve chars").username == "nina"


def test_a_bad_password_is_on_the_record(bank: Organisation) -> None:
    code = approve_member(caller=bank.staff("dora"), user_id=asked(bank).id)
    with refused(bank, Action.ENROL_MEMBER, ReasonCode.INVALID):
        claimed(code, "short")


def test_what_a_person_knows_is_kept_in_no_row(bank: Organisation) -> None:
    text = approve_member(caller=bank.staff("dora"), user_id=asked(bank).id)
    enrolment = claimed(text)
    kept = repr(rows_of(bank))
    for secret in (PASSWORD, text.rpartition(".")[2], enrolment.totp_secret, "P-nina", "p-nina"):
        assert secret not in kept


def test_a_suspended_member_is_out_at_once_and_for_good(bank: Organisation) -> None:
    nina = claimed(approve_member(caller=bank.staff("dora"), user_id=asked(bank).id))
    token = sign_in(tenant=bank.tenant.slug, username="nina", password=PASSWORD, code=code_of(nina.totp_secret)).token
    suspend_member(caller=bank.staff("adam"), user_id=nina.user_id)
    with tenant_context(bank.tenant.id):
        assert StaffSession.objects.filter(user_id=nina.user_id, ended_at=None).count() == 0
    principal = session_principal(token)
    assert principal is not None
    with refused(bank, Action.READ_CONFIGURATION, ReasonCode.KEY_REVOKED):
        list_staff(caller=Caller(principal, uuid7()))
    with pytest.raises(AccessRefused) as caught:
        sign_in(tenant=bank.tenant.slug, username="nina", password=PASSWORD, code=code_of(nina.totp_secret, 1))
    assert caught.value.reason is ReasonCode.SIGN_IN_FAILED


def test_nobody_suspends_himself_or_anybody_twice(bank: Organisation) -> None:
    with refused(bank, Action.SUSPEND_MEMBER, ReasonCode.SAME_PERSON):
        suspend_member(caller=bank.staff("ada"), user_id=bank.staff("ada").principal.id)
    suspend_member(caller=bank.staff("ada"), user_id=bank.staff("rita").principal.id)
    with refused(bank, Action.SUSPEND_MEMBER, ReasonCode.ALREADY_DECIDED):
        suspend_member(caller=bank.staff("adam"), user_id=bank.staff("rita").principal.id)


def test_who_was_suspended_may_come_back_under_another_name(bank: Organisation) -> None:
    suspend_member(caller=bank.staff("ada"), user_id=bank.staff("rita").principal.id)
    assert asked(bank, "rita-again", "reviewer", "P-rita").state == "requested"


def test_an_organisation_is_founded_only_once(bank: Organisation) -> None:
    with refused(bank, Action.CREATE_TENANT, ReasonCode.ALREADY_DECIDED):
        found_organisation(bank.tenant.id, [("mallory", Role.DPO, "P-mallory")])


def test_of_two_foundings_at_once_one_counts(bank: Organisation) -> None:
    tenant = create_tenant(slug=f"new-{secrets.token_hex(6)}", name="new")
    start, outcomes = threading.Barrier(2), []

    def found(name: str) -> None:
        start.wait()
        try:
            found_organisation(tenant.id, [(name, Role.ADMINISTRATOR, f"P-{name}")])
            outcomes.append("founded")
        except AccessRefused as refusal:
            outcomes.append(refusal.reason)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=found, args=[name]) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [ReasonCode.ALREADY_DECIDED, "founded"]
    with tenant_context(tenant.id):
        assert StaffUser.objects.count() == 1


NOW = datetime(2026, 1, 1, tzinfo=UTC)
ME = UUID(int=77)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"approved_by": FOUNDER, "approved_at": NOW}, "staff_approved_by_another"),
        ({"requested_by": ME}, "staff_does_not_ask_for_himself"),
        ({"approved_by": ME, "approved_at": NOW}, "staff_does_not_approve_himself"),
        ({"approved_by": CO_FOUNDER}, "staff_approved_by_somebody"),
        ({"approved_at": NOW}, "staff_approved_by_somebody"),
        ({"role": "superuser"}, "staff_has_a_known_role"),
        ({"role": "api_key"}, "staff_has_a_known_role"),
        ({"role": "system"}, "staff_has_a_known_role"),
        ({"enrolled_at": NOW}, "nobody_enrols_before_the_approval"),
        ({"username": "dora"}, "username_once"),
    ],
)
def test_the_database_refuses_it_as_well(bank: Organisation, values: dict[str, object], constraint: str) -> None:
    row = {"username": "nina", "role": "dpo", "person_mac": secrets.token_bytes(32), "requested_by": FOUNDER}
    with pytest.raises(IntegrityError, match=constraint), tenant_context(bank.tenant.id):
        StaffUser.objects.create(id=ME, tenant_id=bank.tenant.id, **(row | values))


def test_the_database_refuses_a_second_account_of_one_person(bank: Organisation) -> None:
    with pytest.raises(IntegrityError, match="one_account_per_person"), tenant_context(bank.tenant.id):
        StaffUser.objects.create(
            tenant_id=bank.tenant.id,
            username="ada2",
            role="dpo",
            person_mac=StaffUser.objects.get(username="ada").person_mac,
            requested_by=FOUNDER,
        )


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"approved_by": "ada"}, "staff_does_not_approve_himself"),
        ({"requested_by": "ada"}, "staff_does_not_ask_for_himself"),
        ({"person_mac": "dora"}, "one_account_per_person"),
    ],
)
def test_the_database_refuses_that_an_account_is_bent_afterwards(
    bank: Organisation, change: dict[str, str], constraint: str
) -> None:
    [(field, name)] = change.items()
    with tenant_context(bank.tenant.id):
        other = StaffUser.objects.get(username=name)
    value = other.person_mac if field == "person_mac" else other.id
    with pytest.raises(IntegrityError, match=constraint), tenant_context(bank.tenant.id):
        StaffUser.objects.filter(username="ada").update(**{field: value})
