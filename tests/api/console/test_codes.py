"""The officer makes a one-time code for a request; the person enters it in the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.urls import reverse

from governance.models import PortalCode, RequestKind
from governance.tenancy.tenant_context import tenant_context
from memstore.rights.portal.own_requests import ask
from memstore.rights.portal.prove_identity import prove_identity
from tests.support.browsing import browser, heading, send
from tests.support.cast import DATABASES, say
from tests.support.sitting import opened, sits, sitting

if TYPE_CHECKING:
    from tests.support.cast import Organisation

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_a_code_is_shown_once_and_lets_the_person_prove_who_they_are(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    token, officer, once = opened(bank), browser(bank, "dora"), str(uuid4())
    number = ask(caller=sitting(token).caller, form=uuid4(), kind=RequestKind.ACCESS).request.id
    assert b"Make a one-time code" in officer.get(reverse("console:request", args=[number])).content
    address = reverse("console:request-code", args=[number])
    shown = send(officer, address, once=once)
    assert heading(shown) == "A code for the person"
    assert send(officer, address, once=once)["Location"].endswith("?done=already")
    code = shown.content.decode().split('class="secret code">')[1].split("<")[0]
    assert prove_identity(caller=sitting(token).caller, request_id=number, code=code).state == "verified"


def test_without_a_second_factor_and_for_ones_own_link_there_is_none(bank: Organisation) -> None:
    number = ask(caller=sits(bank, by=bank.staff("dora")), form=uuid4(), kind=RequestKind.ACCESS).request.id
    address = reverse("console:request-code", args=[number])
    refused = send(browser(bank, "dov", stepped_up=False), address)
    assert refused["Location"].endswith("?problem=step_up_needed")
    assert send(browser(bank, "dora"), address)["Location"].endswith("?problem=same_person")
    with tenant_context(bank.tenant.id):
        assert not PortalCode.objects.exists()
