"""Ids that are typed into the console become the same as those that the API takes."""

from __future__ import annotations

import pytest
from django.urls import reverse

from governance.models import ApiKey, LegalHold
from governance.tenancy.tenant_context import tenant_context
from memstore.recall.browse import browse
from tests.support.browsing import browser, send
from tests.support.cast import DATABASES, Organisation, say

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
UNSEEN = ("alice\u200b", "alice\ufe0f", "ali\u3164ce", "alice\u0378", "ali ce", "ali/ce")


@pytest.mark.parametrize("user_id", UNSEEN)
def test_what_is_no_id_is_refused_where_it_is_typed(bank: Organisation, user_id: str) -> None:
    say(bank, "alice", "I like tea")
    client = browser(bank, "dora")
    held = send(client, reverse("console:holds"), user_id=user_id, case_reference="C-1", expected="on")
    asked = send(client, reverse("console:request-new"), user_id=user_id, kind="access", channel="letter")
    found = send(client, reverse("console:person-find"), user_id=user_id)
    assert (held.status_code, asked.status_code) == (400, 400)
    assert "must not hold spaces" in held.content.decode()
    assert found["Location"] == f"{reverse('console:people')}?found=invalid"
    assert "This is no id" in client.get(found["Location"]).content.decode()
    with tenant_context(bank.tenant.id):
        assert not LegalHold.objects.exists()


def test_the_decomposed_form_finds_and_holds_the_same_person(bank: Organisation) -> None:
    say(bank, "jos\u00e9", "I like tea")
    client = browser(bank, "dora")
    found = send(client, reverse("console:person-find"), user_id="jose\u0301")
    assert "/people/" in found["Location"] and "found=" not in found["Location"]  # noqa: PT018 - one address
    held = send(client, reverse("console:holds"), user_id="jose\u0301", case_reference="C-1")
    assert held["Location"].endswith("done=asked")


def test_an_administrator_pins_a_key_to_an_agent(bank: Organisation) -> None:
    form = {"name": "pinned", "capabilities": "recall", "purposes": "assistance"}
    client, address = browser(bank, "ada"), reverse("console:api-keys")
    assert send(client, address, **form, agent_id="my agent").status_code == 400
    assert send(client, address, **form, agent_id="my-agent").status_code == 302
    assert "through one agent" in client.get(address).content.decode()
    with tenant_context(bank.tenant.id):
        pinned = ApiKey.objects.get(name="pinned").pinned_agent
    caller = bank.caller(key_text=bank.another_key(agent_id="my-agent"))
    assert caller.principal.pinned_agent == pinned
    assert not browse(caller=caller, filters={"user_id": "alice", "agent_id": "my-agent"}).memories
