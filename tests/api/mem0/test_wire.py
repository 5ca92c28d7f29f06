"""The real `mem0ai` client against a live server, unchanged: every method, and every class of error."""

from __future__ import annotations

import asyncio
import socket
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from pytest_django.live_server_helper import LiveServer

from governance.vocabulary import Capability
from memstore.remember.learn import learn
from tests.support.cast import DATABASES, Organisation, say, texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = LiveServer("127.0.0.1")
    yield running.url
    running.stop()


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Refuse connections to other machines: the client sends analytics and fetches notices unless told not to."""
    monkeypatch.setenv("MEM0_TELEMETRY", "False")
    monkeypatch.setenv("MEM0_DIR", str(tmp_path))
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            assert address[0] in {"127.0.0.1", "::1"}, "a test called somebody"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


def client(server: str, key: str) -> Any:
    from mem0 import MemoryClient

    return MemoryClient(api_key=key, host=server)


@pytest.fixture
def mem0(server: str, bank: Organisation) -> Any:
    return client(server, bank.key_text)


def ids(added: dict[str, Any]) -> list[str]:
    return [fact["id"] for fact in added["results"]]


def test_the_handshake_names_the_tenant_and_no_mail_address(mem0: Any, bank: Organisation) -> None:
    assert mem0.org_id == mem0.project_id == str(bank.tenant.id)
    assert mem0.user_email is None


@pytest.mark.parametrize(
    "messages",
    [
        "I like tea",
        {"role": "user", "content": "I like tea"},
        [{"role": "user", "content": "I like tea"}, {"role": "system", "content": "be kind"}],
    ],
)
def test_each_form_of_messages_is_added_word_for_word(mem0: Any, messages: object) -> None:
    added = mem0.add(messages, user_id="alice", infer=False, metadata={"channel": "chat"})
    assert added["status"] == "SUCCEEDED"
    [fact] = added["results"]
    assert (fact["event"], fact["data"]) == ("ADD", {"memory": "I like tea"})
    shown = mem0.get(fact["id"])
    assert (shown["memory"], shown["user_id"], shown["metadata"]) == ("I like tea", "alice", {"channel": "chat"})


def test_facts_are_extracted_behind_an_event(mem0: Any, bank: Organisation) -> None:
    added = mem0.add([{"role": "user", "content": "My daughter is allergic to peanuts."}], user_id="alice")
    assert added["status"] == "PENDING"
    learn(job_id=UUID(added["event_id"]), tenant_id=bank.tenant.id)
    event = mem0.client.get(f"/v1/event/{added['event_id']}/").json()
    assert event["status"] == "SUCCEEDED"
    [hit] = mem0.search("peanuts", filters={"user_id": "alice"}, threshold=0.0)["results"]
    assert hit["id"] == event["results"][0]["id"]


def test_search_puts_the_right_memory_first(mem0: Any) -> None:
    said = ["I moved to Lisbon in May", "My dog is called Rex", "I collect old clocks"]
    mem0.add([{"role": "user", "content": text} for text in said], user_id="alice", infer=False)
    mem0.add("My dog is called Bello", user_id="bob", infer=False)
    hits = mem0.search("what is my dog called", filters={"user_id": "alice"}, top_k=2, threshold=0.0)["results"]
    assert hits[0]["memory"] == "My dog is called Rex"
    assert len(hits) == 2
    assert hits[0]["score"] >= hits[1]["score"]
    assert all(hit["user_id"] == "alice" for hit in hits)


def test_get_all_is_paged_with_absolute_links(mem0: Any, server: str) -> None:
    ids_ = ids(mem0.add([{"role": "user", "content": f"fact {n}"} for n in range(3)], user_id="alice", infer=False))
    first = mem0.get_all(filters={"user_id": "alice"}, page=1, page_size=2)
    assert (first["count"], first["previous"]) == (3, None)
    assert first["next"] == f"{server}/v3/memories/?page=2&page_size=2"
    second = mem0.get_all(filters={"user_id": "alice"}, page=2, page_size=2)
    assert (second["next"], second["previous"]) == (None, f"{server}/v3/memories/?page=1&page_size=2")
    assert {row["id"] for row in first["results"] + second["results"]} == set(ids_)
    assert mem0.get_all(filters={"AND": [{"user_id": "alice"}, {"run_id": "r1"}]})["results"] == []


def test_an_update_changes_what_it_names_and_history_tells(mem0: Any) -> None:
    [memory_id] = ids(mem0.add("I live in Porto", user_id="alice", infer=False, expiration_date="2031-01-31"))
    assert mem0.update(memory_id, text="I live in Lisbon")["memory"] == "I live in Lisbon"
    revised = mem0.update(memory_id, metadata={"sure": True})
    assert (revised["memory"], revised["metadata"]) == ("I live in Lisbon", {"sure": True})
    assert revised["expiration_date"] == "2031-01-31"
    assert mem0.update(memory_id, expiration_date=None)["expiration_date"] is None
    entries = mem0.history(memory_id)
    assert [entry["event"] for entry in entries] == ["ADD", "UPDATE", "UPDATE", "UPDATE"]
    assert (entries[1]["old_memory"], entries[1]["new_memory"]) == ("I live in Porto", "I live in Lisbon")
    assert {entry["memory_id"] for entry in entries} == {memory_id}


def test_a_deleted_memory_is_gone(mem0: Any) -> None:
    from mem0.exceptions import MemoryNotFoundError

    one, two = ids(mem0.add([{"role": "user", "content": text} for text in "ab"], user_id="alice", infer=False))
    assert mem0.delete(one)["message"]
    assert mem0.delete(two, delete_linked=True)["cascade_count"] == 0
    for read in (mem0.get, mem0.history, mem0.delete):
        with pytest.raises(MemoryNotFoundError) as refused:
            read(one)
        assert refused.value.message == "Memory not found!"


def test_batches_are_updated_and_deleted_whole(mem0: Any, bank: Organisation) -> None:
    one, two = ids(mem0.add([{"role": "user", "content": text} for text in "ab"], user_id="alice", infer=False))
    changed = [{"memory_id": one, "text": "c"}, {"memory_id": two, "metadata": {"seen": 1}}]
    assert mem0.batch_update(changed)["message"] == "Successfully updated 2 memories"
    assert texts(bank, "alice") == ["c", "b"]
    assert mem0.batch_delete([{"memory_id": one}, {"memory_id": two}])["message"]
    assert texts(bank, "alice") == []


def test_users_lists_who_has_memories(mem0: Any) -> None:
    mem0.add("I like tea", user_id="alice", agent_id="advisor", infer=False)
    listed = mem0.users()
    assert listed["count"] == listed["total_users"] == 2
    assert {(one["type"], one["name"], one["total_memories"]) for one in listed["results"]} == {
        ("user", "alice", 1),
        ("agent", "advisor", 1),
    }


def test_users_are_deleted_one_by_one_or_all_and_reset_does_the_same(mem0: Any, bank: Organisation) -> None:
    for user in ("alice", "bob", "carol@example.org"):
        mem0.add("I like tea", user_id=user, run_id="r1", infer=False)
    assert mem0.delete_users(user_id="alice")["message"] == "Entity deleted successfully."
    assert [texts(bank, user) for user in ("alice", "bob")] == [[], ["I like tea"]]
    mem0.delete_users()
    assert mem0.users()["results"] == []
    mem0.add("I like tea", user_id="alice", infer=False)
    assert mem0.reset() == {"message": "Client reset successful. All users and memories deleted."}
    assert texts(bank, "alice") == []
    with pytest.raises(ValueError, match="No entities to delete"):
        mem0.delete_users()


def test_delete_all_takes_one_persons_memories(mem0: Any, bank: Organisation) -> None:
    for user in ("alice", "bob"):
        mem0.add("I like tea", user_id=user, infer=False)
    assert mem0.delete_all(user_id="alice")["event_id"]
    assert [texts(bank, user) for user in ("alice", "bob")] == [[], ["I like tea"]]


@pytest.mark.parametrize("scope", ["nothing", "filters", "metadata", "wildcard"])
def test_delete_all_without_a_readable_scope_deletes_nothing(mem0: Any, bank: Organisation, scope: str) -> None:
    from mem0.client.types import DeleteAllMemoryOptions
    from mem0.exceptions import ValidationError

    mem0.add("I like tea", user_id="alice", infer=False)
    calls = {
        "nothing": mem0.delete_all,
        # Sent as the text of a Python dict, which is no JSON.
        "filters": lambda: mem0.delete_all(options=DeleteAllMemoryOptions(filters={"user_id": "alice"})),
        "metadata": lambda: mem0.delete_all(user_id="alice", metadata={"a": 1}),
        "wildcard": lambda: mem0.delete_all(user_id="*"),
    }
    with pytest.raises(ValidationError):
        calls[scope]()
    assert texts(bank, "alice") == ["I like tea"]
    assert [action for action, _ in bank.refusals()] == ["forget_scope"]


def test_the_async_client_does_the_same(server: str, bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    from mem0 import AsyncMemoryClient

    async def session() -> None:
        async with AsyncMemoryClient(api_key=bank.key_text, host=server) as mem0:
            [memory_id] = ids(await mem0.add("I like tea", user_id="alice", infer=False))
            [hit] = (await mem0.search("tea", filters={"user_id": "alice"}, threshold=0.0))["results"]
            assert hit["id"] == memory_id
            assert (await mem0.update(memory_id, text="I like mate"))["memory"] == "I like mate"
            assert (await mem0.get_all(filters={"user_id": "alice"}))["count"] == 1
            assert len(await mem0.history(memory_id)) == 2
            await mem0.delete(memory_id)
            assert (await mem0.users())["results"] == []

    asyncio.run(session())


def test_a_wrong_key_does_not_connect(server: str, bank: Organisation) -> None:
    with pytest.raises(ValueError, match="Invalid API key"):
        client(server, bank.key_text[:-1] + "x")


def test_a_key_without_the_capability_is_an_authentication_error(server: str, bank: Organisation) -> None:
    from mem0.exceptions import AuthenticationError

    reader = client(server, bank.another_key([Capability.RECALL]))
    with pytest.raises(AuthenticationError) as refused:
        reader.add("I like tea", user_id="alice", infer=False)
    assert refused.value.error_code == "HTTP_403"
    assert refused.value.details["code"] == "capability_missing"
    assert texts(bank, "alice") == []


def test_a_key_that_turns_bad_is_an_authentication_error(mem0: Any) -> None:
    from mem0.exceptions import AuthenticationError

    mem0.client.headers["Authorization"] = "Token m0st_000000000000_00"
    with pytest.raises(AuthenticationError) as refused:
        mem0.get(str(uuid4()))
    assert refused.value.error_code == "HTTP_401"


@pytest.mark.parametrize("bad", ["id", "filters", "conflict"])
def test_a_bad_value_or_a_conflict_is_a_validation_error(mem0: Any, bad: str) -> None:
    from mem0.exceptions import ValidationError

    tea, _ = ids(mem0.add([{"role": "user", "content": t} for t in ("tea", "mate")], user_id="alice", infer=False))
    calls = {
        "id": lambda: mem0.get("not-a-uuid"),
        "filters": lambda: mem0.get_all(filters={"colour": "red"}),
        "conflict": lambda: mem0.update(tea, text="mate"),
    }
    with pytest.raises(ValidationError) as refused:
        calls[bad]()
    assert refused.value.message == refused.value.details["detail"] == refused.value.details["error"]


def test_a_spent_minute_is_a_rate_limit_error_with_the_wait(
    mem0: Any, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from limits import RateLimitItemPerMinute
    from limits.storage import MemoryStorage
    from limits.strategies import FixedWindowRateLimiter
    from mem0.exceptions import RateLimitError

    limiter = FixedWindowRateLimiter(MemoryStorage()), RateLimitItemPerMinute(2)
    monkeypatch.setattr("api.web.throttling._limiter", lambda: limiter)
    for _ in range(2):
        mem0.users()
    before = len(bank.events())
    with pytest.raises(RateLimitError) as refused:
        mem0.users()
    assert 1 <= refused.value.debug_info["retry_after"] <= 61
    assert refused.value.debug_info["x_ratelimit_limit"] == "2"
    assert refused.value.debug_info["x_ratelimit_remaining"] == "0"
    assert len(bank.events()) == before
    another = {"Authorization": f"Token {bank.another_key()}"}
    assert mem0.client.get("/v1/entities/", headers=another).status_code == 200


def test_a_purpose_sent_twice_is_refused(server: str, bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    connection = HTTPConnection(server.removeprefix("http://"))
    body = b'{"filters": {"user_id": "alice"}}'
    connection.putrequest("POST", "/v3/memories/")
    for name, value in (
        ("Authorization", f"Token {bank.key_text}"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Purpose", "assistance"),
        ("X-Purpose", "assistance"),
    ):
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    assert answer.status == 403
    assert b"purpose_not_allowed" in answer.read()
    connection.close()
