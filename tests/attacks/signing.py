"""The demo's staff, as an attack uses them: signed in with what they have, or with less, from here or elsewhere."""

from __future__ import annotations

import base64
import http.client
import json
import time
import urllib.parse
from typing import TYPE_CHECKING, Any

from governance.totp import STEP_SECONDS, code_at

if TYPE_CHECKING:
    from tests.attacks.target import Target

SIGN_IN = "/governance/v1/session/sign-in/"
_used: dict[tuple[str, str], int] = {}  # the last time step of each person's codes, as far as this process took them


def proofs(target: Target, name: str, **changed: str) -> dict[str, str]:
    """A sign-in's body without the code: of `demo-<name>`."""
    who = _person(target, name)
    said = {"tenant": target.demo["tenant_slug"], "username": who["username"], "password": who["password"]}
    return said | changed


def code(target: Target, name: str) -> str:
    """What their authenticator app shows, each once. Waits for the next one where all of this moment are used."""
    while True:
        now = int(time.time()) // STEP_SECONDS
        step = max(now - 1, _used.get((target.url, name), 0) + 1)
        if step <= now + 1:
            _used[target.url, name] = step
            return code_at(base64.b32decode(_person(target, name)["totp_secret"]), step).decode()
        time.sleep(1)


def signed_in(target: Target, name: str) -> str:
    """The token of a session with both proofs. Others may have used codes before: three are tried at most."""
    for _ in range(3):
        status, answer = target.call("POST", SIGN_IN, proofs(target, name, code=code(target, name)))
        if status == 200:
            return str(answer["token"])
    raise PermissionError(f"demo-{name} cannot sign in: {answer}")


def ask(target: Target, token: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """One call of the governance API by a session."""
    return target.call(method, f"/governance/v1/{path}", body, key=token)


def sign_in_from(target: Target, address: str, body: dict[str, str]) -> int:
    """The status of a sign-in that comes from another address of this machine (127.0.0.0/8)."""
    where = urllib.parse.urlsplit(target.url)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=60, source_address=(address, 0))
    connection.request("POST", SIGN_IN, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def _person(target: Target, name: str) -> dict[str, str]:
    return next(dict(one) for one in target.demo["console"] if one["username"] == f"demo-{name}")
