"""Isolation: the outsider on every route, scopes that ask for more, keys with one capability, keys that ended."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

from governance.guard import unauthenticated
from governance.ids import NIL
from governance.models import ApiKey, AuditEvent
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import MACHINE_CAPABILITIES, Capability, ReasonCode, SubjectKind
from tests.support.asking import add, ask, listed, request_for, routes, steady
from tests.support.cast import DATABASES, Organisation

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

ROUTES = sorted(routes())
BY_ID = [route for route in ROUTES if route[0] in {"memory", "memory-history", "memory-undo", "memory-batch", "event"}]
NOBODY = {"user": "never-seen", "memory": "00000000-0000-7000-8000-000000000000", "event": str(UUID(int=7))}


def told(organisation: Organisation, user: str = "alice") -> dict[str, str]:
    """Remember something of a user. Returns the ids by which it could be asked for."""
    body = {"messages": f"I am {user} and like tea", "infer": False, "user_id": user, "agent_id": "advisor"}
    done = ask(organisation, "POST", "/v3/memories/add/", body).json()
    return {"user": user, "memory": done["results"][0]["id"], "event": done["event_id"]}


def visible(organisation: Organisation) -> dict[str, list[str]]:
    """Return all that the organisation has of its people."""
    return {user: listed(organisation, user_id=user) for user in ("alice", "bob", "carol")}


@pytest.mark.parametrize("route", ROUTES)
def test_the_outsider_learns_and_changes_nothing_on_any_route(
    bank: Organisation, outsider: Organisation, route: tuple[str, str]
) -> None:
    theirs = told(bank)
    before = visible(bank)
    path, body = request_for(route, **theirs)
    foreign = ask(outsider, route[1], path, body)
    if route in BY_ID:
        assert foreign.status_code == 404
        assert outsider.refusals()[-1][1] == ReasonCode.NOT_FOUND
    else:
        assert foreign.status_code == 200
    answered = foreign.content.decode()
    for secret in ("I am alice", theirs["memory"], theirs["event"], str(bank.tenant.id)):
        assert secret not in answered
    assert visible(bank) == before
    if route == ("memory-add", "POST"):
        return  # the outsider has an alice of its own now
    path, body = request_for(route, **NOBODY)
    assert steady(foreign) == steady(ask(outsider, route[1], path, body))


@pytest.mark.parametrize("route", BY_ID)
def test_a_foreign_id_and_a_missing_one_leave_the_same_record(
    bank: Organisation, outsider: Organisation, route: tuple[str, str]
) -> None:
    for ids in (told(bank), NOBODY):
        path, body = request_for(route, **ids)
        ask(outsider, route[1], path, body)
    foreign, missing = outsider.events()
    assert (foreign.type, foreign.reason, foreign.subject_id) == (missing.type, missing.reason, missing.subject_id)
    assert foreign.subject_id is None
    assert len(bank.events()) == 1  # its own add


@pytest.mark.parametrize(
    "filters",
    [
        {"user_id": "alice", "memory_ids": ["<theirs>"]},
        {"AND": [{"user_id": "alice"}, {"memory_ids": {"in": ["<theirs>"]}}]},
        {"agent_id": "advisor"},
        {"user_id": {"in": ["alice", "bob"]}},
        {"OR": [{"user_id": "alice"}, {"agent_id": "advisor"}]},
    ],
)
def test_no_filter_reaches_another_tenant(
    bank: Organisation, outsider: Organisation, filters: dict[str, object]
) -> None:
    theirs = told(bank)
    named = json.loads(json.dumps(filters).replace("<theirs>", theirs["memory"]))
    assert listed(outsider, **named) == []
    search = {"query": "tea", "filters": named, "threshold": 0}
    assert ask(outsider, "POST", "/v3/memories/search/", search).json() == {"results": []}
    assert listed(bank, **named) == ["I am alice and like tea"]


def test_ids_of_two_tenants_in_one_batch_change_neither(bank: Organisation, outsider: Organisation) -> None:
    theirs, mine = told(bank), told(outsider)
    before = visible(bank), visible(outsider)
    for method in ("PUT", "DELETE"):
        ids = [{"memory_id": mine["memory"], "text": "changed"}, {"memory_id": theirs["memory"], "text": "changed"}]
        assert ask(outsider, method, "/v1/batch/", {"memories": ids}).status_code == 404
    assert (visible(bank), visible(outsider)) == before


def test_entities_and_events_are_the_tenants_own(bank: Organisation, outsider: Organisation) -> None:
    told(bank)
    told(outsider, "bob")
    named = {(entity["type"], entity["name"]) for entity in ask(outsider, "GET", "/v1/entities/").json()["results"]}
    assert named == {("user", "bob"), ("agent", "advisor")}
    assert ask(outsider, "GET", "/v1/events/").json()["count"] == 1


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"user_id": "*"}, "wildcard_scope"),
        ({"user_id": {"in": ["alice", "*"]}}, "wildcard_scope"),
        ({"AND": [{"user_id": "*"}]}, "wildcard_scope"),
        ({"NOT": {"user_id": "alice"}}, "unscoped"),
        ({"user_id": {"ne": "nobody"}}, "unscoped"),
        ({"OR": [{"user_id": "alice"}, {"categories": "food"}]}, "unscoped"),
        ({}, "unscoped"),
        ({"metadata": {"user_id": "alice"}}, "unscoped"),
    ],
)
def test_who_asks_for_everybody_gets_nobody_and_is_on_the_record(
    bank: Organisation, filters: dict[str, object], code: str
) -> None:
    told(bank)
    for path in ("/v3/memories/", "/v3/memories/search/"):
        answer = ask(bank, "POST", path, {"query": "tea", "filters": filters})
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert bank.refusals() == [("browse", code), ("recall", code)]


def test_a_pinned_scope_is_not_overridden_through_and(bank: Organisation) -> None:
    told(bank)
    told(bank, "bob")
    assert listed(bank, user_id="alice", AND=[{"user_id": "bob"}]) == []
    assert listed(bank, AND=[{"user_id": "alice"}, {"OR": [{"user_id": "bob"}, {"user_id": "alice"}]}]) == [
        "I am alice and like tea"
    ]


@pytest.mark.parametrize(
    "filters",
    [
        {"user_id": "bob"},
        {"user_id": {"in": ["alice", "bob"]}},
        {"OR": [{"user_id": "alice"}, {"user_id": "bob"}]},
        {"agent_id": "advisor"},
        {"user_id": "never-seen"},
    ],
)
def test_a_key_pinned_to_one_person_reaches_no_other(bank: Organisation, filters: dict[str, object]) -> None:
    told(bank)
    told(bank, "bob")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    key = bank.another_key(pinned_subject=alice.id)
    assert listed(key, user_id="alice") == ["I am alice and like tea"]
    answer = ask(key, "POST", "/v3/memories/", {"filters": filters})
    assert (answer.status_code, answer.json()["code"]) == (403, "pinned_elsewhere")
    assert bank.refusals()[-1] == ("browse", "pinned_elsewhere")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?user_id=*",
        "?user_id=%2A",
        "?user_id=*&agent_id=*&app_id=*&run_id=*",
        "?user_id=",
        "?filters=%7B%27user_id%27%3A+%27alice%27%7D",  # a Python dict, as Mem0's client sends it
        "?filters=%7B%22OR%22%3A%5B%5D%7D",
        "?filters=%7B%22user_id%22%3A%22*%22%7D",
        "?metadata=%7B%27a%27%3A+1%7D",
        "?user_id=alice&metadata=%7B%7D",
        "?user_id=alice&user_id=bob",
        "?user_id=alice&filters=%7B%22user_id%22%3A%22bob%22%7D",
        "?user_id=alice&page=1",
        "?user=alice",
    ],
)
def test_a_delete_whose_scope_cannot_be_read_deletes_nothing_and_is_on_the_record(
    bank: Organisation, query: str
) -> None:
    told(bank)
    told(bank, "bob")
    before = visible(bank)
    answer = ask(bank, "DELETE", f"/v1/memories/{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] in {"unscoped", "wildcard_scope", "unreadable_scope", "invalid_input"}
    [(action, reason)] = bank.refusals()
    assert (action, reason) in {
        ("forget_scope", ReasonCode.UNSCOPED),
        ("forget_scope", ReasonCode.WILDCARD_SCOPE),
        ("forget_scope", ReasonCode.UNREADABLE_SCOPE),
    }
    assert visible(bank) == before


def test_a_wildcard_entity_is_refused_on_the_record(bank: Organisation) -> None:
    told(bank)
    before = visible(bank)
    answer = ask(bank, "DELETE", "/v2/entities/user/*/")
    assert (answer.status_code, answer.json()["code"]) == (400, "wildcard_scope")
    assert bank.refusals() == [("forget_scope", "wildcard_scope")]
    assert visible(bank) == before


def test_a_delete_by_scope_takes_that_scope_and_nothing_beside_it(bank: Organisation) -> None:
    told(bank)
    told(bank, "bob")
    assert ask(bank, "DELETE", '/v1/memories/?filters={"user_id":"bob","agent_id":"advisor"}').status_code == 200
    assert visible(bank) == {"alice": ["I am alice and like tea"], "bob": [], "carol": []}


OWN = {("ping", "GET"), ("events", "GET")}  # any key may ask about itself
ALLOWED_BY = {
    Capability.REMEMBER: {("memory-add", "POST"), ("memory", "PUT"), ("memory-batch", "PUT"), ("memory-undo", "POST")},
    Capability.RECALL: {
        ("memory-search", "POST"),
        ("memory-list", "POST"),
        ("memory", "GET"),
        ("memory-history", "GET"),
    },
    Capability.FORGET: {("memory", "DELETE"), ("memory-batch", "DELETE")},
    Capability.FORGET_SUBJECT: set(),  # only together with `forget`
    Capability.LIST_SUBJECTS: {("entities", "GET")},
    Capability.SHARED_WRITE: set(),  # only together with `remember` or `forget`
    Capability.RECALL_SPECIAL: set(),  # only together with `recall`
    Capability.CONSENT_GRANT: set(),  # of the governance API
    Capability.REQUEST_RIGHTS: set(),  # likewise
    Capability.PORTAL_ISSUE: set(),  # likewise
}


@pytest.mark.parametrize("capability", MACHINE_CAPABILITIES)
def test_a_key_with_one_capability_does_what_it_names_and_nothing_else(
    bank: Organisation, capability: Capability
) -> None:
    key = bank.another_key([capability])
    done = set()
    for number, route in enumerate(ROUTES):
        ids = told(bank, f"user{number}")
        path, body = request_for(route, **ids)
        answer = ask(key, route[1], path, body)
        assert answer.status_code in {200, 403, 404, 409}
        if answer.status_code in {200, 409}:  # 409: it may, and nothing was replaced that could be undone
            done.add(route)
        else:
            assert listed(bank, user_id=ids["user"]) == [f"I am {ids['user']} and like tea"]
    assert done == ALLOWED_BY[capability] | OWN


def test_a_key_that_may_write_and_not_read_is_shown_no_text(bank: Organisation) -> None:
    ids = told(bank)
    answer = ask(bank.another_key([Capability.REMEMBER]), "PUT", f"/v1/memories/{ids['memory']}/", {"metadata": {}})
    assert answer.status_code == 200
    assert set(answer.json()) == {"id", "event_id"}


@pytest.mark.parametrize("ended", ["expired", "revoked"])
def test_a_key_that_ended_is_nobody_on_every_route(bank: Organisation, ended: str) -> None:
    ids = told(bank)
    key = bank.another_key()
    with tenant_context(bank.tenant.id):
        past = datetime.now(UTC) - timedelta(seconds=1)
        rows = ApiKey.objects.filter(name="another")
        rows.update(expires_at=past) if ended == "expired" else rows.update(revoked_at=past)
    before = visible(bank)
    for route in ROUTES:
        path, body = request_for(route, **ids)
        sound, unsound = ask(key, route[1], path, body), ask(key, route[1], path, raw=b"{")
        for answer in (sound, unsound):
            assert (answer.status_code, answer.json()["code"]) == (401, f"key_{ended}"), route
    assert visible(bank) == before
    assert set(bank.refusals()) == {("authenticate", f"key_{ended}")}


def test_a_stranger_is_refused_on_every_route_before_the_body_is_read(bank: Organisation) -> None:
    ids = told(bank)
    for route in ROUTES:
        path, _ = request_for(route, **ids)
        for key in (None, "m0st_000000000000_00", bank.key_text[:-1]):
            answer = ask(key, route[1], path, raw=b"{")
            assert answer.status_code == 401, route
    assert bank.refusals() == []


def test_refused_strangers_are_counted_once_a_minute(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(unauthenticated, "_counter", unauthenticated._Counter())
    monkeypatch.setattr(unauthenticated, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    with tenant_context(NIL):
        known = set(AuditEvent.objects.values_list("id", flat=True))
    for _ in range(3):
        ask(None, "GET", "/v1/ping/")
        ask(f"m0st_{'0' * 12}_{uuid4().hex}", "GET", "/v1/ping/")
    clock[0] += 61
    ask(None, "GET", "/v1/ping/")
    with tenant_context(NIL):
        events = AuditEvent.objects.exclude(id__in=known).order_by("at", "id")
        assert [(event.type, event.reason, event.n_items) for event in events] == [
            ("authenticate", "key_unknown", 1),
            ("authenticate", "key_unknown", 6),
        ]


def test_a_new_memory_of_the_outsider_is_its_own(bank: Organisation, outsider: Organisation) -> None:
    add(bank, "of the bank", user_id="alice")
    add(outsider, "of the outsider", user_id="alice")
    assert listed(bank, user_id="alice") == ["of the bank"]
    assert listed(outsider, user_id="alice") == ["of the outsider"]
