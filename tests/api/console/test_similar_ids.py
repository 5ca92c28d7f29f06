"""Near duplicates in the console: shown before a request or a hold is opened, ticked or left out."""

from __future__ import annotations

import pytest
from django.urls import reverse

from governance.models import LegalHold, RightsRequest
from governance.tenancy.tenant_context import tenant_context
from tests.support.browsing import browser, send
from tests.support.cast import DATABASES, Organisation, say

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
REQUEST = {"user_id": "ana@example.com", "kind": "erasure", "channel": "letter"}
HOLD = {"user_id": "ana@example.com", "case_reference": "C-1"}


@pytest.mark.parametrize(
    ("page", "fields", "kept"),
    [("console:request-new", REQUEST, RightsRequest), ("console:holds", HOLD, LegalHold)],
)
def test_twins_are_shown_first_and_those_that_are_ticked_are_taken_along(
    bank: Organisation, page: str, fields: dict[str, str], kept: type[RightsRequest | LegalHold]
) -> None:
    for name in ("ana@example.com", "Ana@Example.com", "a.na@example.com"):
        say(bank, name, "I like tea")
    officer, address = browser(bank, "dora"), reverse(page)
    first = send(officer, address, **fields)
    assert first.status_code == 200
    assert b"Ana@Example.com" in first.content
    assert b"a.na@example.com" in first.content
    with tenant_context(bank.tenant.id):
        assert not kept.objects.exists()
    send(officer, address, **fields, twins_seen="1", twin=["Ana@Example.com"])
    with tenant_context(bank.tenant.id):
        assert kept.objects.count() == 2


def test_without_twins_nothing_is_asked_and_other_ids_can_be_written_down(bank: Organisation) -> None:
    for name in ("ana@example.com", "customer-17"):
        say(bank, name, "I like tea")
    done = send(browser(bank, "dora"), reverse("console:request-new"), **REQUEST, also="customer-17\n\n")
    assert done.content.count(b'class="secret code"') == 2
    with tenant_context(bank.tenant.id):
        [one, other] = RightsRequest.objects.all()
    assert one.case_id == other.case_id
    assert one.subject_id != other.subject_id
