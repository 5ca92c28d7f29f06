"""Staff of the demo, signed in for what an attack needs beside its key. Sessions are kept: a code counts once."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

from governance.totp import STEP_SECONDS, code_at

if TYPE_CHECKING:
    from tests.attacks.target import Target

STEPPED_UP_SECONDS = 480  # a session is stepped up for ten minutes from its sign-in
_sessions: dict[tuple[str, str], tuple[str, float]] = {}


def session_of(target: Target, username: str) -> str:
    """The token of a session with a fresh second factor. Waits for the next code where the present one was used."""
    known = _sessions.get((target.url, username))
    if known is not None and time.monotonic() - known[1] < STEPPED_UP_SECONDS:
        return known[0]
    demo = target.demo
    [person] = [one for one in demo["console"] if one["username"] == username]
    until = time.monotonic() + 2 * STEP_SECONDS
    while True:
        step = int(time.time()) // STEP_SECONDS
        body = {
            "tenant": demo["tenant_slug"],
            "username": username,
            "password": person["password"],
            "code": code_at(base64.b32decode(person["totp_secret"]), step).decode(),
        }
        status, answer = target.call("POST", "/governance/v1/session/sign-in/", body)
        if status == 200:
            _sessions[target.url, username] = str(answer["token"]), time.monotonic()
            return str(answer["token"])
        if time.monotonic() > until:
            raise RuntimeError(f"{username} cannot sign in: {status} {answer}")
        time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS + 0.1)
