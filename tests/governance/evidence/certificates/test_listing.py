"""The list of certificates: one tenant's, newest first, with the outcome of each and no person's name."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from governance.errors import AccessRefused
from governance.evidence.certificates.listing import list_certificates
from governance.keyring.models import SigningKey, SigningUse
from governance.models import Certificate
from governance.tenancy.tenant_context import tenant_context
from tests.governance.evidence.certificates.issuing import certified
from tests.support.cast import DATABASES, organisation
from tests.support.query_counts import statements

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_each_certificate_is_listed_with_outcome_and_digest_of_this_tenant_alone() -> None:
    bank, other = organisation(), organisation("other")
    request_id = certified(bank)
    [one] = list_certificates(caller=bank.staff("dora")).rows
    with tenant_context(bank.tenant.id):
        row = Certificate.objects.get()
    assert (one.id, one.request_id, one.round) == (row.id, request_id, 1)
    assert one.outcomes == ("erased", "restricted")
    assert one.sha256 == hashlib.sha256(bytes(row.document)).hexdigest()
    assert list_certificates(caller=other.staff("dora")).total == 0
    assert bank.events()[-1].type == "list_certificates"


def test_pages_are_newest_first_and_each_certificate_is_on_one() -> None:
    bank = organisation()
    certified(bank, rounds=(1, 2, 3))
    officer = bank.staff("dora")
    pages = [list_certificates(caller=officer, page=n, page_size=2) for n in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [2, 1, 0]
    assert {page.total for page in pages} == {3}
    assert [one.round for page in pages for one in page.rows] == [3, 2, 1]


def test_one_that_was_signed_after_its_keys_retirement_says_so() -> None:
    bank = organisation()
    certified(bank)
    assert not list_certificates(caller=bank.staff("dora")).rows[0].is_after_retirement
    with tenant_context(bank.tenant.id, using="keys"):
        SigningKey.objects.filter(use=SigningUse.CERTIFICATE).update(retired_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert list_certificates(caller=bank.staff("dora")).rows[0].is_after_retirement


def test_it_is_for_those_who_may_read_the_trail() -> None:
    bank = organisation()
    for refused in (bank.caller(), bank.staff("rita"), bank.staff("ada"), bank.staff("kay")):
        with pytest.raises(AccessRefused):
            list_certificates(caller=refused)
        assert bank.refusals()[-1] == ("list_certificates", "capability_missing")
    for allowed in ("dora", "aud"):
        assert list_certificates(caller=bank.staff(allowed)).total == 0


def test_many_take_as_many_statements_as_one() -> None:
    bank = organisation()
    officer = bank.staff("dora")
    certified(bank)
    one = len(statements(lambda: list_certificates(caller=officer)))
    certified(bank, rounds=(1, 2, 3, 4))
    assert len(statements(lambda: list_certificates(caller=officer))) == one <= 4
