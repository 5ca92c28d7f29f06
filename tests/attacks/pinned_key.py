"""A key that is pinned to one agent tries every filter and every face for the memories of another agent."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tests.attacks.staff import claimed_key
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

SECRET = "the other agent was told about the blue folder"
CAPABILITIES = ("remember", "recall", "forget", "forget_subject")


def attack(target: Target) -> Outcome:
    """Request the key over the API, as an administrator would, and try. It may act for its own agent all the same."""
    mark = secrets.token_hex(4)
    mine, person = f"mine-{mark}", f"person-{mark}"
    others = [f"other-{number}-{mark}" for number in range(5)]  # which of two counted was a matter of luck once
    for one in others:
        _add(target, None, SECRET, user_id=person, agent_id=one)
    other = others[0]
    asked = {"name": f"pinned {mark}", "capabilities": CAPABILITIES}
    key = claimed_key(target, **asked, agent_id=mine)
    by_api = key is not None
    if key is None:  # as an operator had to, before the API could
        key = claimed_key(target, **asked)
        _pin(
            target, f"pinned {mark}", _add(target, None, "hello", user_id=person, agent_id=mine)[1]["results"][0]["id"]
        )
    met, _ = _add(target, key, "My own agent heard about tea", user_id=f"new-{mark}", agent_id=mine)
    _add(target, key, "My own agent heard about coffee", user_id=person, agent_id=mine)
    got: list[str] = []
    tries = _filters(mine, others, person)
    for name, filters in tries.items():
        for path, body in (("/v3/memories/search/", {"query": "blue folder", "threshold": 0}), ("/v3/memories/", {})):
            status, answer = target.call("POST", path, {**body, "filters": filters}, key=key)
            if status == 200 and SECRET in str(answer):
                got.append(f"{name} {path}")
    for query in (f"user_id={person}", f"user_id={person}&agent_id={other}", f"agent_id={other}"):
        target.call("DELETE", f"/v1/memories/?{query}", key=key)
    status, found = target.call("POST", "/v3/memories/", {"filters": {"user_id": person, "agent_id": other}})
    if SECRET not in str(found):
        got.append("delete by scope")
    status, own = target.call("POST", "/v3/memories/", {"filters": {"user_id": person, "agent_id": mine}}, key=key)
    seen = "; ".join(got) or f"{len(tries) * 2 + 3} tries reached only its own agent"
    if not by_api:
        seen += "; the API cannot pin a key to an agent"
    works = met == 200 and status == 200 and "coffee" in str(own)
    if not works:
        seen += f"; add for somebody new by its own agent: {met}, list of its own agent: {status}"
    return Outcome(held=not got and works and by_api, seen=seen)


def _filters(mine: str, others: list[str], person: str) -> dict[str, Any]:
    user, other = {"user_id": person}, others[0]
    return {
        **{f"in {place}": {**user, "agent_id": {"in": [mine, one]}} for place, one in enumerate(others)},
        "or": {**user, "OR": [{"agent_id": mine}, {"agent_id": other}]},
        "or of pairs": {"OR": [{**user, "agent_id": mine}, {**user, "agent_id": other}]},
        "or without it": {"OR": [{**user, "agent_id": mine}, user]},
        "not mine": {**user, "NOT": {"agent_id": mine}},
        "mine or not": {**user, "OR": [{"agent_id": mine}, {"NOT": {"agent_id": mine}}]},
        "ne": {**user, "agent_id": {"ne": mine}},
        "nin": {**user, "agent_id": {"nin": [mine]}},
        "wildcard": {**user, "agent_id": "*"},
        "nothing": user,
        "run": {"run_id": other, **user},
        "other": {**user, "agent_id": other},
        "other alone": {"agent_id": other},
        "both alone": {"agent_id": {"in": [mine, other]}},
    }


def _pin(target: Target, name: str, memory_id: str) -> None:
    """Pin the key of this name to the agent that a memory came through."""
    with target.connect() as database, database.transaction():
        database.execute("SELECT set_config('memstore.tenant', %s, true)", [target.demo["tenant"]])
        database.execute(
            "UPDATE governance_apikey SET pinned_agent = (SELECT agent_ref FROM memstore_memory WHERE id = %s)"
            " WHERE name = %s",
            [memory_id, name],
        )


def _add(target: Target, key: str | None, text: str, **ids: str) -> tuple[int, Any]:
    return target.call("POST", "/v3/memories/add/", {"messages": text, "infer": False, **ids}, key=key)
