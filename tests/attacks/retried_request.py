"""A call that is sent again under its Idempotency-Key, as clients do whose first answer was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

V1 = "/governance/v1"


def attack(target: Target) -> Outcome:
    """Open a request, give a consent, and object, each twice under one key; then send another body under it."""
    user = f"attacked-{uuid4().hex}"
    asked = {"user_id": user, "kind": "access", "channel": "web"}
    first, again = _twice(target, f"{V1}/requests/", asked)
    problems = [] if first[0] == 201 else [f"the first request was answered with {first[0]}"]
    if again[1].get("id") != _id(first[1]) or again[0] != 409:
        problems.append(f"requests: {first[0]} and {again[0]}, two of them")
    if "receipt" in again[1]:
        problems.append("the receipt was shown twice")
    consent = {"user_id": user, "purpose": "personalisation", "channel": "web", "notice": target.demo["notice"]}
    _twice(target, f"{V1}/consents/grant/", consent)
    _, history = target.call("POST", f"{V1}/consents/history/", {"user_id": user})
    if len(history["events"]) != 1:
        problems.append(f"consents: {len(history['events'])} events")
    other = _twice(target, f"{V1}/consents/grant/", consent, asked_again=consent | {"channel": "phone"})[1]
    if other[0] not in (409, 422):
        problems.append(f"another body under the same key: {other[0]}")
    return Outcome(held=not problems, seen="; ".join(problems) or "one request, one event; another body is refused")


def _twice(target: Target, path: str, body: object, asked_again: object = None) -> tuple[Any, Any]:
    key = uuid4().hex
    return (
        target.call("POST", path, body, Idempotency_Key=key),
        target.call("POST", path, asked_again or body, Idempotency_Key=key),
    )


def _id(opened: dict[str, Any]) -> Any:
    return opened.get("id") or opened.get("request", {}).get("id")
