"""The undo of a replacement in the portal: one press, for the person who is known, and never by another's address."""

from __future__ import annotations

import pytest

from tests.api.portal.test_pages import asked_for, code_for, shows_who
from tests.api.portal.visiting import seen, send, text_of, visitor
from tests.support.cast import DATABASES, Organisation, say, texts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_known_person_undoes_a_replacement_with_one_press(bank: Organisation) -> None:
    old = say(bank, "alice", "I live in Porto").stored[0].id
    say(bank, "alice", "I moved to Lisbon")
    client, address = visitor(bank), f"/portal/memories/{old}/undo/"
    assert address not in text_of(client.get("/portal/"))
    # A link alone shows nothing of it, and does nothing.
    assert send(client, address)["Location"] == "/portal/?problem=not_found"
    request_id, _ = asked_for(client)
    shows_who(client, request_id, code_for(bank, request_id))
    assert "It was replaced by: I moved to Lisbon" in seen(client.get("/portal/"))
    assert address in text_of(client.get("/portal/"))
    assert client.get(address).status_code == 405
    assert send(client, address)["Location"] == "/portal/?done=current"
    assert address not in text_of(client.get("/portal/"))
    assert set(texts(bank, "alice")) == {"I live in Porto", "I moved to Lisbon"}
    assert send(client, address)["Location"] == "/portal/?done=already"


def test_another_persons_memory_is_not_there(bank: Organisation) -> None:
    old = say(bank, "bob", "I live in Porto").stored[0].id
    say(bank, "bob", "I moved to Lisbon")
    client = visitor(bank)
    request_id, _ = asked_for(client)
    shows_who(client, request_id, code_for(bank, request_id))
    assert send(client, f"/portal/memories/{old}/undo/")["Location"] == "/portal/?problem=not_found"
    assert texts(bank, "bob") == ["I moved to Lisbon"]
