"""A consent dated ahead of the clock, so that the withdrawal that follows it comes too early to count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

PURPOSE = "personalisation"
# What the withdrawal says of its time, in seconds from now; None says nothing.
SAID = (None, 0, -3600, -20 * 365 * 86_400, 240, 3600, 400 * 365 * 86_400)


def attack(target: Target) -> Outcome:
    """Grant with a time some minutes ahead, withdraw with any time, and read."""
    readable, refused = [], []
    for said in SAID:
        user = f"attacked-{uuid4().hex}"
        status, answer = _choose(target, "grant", user, 240, notice=target.demo["notice"])
        if status not in (201, 400):
            return Outcome(held=False, seen=f"the consent was answered with {status}: {answer}")
        if status == 400:
            _choose(target, "grant", user, None, notice=target.demo["notice"])
        body = {"messages": "I collect old clocks", "user_id": user, "infer": False}
        target.call("POST", "/v3/memories/add/", body, X_Purpose=PURPOSE)
        status, _ = _choose(target, "withdraw", user, said)
        wanted = {"query": "what does she collect?", "filters": {"user_id": user}}
        read, found = target.call("POST", "/v3/memories/search/", wanted, X_Purpose=PURPOSE)
        if status != 201:
            refused.append(f"{said}: {status}")
        if read != 403:
            readable.append(f"{said}: {read}, {len(found.get('results', []))} memories")
    seen = f"{len(SAID)} withdrawals, refused: {refused or 'none'}, readable after them: {readable or 'none'}"
    return Outcome(held=not refused and not readable, seen=seen)


def _choose(target: Target, what: str, user: str, ahead: int | None, **more: str) -> tuple[int, object]:
    at = None if ahead is None else (datetime.now(UTC) + timedelta(seconds=ahead)).isoformat()
    body = {"user_id": user, "purpose": PURPOSE, "channel": "web", "at": at} | more
    return target.call("POST", f"/governance/v1/consents/{what}/", body)
