"""The demo's staff, as attacks use them: signed in with all their factors or with fewer, from here or elsewhere.

No attack itself.
"""

from __future__ import annotations

import base64
import http.client
import json
import time
import urllib.parse
from typing import TYPE_CHECKING, Any

from governance.access.totp import STEP_SECONDS, code_at

if TYPE_CHECKING:
    from tests.attacks.target import Target

SIGN_IN = "/governance/v1/session/sign-in/"
KEYS = "/governance/v1/keys/"
STEPPED_UP_SECONDS = 480.0  # a session is stepped up for ten minutes from its sign-in
TRIES = 3
_used: dict[tuple[str, str], int] = {}  # the last time step of each person's codes, as far as this process took them
_sessions: dict[tuple[str, str], tuple[str, float]] = {}


def proofs(target: Target, name: str, **changed: str) -> dict[str, str]:
    """Return the body of a sign-in of `demo-<name>`, without the code."""
    who = _person(target, name)
    said = {"tenant": target.demo["tenant_slug"], "username": who["username"], "password": who["password"]}
    return said | changed


def code(target: Target, name: str) -> str:
    """Return the code of their authenticator, each code once. Waits for the next one where this one was used."""
    while True:
        now = int(time.time()) // STEP_SECONDS
        step = max(now - 1, _used.get((target.url, name), 0) + 1)
        if step <= now + 1:
            _used[target.url, name] = step
            return code_at(base64.b32decode(_person(target, name)["totp_secret"]), step).decode()
        time.sleep(0.2)


def token(target: Target, name: str) -> str:
    """Return a session with both factors of admin, dpo, dpo-2, reviewer, auditor or keys; one for eight minutes."""
    known, at = _sessions.get((target.url, name), ("", 0.0))
    if known and time.monotonic() - at < STEPPED_UP_SECONDS:
        return known
    for _ in range(TRIES):  # others may have used codes before
        status, answer = target.call("POST", SIGN_IN, proofs(target, name, code=code(target, name)))
        if status == 200:
            _sessions[target.url, name] = str(answer["token"]), time.monotonic()
            return str(answer["token"])
    raise PermissionError(f"demo-{name} cannot sign in: {answer}")


def ask(target: Target, token: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Make one call of the governance API by a session."""
    return target.call(method, f"/governance/v1/{path}", body, key=token)


def sign_in_from(target: Target, address: str, body: dict[str, str]) -> int:
    """Return the status of a sign-in that comes from another address of this machine (127.0.0.0/8)."""
    where = urllib.parse.urlsplit(target.url)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=60, source_address=(address, 0))
    connection.request("POST", SIGN_IN, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def claimed_key(target: Target, **asked: Any) -> str | None:
    """Return a key for `assistance` that an administrator requested and an officer approved; None if refused."""
    body = {"purposes": ["assistance"], "default_purpose": "assistance", **asked}
    status, made = target.call("POST", KEYS, body, key=token(target, "admin"))
    if status != 201:
        return None
    _, approved = target.call("POST", f"{KEYS}{made['id']}/approve/", {}, key=token(target, "dpo"))
    _, claimed = target.call("POST", f"{KEYS}claim/", approved)
    return str(claimed["api_key"])


def _person(target: Target, name: str) -> dict[str, str]:
    return next(dict(one) for one in target.demo["console"] if one["username"] == f"demo-{name}")
