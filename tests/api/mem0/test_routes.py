"""The shapes of Mem0's wire, request by request: slashes, headers, ids, replays, events, purposes."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from memstore.remember.learn import learn
from tests.support.asking import add, ask, listed
from tests.support.cast import DATABASES, Organisation, texts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

ADD, SEARCH, LIST = "/v3/memories/add/", "/v3/memories/search/", "/v3/memories/"
VERBATIM = {"messages": "I like tea", "infer": False}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/ping", 404),  # a redirect would lose the client
        ("POST", "/v3/memories/add", 404),
        ("POST", "/v3/memories", 404),
        ("GET", "/nowhere/", 404),
        ("GET", "/v3/memories/add/", 405),
        ("GET", "/v1/memories/", 405),
        ("POST", "/v1/ping/", 405),
        ("OPTIONS", "/v3/memories/", 405),
        ("FROBNICATE", "/v1/ping/", 405),
        ("GET", "/v2/entities/person/alice/", 404),
    ],
)
def test_what_is_not_served_is_answered_in_json_and_without_redirect(
    bank: Organisation, method: str, path: str, status: int
) -> None:
    answer = ask(bank, method, path)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert body["detail"] == body["error"] != ""
    assert body["code"]
    assert body["request_id"] == answer["X-Request-ID"]


def test_a_request_id_of_the_client_is_kept_if_it_is_a_uuid_and_replaced_otherwise(bank: Organisation) -> None:
    mine = str(uuid4())
    assert ask(bank, "GET", "/v1/ping/", headers={"X-Request-ID": mine})["X-Request-ID"] == mine
    made = ask(bank, "GET", "/v1/ping/", headers={"X-Request-ID": "alice@example.org"})["X-Request-ID"]
    assert UUID(made)
    ask(bank, "POST", SEARCH, {"query": "tea", "filters": {"user_id": "*"}}, headers={"X-Request-ID": mine})
    assert bank.events()[-1].request_id == UUID(mine)


@pytest.mark.parametrize("header", [("Authorization", "Token {}"), ("Authorization", "Bearer {}"), ("X-API-Key", "{}")])
def test_a_key_is_read_from_each_header_that_clients_send(bank: Organisation, header: tuple[str, str]) -> None:
    name, form = header
    answer = ask(None, "GET", "/v1/ping/", headers={name: form.format(bank.key_text)})
    tenant = str(bank.tenant.id)
    assert answer.json() == {"status": "ok", "org_id": tenant, "project_id": tenant, "user_email": None}


@pytest.mark.parametrize("header", ["", "Token", "Token ", "Basic YWxpY2U6cHc=", "Token m0st_0123_45", "Token é"])
def test_without_a_valid_key_the_answer_is_401_and_names_the_scheme(bank: Organisation, header: str) -> None:
    answer = ask(None, "GET", "/v1/ping/", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer.json()["detail"]


def test_ids_may_be_given_at_the_top_level_or_in_filters_and_must_agree(bank: Organisation) -> None:
    assert ask(bank, "POST", ADD, VERBATIM | {"user_id": "a1"}).status_code == 200
    assert ask(bank, "POST", ADD, VERBATIM | {"filters": {"user_id": "a2"}}).status_code == 200
    both = VERBATIM | {"user_id": "a3", "filters": {"user_id": "a3", "run_id": "r"}}
    assert ask(bank, "POST", ADD, both).status_code == 200
    assert [texts(bank, user) for user in ("a1", "a2", "a3")] == [["I like tea"]] * 3
    for ids in (
        {"user_id": "a4", "filters": {"user_id": "a5"}},
        {"filters": {"user_id": {"in": ["a4"]}}},
        {"filters": {"AND": [{"user_id": "a4"}]}},
        {"user_id": "a4", "filters": {"user_id": "a4", "colour": "red"}},
        {"filters": ["a4"]},
        {},
        {"user_id": None},
    ):
        answer = ask(bank, "POST", ADD, VERBATIM | ids)
        assert answer.status_code == 400, ids
        assert answer.json()["field"].startswith(("filters", "user_id"))
    assert texts(bank, "a4") == texts(bank, "a5") == []


def test_search_takes_ids_of_older_clients_beside_filters_and_all_must_hold(bank: Organisation) -> None:
    add(bank, "I like tea", user_id="alice", run_id="r1")
    add(bank, "I like tea too", user_id="alice", run_id="r2")
    body = {"query": "tea", "user_id": "alice", "filters": {"run_id": "r1"}, "threshold": 0}
    assert [hit["memory"] for hit in ask(bank, "POST", SEARCH, body).json()["results"]] == ["I like tea"]
    contradiction = {"query": "tea", "user_id": "bob", "filters": {"user_id": "alice"}, "threshold": 0}
    assert ask(bank, "POST", SEARCH, contradiction).json() == {"results": []}


def test_run_and_session_are_both_given(bank: Organisation) -> None:
    memory_id = add(bank, "I like tea", user_id="alice", run_id="r1")
    shown = ask(bank, "GET", f"/v1/memories/{memory_id}/").json()
    assert shown["run_id"] == shown["session_id"] == "r1"
    assert listed(bank, session_id="r1") == ["I like tea"]
    [entry] = ask(bank, "GET", f"/v1/memories/{memory_id}/history/").json()
    assert entry["run_id"] == entry["session_id"] == "r1"


def test_unknown_keys_are_ignored_and_named(bank: Organisation) -> None:
    answer = ask(bank, "POST", ADD, VERBATIM | {"user_id": "alice", "zeta": 1, "immutable": True})
    assert answer.status_code == 200
    assert answer["X-Memstore-Ignored"] == "immutable, zeta"
    search = ask(bank, "POST", SEARCH, {"query": "x", "filters": {"user_id": "alice"}, "rerank": True, "a b": 1})
    assert search["X-Memstore-Ignored"] == "rerank"
    plain = ask(bank, "POST", LIST, {"filters": {"user_id": "alice"}})
    assert not plain.has_header("X-Memstore-Ignored")


def test_fields_choose_what_is_shown_and_the_id_always_is(bank: Organisation) -> None:
    add(bank, "I like tea", user_id="alice")
    asked = {"query": "tea", "filters": {"user_id": "alice"}, "threshold": 0, "fields": ["memory", "nonsense"]}
    [hit] = ask(bank, "POST", SEARCH, asked).json()["results"]
    assert set(hit) == {"id", "memory"}
    [row] = ask(bank, "POST", LIST, {"filters": {"user_id": "alice"}, "fields": ["user_id"]}).json()["results"]
    assert set(row) == {"id", "user_id"}


def test_scores_are_explained_only_when_asked(bank: Organisation) -> None:
    add(bank, "I like tea", user_id="alice")
    asked = {"query": "tea", "filters": {"user_id": "alice"}, "threshold": 0}
    [plain] = ask(bank, "POST", SEARCH, asked).json()["results"]
    assert "score_breakdown" not in plain
    [explained] = ask(bank, "POST", SEARCH, asked | {"explain": True}).json()["results"]
    assert explained["score"] == plain["score"]
    assert explained["score_breakdown"]
    assert all(isinstance(part, float) for part in explained["score_breakdown"].values())


def test_without_async_mode_the_facts_are_in_the_answer(bank: Organisation) -> None:
    said = {"messages": [{"role": "user", "content": "My daughter is allergic to peanuts."}], "user_id": "alice"}
    now = ask(bank, "POST", ADD, said | {"async_mode": False}).json()
    assert now["status"] == "SUCCEEDED"
    assert ["peanuts" in fact["memory"] for fact in now["results"]] == [True]
    later = ask(bank, "POST", ADD, said | {"user_id": "bob"}).json()
    assert set(later) == {"event_id", "status", "message"}
    assert later["status"] == "PENDING"


def test_an_event_is_followed_from_pending_to_its_results(bank: Organisation) -> None:
    said = {"messages": "My daughter is allergic to peanuts.", "user_id": "alice"}
    number = ask(bank, "POST", ADD, said).json()["event_id"]
    pending = ask(bank, "GET", f"/v1/event/{number}/").json()
    assert (pending["status"], pending["results"]) == ("PENDING", [])
    learn(job_id=UUID(number), tenant_id=bank.tenant.id)
    done = ask(bank, "GET", f"/v1/event/{number}/").json()
    assert (done["status"], done["event_type"], len(done["results"])) == ("SUCCEEDED", "ADD", 1)


def test_events_are_shown_to_the_key_that_made_them_only(bank: Organisation) -> None:
    number = ask(bank, "POST", ADD, VERBATIM | {"user_id": "alice"}).json()["event_id"]
    mine = ask(bank, "GET", "/v1/events/").json()
    assert [entry["event_id"] for entry in mine["results"]] == [number]
    colleague = bank.another_key()
    assert ask(colleague, "GET", "/v1/events/").json()["results"] == []
    assert ask(colleague, "GET", f"/v1/event/{number}/").status_code == 404
    assert ask(bank, "GET", f"/v1/event/{number}/").json()["results"][0]["memory"] == "I like tea"


def test_pages_link_to_each_other_absolutely(bank: Organisation) -> None:
    for number in range(3):
        add(bank, f"fact {number}", user_id="alice")
    first = ask(bank, "POST", f"{LIST}?page=1&page_size=2", {"filters": {"user_id": "alice"}}).json()
    assert (first["count"], first["previous"]) == (3, None)
    assert first["next"] == "http://testserver/v3/memories/?page=2&page_size=2"
    second = ask(bank, "POST", LIST, {"filters": {"user_id": "alice"}, "page": 2, "page_size": 2}).json()
    assert (second["next"], second["previous"]) == (None, "http://testserver/v3/memories/?page=1&page_size=2")
    seen = [row["memory"] for row in first["results"] + second["results"]]
    assert seen == ["fact 2", "fact 1", "fact 0"]
    beyond = ask(bank, "POST", f"{LIST}?page=9&page_size=2", {"filters": {"user_id": "alice"}}).json()
    assert beyond["results"] == []


def test_deleting_takes_the_linked_flag_and_answers_with_json(bank: Organisation) -> None:
    plain, linked = add(bank, "one", user_id="alice"), add(bank, "two", user_id="alice")
    assert "cascade_count" not in ask(bank, "DELETE", f"/v1/memories/{plain}/").json()
    assert ask(bank, "DELETE", f"/v1/memories/{linked}/?delete_linked=true").json()["cascade_count"] == 0


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        (None, 200, None),  # the key's default
        ("assistance", 200, None),
        ("", 403, "purpose_missing"),
        ("marketing", 403, "purpose_not_allowed"),
        ("Assistance", 403, "purpose_not_allowed"),
        ("assistance,assistance", 403, "purpose_not_allowed"),  # as a server joins a header sent twice
        ('["assistance"]', 403, "purpose_not_allowed"),
        ("offers", 403, "consent_missing"),
    ],
)
def test_a_purpose_is_taken_as_it_is_or_refused(
    bank: Organisation, given: str | None, status: int, code: str | None
) -> None:
    headers = {} if given is None else {"X-Purpose": given}
    before = texts(bank, "alice")
    for path, body in ((ADD, VERBATIM | {"user_id": "alice"}), (SEARCH, {"query": "x", "user_id": "alice"})):
        answer = ask(bank, "POST", path, body, headers=headers)
        assert answer.status_code == status
        assert answer.json().get("code") == code
        if given:
            assert given not in answer.content.decode()
    assert texts(bank, "alice") == (["I like tea"] if status == 200 else before)


def test_a_key_without_a_default_must_name_its_purpose(bank: Organisation) -> None:
    key = bank.another_key(purposes=["assistance"], default_purpose="")
    body = VERBATIM | {"user_id": "alice"}
    assert ask(key, "POST", ADD, body).json()["code"] == "purpose_missing"
    assert ask(key, "POST", ADD, body, headers={"X-Purpose": "assistance"}).status_code == 200
    assert ask(key, "GET", "/v1/ping/").status_code == 200


def test_roles_and_names_of_messages_come_back(bank: Organisation) -> None:
    body = [
        {"role": "assistant", "content": "Noted."},
        {"role": "user", "content": "Hi", "name": "Al"},
    ]
    answer = ask(bank, "POST", ADD, {"messages": body, "infer": False, "user_id": "alice", "metadata": {"a": [1]}})
    assert [fact["data"] for fact in answer.json()["results"]] == [{"memory": "Noted."}, {"memory": "Hi"}]
    shown = ask(bank, "GET", f"/v1/memories/{answer.json()['results'][1]['id']}/").json()
    assert (shown["role"], shown["actor_id"], shown["metadata"]) == ("user", "Al", {"a": [1]})
