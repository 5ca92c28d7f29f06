"""A refusal never tells who is known: no look-up before the decision, and the same statements after it.

A new route that names a person is in the table of `test_every_face_decides`, and so it is tried here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from governance.subjects.subjects import admit_subject, find_subject
from governance.vocabulary import Capability, SubjectKind
from memstore.forget.forget import forget_scope
from memstore.records.scope_ids import ScopeIds
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, say
from tests.support.query_counts import shapes
from tests.support.signed_in import signed_in
from tests.support.world import World, path_of, world
from tests.walks.test_every_face_decides import BODIES, QUERIES, ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["world"]  # a fixture
pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

KNOWN, ERASED, ELSEWHERE, MISSING = "alice", "gone1", "other", "never"
PEOPLE = (KNOWN, ERASED, ELSEWHERE, MISSING)
# Tables with a person's rows: read before a refusal, these would tell. `keys` has the identities.
OF_PEOPLE = re.compile(
    r"\b(keyring_identity|keyring_datakey|governance_subject|governance_subjectpurpose|governance_consentevent"
    r"|memstore_memory|memstore_card|memstore_source|memstore_job)\b"
)
# An event's writing compares the subject's row with the decision; that is after it, and for everybody.
WRITES_AN_EVENT = re.compile(r"^\s*(WITH|INSERT INTO governance_audit)", re.IGNORECASE)
# In a route that names no person but a row of theirs, these ids are exchanged for an unknown one.
ROW = re.compile(r"<uuid:(\w+)>")
# A claim, a receipt and a link are looked up by what is presented, which decides what they may do.
PRESENTED = {"key-claim", "staff-enrol", "sign-in", "step-up", "request-follow", "copy-hand-out"}
# Any valid key or session may ask: what it may not know of gives one answer, after the same statements.
ANYBODYS = {"event"}
# Calls of keys to the governance API, and those that name no person.
OF_KEYS = {"consent-grant", "consent-withdraw", "consent-history", "objections", "requests", "portal-links"}
ABOUT_NOBODY = {"ping", "events"}
NAMING = [route for route in ROUTES if route[0] not in PRESENTED]


@dataclass
class Asked:
    status: int
    statements: list[str]


@pytest.fixture
def people(world: World, outsider: Organisation) -> World:
    """A world with four ids: one known here, one erased here, one known to another tenant, and one never known."""
    bank = world.organisation
    say(bank, ERASED, "I like tea")
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id=ERASED))
    assert find_subject(bank.tenant.id, SubjectKind.USER, ERASED) is None
    say(outsider, ELSEWHERE, "I like tea")
    return world


def asked(who: str, method: str, path: str, body: object) -> Asked:
    answers: list[int] = []

    def do() -> None:
        answers.append(ask(who, method, path, body).status_code)

    found = shapes(do)
    return Asked(answers[0], found)


def lacking(world: World, template: str) -> str:
    """Return a key or a session that may hardly do anything."""
    if template.startswith("governance/"):
        return signed_in(world.organisation, "kay")
    return world.organisation.another_key([Capability.LIST_SUBJECTS])


def about(name: str, body: object) -> object:
    """Return the body with the known id replaced by another."""
    return None if body is None else json.loads(json.dumps(body).replace(f'"{KNOWN}"', f'"{name}"'))


def variants(world: World, template: str, query: str) -> list[tuple[str, str]]:
    """Return (id of a person, path): for each of the four people, and with each row's id replaced by an unknown one."""
    path = path_of(template, world) + query
    found = [(name, path.replace(KNOWN, name)) for name in PEOPLE]
    for row in ROW.findall(template):
        known = str(world.ids.get(row, ""))
        found += [(KNOWN, path.replace(known, str(uuid4())))] if known else []
    return found


def body_of(name: str, method: str, world: World) -> Any:
    if method == "GET" or (method == "DELETE" and name != "memory-batch"):
        return None
    if name == "memory-batch":
        return {"memories": [{"memory_id": str(world.ids["memory_id"]), "text": "changed"}]}
    return BODIES.get(name, {})


def tries(who: str, world: World, route: tuple[str, str, str]) -> list[Asked]:
    """Make the request about each of the people and the rows."""
    name, method, template = route
    query, body = QUERIES.get(name, ""), body_of(name, method, world)
    ask(who, method, path_of(template, world) + query, body)  # who asks is known to this process from now on
    return [asked(who, method, path, about(one, body)) for one, path in variants(world, template, query)]


