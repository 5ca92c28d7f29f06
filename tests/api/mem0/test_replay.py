"""Idempotency-Key over HTTP: the request sent again is answered by what the first one did."""

from __future__ import annotations

import pytest

from tests.support.asking import add, ask, listed, steady
from tests.support.cast import DATABASES, Organisation, texts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

ADD = "/v3/memories/add/"
ONCE = {"Idempotency-Key": "k-1"}


def test_a_replayed_add_shows_the_same_results_and_stores_nothing(bank: Organisation) -> None:
    facts = [f"fact {number}" for number in range(8)]  # stored within one millisecond: their order must hold too
    said = [{"role": "user", "content": text} for text in facts]
    body = {"messages": said, "infer": False, "user_id": "alice"}
    first = ask(bank, "POST", ADD, body, headers=ONCE).json()
    again = ask(bank, "POST", ADD, body, headers=ONCE).json()
    assert again == first
    assert [fact["memory"] for fact in first["results"]] == facts
    assert {fact["event"] for fact in first["results"]} == {"ADD"}
    assert sorted(texts(bank, "alice")) == facts


def test_keys_in_another_order_are_the_same_request(bank: Organisation) -> None:
    one = b'{"messages": "I like tea", "infer": false, "user_id": "alice"}'
    two = b'{"user_id": "alice",  "infer": false, "messages": "I like tea"}'
    first = ask(bank, "POST", ADD, raw=one, headers=ONCE).json()
    assert ask(bank, "POST", ADD, raw=two, headers=ONCE).json() == first


def test_a_replayed_update_makes_no_second_version(bank: Organisation) -> None:
    path = f"/v1/memories/{add(bank, 'I like tea', user_id='alice')}/"
    first = ask(bank, "PUT", path, {"text": "I like mate"}, headers=ONCE)
    assert ask(bank, "PUT", path, {"text": "I like mate"}, headers=ONCE).json() == first.json()
    assert len(ask(bank, "GET", f"{path}history/").json()) == 2


def test_a_replayed_batch_update_makes_no_second_version(bank: Organisation) -> None:
    memory_id = add(bank, "I like tea", user_id="alice")
    body = {"memories": [{"memory_id": memory_id, "text": "I like mate"}]}
    first = ask(bank, "PUT", "/v1/batch/", body, headers=ONCE)
    assert ask(bank, "PUT", "/v1/batch/", body, headers=ONCE).json() == first.json()
    assert len(ask(bank, "GET", f"/v1/memories/{memory_id}/history/").json()) == 2


def test_a_replayed_delete_answers_as_the_first_although_the_memory_is_gone(bank: Organisation) -> None:
    path = f"/v1/memories/{add(bank, 'I like tea', user_id='alice')}/"
    first = ask(bank, "DELETE", path, headers=ONCE)
    assert first.status_code == 200
    assert ask(bank, "DELETE", path, headers=ONCE).json() == first.json()
    assert ask(bank, "DELETE", path, headers={"Idempotency-Key": "k-2"}).status_code == 404


def test_a_replayed_batch_delete_answers_as_the_first(bank: Organisation) -> None:
    body = {"memories": [{"memory_id": add(bank, "I like tea", user_id="alice")}]}
    first = ask(bank, "DELETE", "/v1/batch/", body, headers=ONCE)
    assert first.status_code == 200
    assert ask(bank, "DELETE", "/v1/batch/", body, headers=ONCE).json() == first.json()


@pytest.mark.parametrize("path", ["/v1/memories/?user_id=alice", "/v2/entities/user/alice/"])
def test_a_replayed_delete_by_scope_spares_what_was_said_since(bank: Organisation, path: str) -> None:
    add(bank, "before", user_id="alice")
    first = ask(bank, "DELETE", path, headers=ONCE)
    add(bank, "since", user_id="alice")
    assert ask(bank, "DELETE", path, headers=ONCE).json() == first.json()
    assert listed(bank, user_id="alice") == ["since"]


def test_the_same_key_with_another_request_is_a_conflict_and_does_nothing(bank: Organisation) -> None:
    memory_id = add(bank, "I like tea", user_id="alice")
    other = add(bank, "I like mate", user_id="alice")
    assert ask(bank, "DELETE", f"/v1/memories/{memory_id}/", headers=ONCE).status_code == 200
    body = {"messages": "x", "infer": False, "user_id": "alice"}
    batch = {"memories": [{"memory_id": other, "text": "changed"}]}
    for method, path, sent in (
        ("POST", ADD, body),
        ("PUT", f"/v1/memories/{other}/", {"text": "changed"}),
        ("DELETE", f"/v1/memories/{other}/", None),
        ("PUT", "/v1/batch/", batch),
        ("DELETE", "/v1/batch/", batch),
        ("DELETE", "/v1/memories/?user_id=alice", None),
        ("DELETE", "/v2/entities/user/alice/", None),
    ):
        answer = ask(bank, method, path, sent, headers=ONCE)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict"), path
    another_purpose = ask(bank, "DELETE", f"/v1/memories/{memory_id}/", headers=ONCE | {"X-Purpose": "offers"})
    assert another_purpose.status_code == 409
    assert texts(bank, "alice") == ["I like mate"]


def test_another_key_of_the_tenant_and_another_tenant_have_keys_of_their_own(
    bank: Organisation, outsider: Organisation
) -> None:
    body = {"messages": "I like tea", "infer": False, "user_id": "alice"}
    numbers = {
        ask(who, "POST", ADD, body, headers=ONCE).json()["event_id"]
        for who in (bank.key_text, bank.another_key(), outsider.key_text)
    }
    assert len(numbers) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "a\x85b"])
def test_a_key_that_is_no_key_is_refused_before_anything_is_done(bank: Organisation, key: str) -> None:
    body = {"messages": "I like tea", "infer": False, "user_id": "alice"}
    answer = ask(bank, "POST", ADD, body, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["field"]) == (400, "Idempotency-Key")
    assert texts(bank, "alice") == []


def test_a_refused_request_leaves_its_key_free(bank: Organisation) -> None:
    body = {"messages": "I like tea", "infer": False}
    assert steady(ask(bank, "POST", ADD, body, headers=ONCE)) != (200, {})
    assert ask(bank, "POST", ADD, body | {"user_id": "alice"}, headers=ONCE).status_code == 200
