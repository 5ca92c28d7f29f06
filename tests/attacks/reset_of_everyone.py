"""A stolen key deletes one person after the other, as Mem0's `reset()` does."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg

from tests.attacks.staff import token
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.attacks.target import Target

LIMIT, PEOPLE = 3, 7
V1 = "/governance/v1"


def attack(target: Target) -> Outcome:
    """Delete seven people where three an hour are allowed; then an officer rejects what waits."""
    people = [f"attacked-{uuid4().hex}" for _ in range(PEOPLE)]
    for user in people:
        target.call("POST", "/v3/memories/add/", {"messages": "I live in Porto", "user_id": user, "infer": False})
    with _limit(target):
        answers = [target.call("DELETE", f"/v2/entities/user/{user}/") for user in people]
    waiting = {
        user: answer["event_id"]
        for user, (_, answer) in zip(people, answers, strict=True)
        if answer.get("status") == "PENDING"
    }
    problems = []
    if PEOPLE - len(waiting) > LIMIT:
        problems.append(f"{PEOPLE - len(waiting)} of {PEOPLE} people were destroyed at once")
    events = {target.call("GET", f"/v1/event/{event_id}/")[1].get("status") for event_id in waiting.values()}
    if events - {"PENDING"}:
        problems.append(f"events of what waits are {sorted(map(str, events))}")
    readable = [user for user in waiting if _found(target, user)[0] == 200 and _found(target, user)[1]]
    if readable:
        problems.append(f"{len(readable)} of those that wait can be read")
    if waiting:
        officer = token(target, "dpo")
        for event_id in waiting.values():
            target.call("POST", f"{V1}/requests/{event_id}/erasure/reject/", {"ground": "12(2)"}, key=officer)
        restored = sum(_found(target, user) == (200, 1) for user in waiting)
        if restored != len(waiting):
            problems.append(f"{restored} of {len(waiting)} are there again after the rejection")
    seen = f"{PEOPLE - len(waiting)} destroyed, {len(waiting)} waited and were restored by an officer's rejection"
    return Outcome(held=not problems, seen="; ".join(problems) or seen)


def _found(target: Target, user: str) -> tuple[int, int]:
    status, answer = target.call("POST", "/v3/memories/", {"filters": {"user_id": user}})
    return status, len(answer.get("results", []))


@contextmanager
def _limit(target: Target) -> Iterator[None]:
    """Set the tenant's limit low meanwhile, as the owner of the database; a version without one has none."""
    change = "UPDATE governance_tenant SET key_deletions_per_hour = %s WHERE id = %s RETURNING id"
    read = "SELECT key_deletions_per_hour FROM governance_tenant WHERE id = %s"
    tenant = target.demo["tenant"]
    with target.connect(role="postgres") as owner:
        try:
            before = owner.execute(read, [tenant]).fetchone()
        except psycopg.errors.UndefinedColumn:
            yield
            return
        assert before is not None
        owner.execute(change, [LIMIT, tenant])
        try:
            yield
        finally:
            owner.execute(change, [before[0], tenant])