def uneven(tried: list[Asked]) -> list[str]:
    """Return the first difference of each answer from the first one, by status and statements."""
    first, found = tried[0], list[str]()
    for one in tried[1:]:
        if (one.status, one.statements) != (first.status, first.statements):
            pairs = zip_longest(first.statements, one.statements, fillvalue="nothing")
            found += [
                f"{first.status} {a} / {one.status} {b}" for a, b in pairs if a != b or first.status != one.status
            ][:1]
    return found


def test_who_may_not_is_refused_before_anybody_is_looked_up(people: World) -> None:
    """Every route, by a key that may list and nothing else, and by an officer who handles keys."""
    wrong: dict[str, object] = {}
    for route in NAMING:
        tried = tries(lacking(people, route[2]), people, route)
        if any(one.status < 400 for one in tried):
            continue  # whoever asks may do this
        looked = [one for one in tried[0].statements if OF_PEOPLE.search(one) and not WRITES_AN_EVENT.match(one)]
        if (looked and route[0] not in ANYBODYS) or uneven(tried):
            wrong[" ".join(route)] = looked or uneven(tried)
    assert not wrong


@pytest.mark.parametrize("pin", ["subject", "agent"])
def test_a_pinned_key_learns_of_nobody_else(people: World, pin: str) -> None:
    bank = people.organisation
    bob = admit_subject(bank.tenant.id, SubjectKind.USER, "bob")
    limits: dict[str, object] = {"pinned_subject": bob.id} if pin == "subject" else {"agent_id": "helper"}
    who, wrong = bank.another_key(None, **limits), dict[str, object]()
    for route in NAMING:
        if (route[2].startswith("governance/") and route[0] not in OF_KEYS) or route[0] in ABOUT_NOBODY:
            continue
        tried = tries(who, people, route)
        if tried[0].status not in {403, 404} or uneven(tried):
            wrong[" ".join(route)] = tried[0].status, uneven(tried)
    assert not wrong


def nothing_found(bank: Organisation) -> dict[str, Callable[[str], Asked]]:
    """Return calls that a key may make about any id, answered alike for a person without anything and an unknown id."""
    key = bank.key_text

    def filters(name: str) -> dict[str, Any]:
        return {"filters": {"user_id": name}}

    return {
        "search": lambda name: asked(key, "POST", "/v3/memories/search/", {"query": "tea", **filters(name)}),
        "list": lambda name: asked(key, "POST", "/v3/memories/", filters(name)),
        "delete": lambda name: asked(key, "DELETE", f"/v1/memories/?user_id={name}", None),
        "delete of a run": lambda name: asked(key, "DELETE", f"/v1/memories/?user_id={name}&run_id=r", None),
        "request": lambda name: asked(key, "POST", "/governance/v1/requests/", {"user_id": name, "kind": "access"}),
        "link": lambda name: asked(key, "POST", "/governance/v1/portal/links/", {"user_id": name}),
        "consents": lambda name: asked(key, "POST", "/governance/v1/consents/history/", {"user_id": name}),
        "objection": lambda name: asked(
            key, "POST", "/governance/v1/objections/", {"user_id": name, "purpose": "assistance"}
        ),
        "consent": lambda name: asked(
            key,
            "POST",
            "/governance/v1/consents/grant/",
            {"user_id": name, "purpose": "offers", "notice": "00", "channel": "web"},
        ),
        "for a purpose without consent": lambda name: _for_offers(key, name),
        "withdrawal": lambda name: asked(
            key, "POST", "/governance/v1/consents/withdraw/", {"user_id": name, "purpose": "offers", "channel": "web"}
        ),
    }


def _for_offers(key: str, name: str) -> Asked:
    body = {"query": "tea", "filters": {"user_id": name}}
    answers: list[int] = []

    def do() -> None:
        answers.append(ask(key, "POST", "/v3/memories/search/", body, headers={"X-Purpose": "offers"}).status_code)

    return Asked(-1, shapes(do))


QUESTIONS = (
    "search", "list", "delete", "delete of a run", "request", "link", "consents", "objection", "consent",
    "for a purpose without consent", "withdrawal",
)  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_where_the_answer_is_the_same_so_are_the_statements(
    bank: Organisation, outsider: Organisation, question: str
) -> None:
    put = nothing_found(bank)
    assert set(put) == set(QUESTIONS)
    put[question]("warm1")  # who asks, and the tenant's keys, are known to this process from now on
    admit_subject(bank.tenant.id, SubjectKind.USER, "known")
    admit_subject(outsider.tenant.id, SubjectKind.USER, ELSEWHERE)
    find_subject(bank.tenant.id, SubjectKind.USER, "known")
    hit = put[question]("known")
    for name in (MISSING, ELSEWHERE):
        miss = put[question](name)
        assert miss.status == hit.status
        assert miss.statements == hit.statements
