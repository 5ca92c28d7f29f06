"""The proof that an erasure leaves stays: the serving role can neither delete it nor change what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import DatabaseError, connections

from governance.models import CopyLink, LegalHold, PortalCode, RequestKind, RightsRequest, Verification
from governance.rights.portal.codes import issue_code
from governance.tenancy.tenant_context import tenant_context
from memstore.erasure_rules import RULES, Fate
from memstore.rights.copies.hand_out import link_copy
from memstore.rights.fulfil import fulfil_request
from memstore.rights.portal.prove_identity import prove_identity
from memstore.rights.verify_request import verify_request
from tests.support.cast import DATABASES, Organisation, say
from tests.support.erasing import asks, four_eyes, verified
from tests.support.sitting import sits
from tests.support.superuser import superuser

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

# Rows that go by themselves, and why that takes no proof away.
GOES = {
    "governance.AuditQueued": "the sealer takes it once its leaf is there",
    "governance.Protection": "gone once it is in the ledger",
    "governance.SubmittedForm": "random tokens, for a day",
    "governance.KeyedWrite": "which call was answered, for some days",
    "governance.SignInAttempt": "digests of failed sign-ins, for a day",
    "governance.KeyDeletion": "that a key deleted somebody, for a day",
    "governance.PortalCode": "a code that was not used is replaced by the next; a used one stays (trigger)",
    "keyring.TenantKey": "wrapped anew at each rotation",
}
KEPT = sorted(label for label, rule in RULES.items() if rule.fate is Fate.KEEP and label not in GOES)


def alias_of(label: str) -> str:
    return "keys" if label.startswith("keyring.") else "default"


def may(label: str, privilege: str) -> bool:
    table = apps.get_model(label)._meta.db_table
    with connections[alias_of(label)].cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('memstore_app', %s, %s)", [table, privilege])
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("label", KEPT)
def test_no_row_of_a_kept_table_goes(bank: Organisation, label: str) -> None:
    assert not may(label, "DELETE")
    assert not may(label, "TRUNCATE")
    table = apps.get_model(label)._meta.db_table
    for statement in ("DELETE FROM", "TRUNCATE"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            tenant_context(bank.tenant.id, using=alias_of(label)),
            connections[alias_of(label)].cursor() as cursor,
        ):
            cursor.execute(f"{statement} {table}")


@pytest.mark.parametrize("label", [label for label in sorted(GOES) if label.startswith("governance.")])
def test_no_table_is_emptied(label: str) -> None:
    assert not may(label, "TRUNCATE")


def refused(bank: Organisation, table: str, row_id: UUID, said: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"kept|stays so|its own time|permission denied"),
        tenant_context(bank.tenant.id),
        connections["default"].cursor() as cursor,
    ):
        cursor.execute(f"UPDATE governance_{table} SET {said} WHERE id = %s", [row_id])


@pytest.fixture
def closed(bank: Organisation) -> UUID:
    """Return an access request that was opened, verified and done."""
    request_id = asks(bank, kind=RequestKind.ACCESS).request.id
    verify_request(caller=bank.staff("dora"), request_id=request_id, method=Verification.IN_PERSON)
    fulfil_request(caller=bank.staff("dora"), request_id=request_id)
    return request_id


SOMEBODY = "'00000000-0000-4000-8000-000000000001'"


@pytest.mark.parametrize(
    "said",
    [
        "received_at = received_at + interval '1 day'",
        f"opened_by = {SOMEBODY}",
        f"subject_id = {SOMEBODY}",
        "kind = 'erasure'",
        f"verified_by = {SOMEBODY}",
        "verified_at = NULL, verified_by = NULL",
        "closed_at = NULL, closed_by = NULL",
        "state = 'received'",
        "receipt_sha256 = sha256('mine')",
        "sealed = ''",
        "sealed = 'another file'",
    ],
)
def test_what_a_request_says_stays_said(bank: Organisation, closed: UUID, said: str) -> None:
    refused(bank, "rightsrequest", closed, said)


def test_the_file_of_a_request_goes_when_its_time_is_over(bank: Organisation, closed: UUID) -> None:
    with superuser() as clock:
        clock.execute(
            "UPDATE governance_rightsrequest SET closed_at = closed_at - %s WHERE id = %s",
            [timedelta(days=1096), closed],
        )
    refused(bank, "rightsrequest", closed, "sealed = 'another file'")
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.filter(id=closed).update(sealed=b"") == 1


@pytest.mark.parametrize("said", ["subject_id = gen_random_uuid()", "request_id = id"])
def test_whose_erasure_it_was_stays_said(bank: Organisation, said: str) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    request_id = verified(bank)
    with tenant_context(bank.tenant.id):
        erasure_id = RightsRequest.objects.get(id=request_id).erasure.id
    refused(bank, "erasure", erasure_id, said)


@pytest.mark.parametrize(
    "said",
    [
        "subject_id = gen_random_uuid()",
        "until_at = now()",
        "purpose_id = gen_random_uuid()",
        "case_reference = 'X'",
        "approved_by = NULL, approved_at = NULL",
        f"approved_by = {SOMEBODY}",
    ],
)
def test_whom_a_hold_holds_stays_said(bank: Organisation, said: str) -> None:
    from tests.memstore.forget.erasure.test_kept_by_law import held

    say(bank, "alice", "I like tea")
    refused(bank, "legalhold", held(bank).id, said)
    with tenant_context(bank.tenant.id):
        assert LegalHold.objects.count() == 1


def test_a_link_to_a_copy_is_used_once_and_for_all(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    request_id = asks(bank, kind=RequestKind.ACCESS).request.id
    verify_request(caller=bank.staff("dora"), request_id=request_id, method=Verification.IN_PERSON)
    link_copy(caller=bank.staff("dora"), request_id=request_id)
    with tenant_context(bank.tenant.id):
        link = CopyLink.objects.get()
        CopyLink.objects.update(used_at=datetime.now(UTC))
    refused(bank, "copylink", link.id, "used_at = NULL")
    refused(bank, "copylink", link.id, f"issued_by = {SOMEBODY}")


def test_a_code_that_was_used_stays_and_one_that_was_not_is_replaced(bank: Organisation) -> None:
    from uuid import uuid4

    from memstore.rights.portal.own_requests import ask

    person = sits(bank)
    request_id = ask(caller=person, form=uuid4(), kind=RequestKind.ACCESS).request.id
    issue_code(caller=bank.staff("dora"), request_id=request_id)
    code = issue_code(caller=bank.staff("dora"), request_id=request_id).code
    prove_identity(caller=person, request_id=request_id, code=code)
    with pytest.raises(DatabaseError, match="kept as proof"), tenant_context(bank.tenant.id):
        PortalCode.objects.filter(request_id=request_id).delete()
