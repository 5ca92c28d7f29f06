"""A writer of the data database alone makes the worker destroy keys, by forged approvals and bent plans."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import rfc8785

from tests.attacks.databases import inside, keys_of, within
from tests.attacks.staff import token
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.attacks.target import Target

V1 = "/governance/v1"


def attack(target: Target) -> Outcome:
    """Bend the erasures of three held people, each in another way, and say that they are approved.

    A bystander is untouched.
    """
    bystander = _remembered(target)
    ways: dict[str, Callable[[dict[str, Any], str], dict[str, object]]] = {
        "plan": lambda bent, _person: {"plan": json.dumps(bent)},
        "digest": lambda bent, _person: {"plan_sha256": _digest(bent)},
        "both": lambda bent, _person: {"plan": json.dumps(bent), "plan_sha256": _digest(bent)},
        "another person": lambda bent, other: {"plan": json.dumps(bent), "subject_id": other},
    }
    other = _subject(target, bystander)
    before_other = keys_of(target, other)
    seen, held = [], True
    bent: dict[str, tuple[str, str, int]] = {}
    for way, bend in ways.items():
        request_id, subject_id = _held_and_planned(target)
        bent[way] = request_id, subject_id, keys_of(target, subject_id)
        with inside(target, "default") as data:
            planned = "SELECT id, plan FROM governance_erasure WHERE request_id = %s"
            found = data.execute(planned, [request_id]).fetchone()
            assert found is not None
            try:
                _say_approved(data, found[0], bend(_all_of(found[1]), other), target)
            except psycopg.errors.InsufficientPrivilege:
                seen.append(f"{way}: the database refuses it")
                del bent[way]
    within(20, lambda: not any(_runs(target, request_id) for request_id, *_ in bent.values()))
    for way, (request_id, subject_id, before) in bent.items():
        state, problem, alarms = _state(target, request_id)
        lost = before - keys_of(target, subject_id) + before_other - keys_of(target, other)
        alarm = state == "failed" and bool(problem) and alarms > 0
        held = held and lost == 0 and alarm
        seen.append(f"{way}: {lost} keys lost, {state}{' ' + problem if problem else ''}, {alarms} events")
    return Outcome(held, "; ".join(seen))


def _digest(plan: dict[str, Any]) -> bytes:
    """Return the digest as the planner computes it."""
    return hashlib.sha256(rfc8785.dumps(plan)).digest()


def _remembered(target: Target) -> str:
    name = f"held-{secrets.token_hex(6)}"
    body = {"messages": [{"role": "user", "content": "I like tea."}], "user_id": name, "infer": False}
    target.call("POST", "/v3/memories/add/", body)
    return name


def _subject(target: Target, name: str) -> str:
    _, found = target.call("POST", f"{V1}/subjects/lookup/", {"user_id": name}, key=token(target, "dpo"))
    return str(found.get("subject_id") or found["id"])


def _held_and_planned(target: Target) -> tuple[str, str]:
    """Return (request, subject) of a verified erasure that a hold keeps from being approved by itself."""
    name = _remembered(target)
    dpo, second = token(target, "dpo"), token(target, "dpo-2")
    body = {"user_id": name, "case_reference": "CASE-1"}
    _, hold = target.call("POST", f"{V1}/holds/", body, key=dpo)
    target.call("POST", f"{V1}/holds/{hold['id']}/approve/", {}, key=second)
    asked = {"user_id": name, "kind": "erasure", "channel": "letter"}
    _, opened = target.call("POST", f"{V1}/requests/", asked, key=dpo)
    request = opened["request"]
    target.call("POST", f"{V1}/requests/{request['id']}/verify/", {"method": "document"}, key=dpo)
    return request["id"], request["subject_id"]


def _all_of(plan: dict[str, Any]) -> dict[str, Any]:
    free = {"action": "erase", "ground": "", "n_kept": 0, "kept_until": None}
    return plan | {"n_holds": 0, "purposes": [part | free for part in plan["purposes"]]}


def _say_approved(data: Any, erasure_id: Any, bent: dict[str, object], target: Target) -> None:
    """Mark the erasure approved by two people, with the step that compares the plan marked done."""
    columns = {"state": "running", "approved_by": uuid4(), "lease_until": None, **bent}
    sets = ", ".join(f"{name} = %s" for name in columns)
    data.execute(
        f"UPDATE governance_erasure SET {sets}, approved_at = now() WHERE id = %s", [*columns.values(), erasure_id]
    )
    data.execute(
        "INSERT INTO governance_erasurestepdone (id, tenant_id, erasure_id, round, step, counts)"
        " VALUES (%s, %s, %s, 1, 'tombstone', '{}')",
        [uuid4(), str(target.demo["tenant"]), erasure_id],
    )


def _runs(target: Target, request_id: str) -> bool:
    """Whether the worker has said nothing about it."""
    state, problem, _ = _state(target, request_id)
    return state == "running" and not problem


def _state(target: Target, request_id: str) -> tuple[str, str, int]:
    """Return the state, the problem, and the number of events that say that an approval is broken."""
    with inside(target, "default") as data:
        row = data.execute(
            "SELECT id, state, problem FROM governance_erasure WHERE request_id = %s", [request_id]
        ).fetchone()
        assert row is not None
        events = "SELECT count(*) FROM governance_auditevent WHERE object_id = %s AND reason = 'approval_broken'"
        counted = data.execute(events, [row[0]]).fetchone()
        return row[1], row[2], counted[0] if counted else 0
