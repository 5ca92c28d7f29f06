"""The demo's staff at work, for attacks that need a key or an officer. No attack itself."""

from __future__ import annotations

import base64
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from governance.totp import STEP_SECONDS, code_at

if TYPE_CHECKING:
    from pathlib import Path

    from tests.attacks.target import Target

SIGN_IN = "/governance/v1/session/sign-in/"
KEYS = "/governance/v1/keys/"
STEPPED_UP_SECONDS = 480  # a session is stepped up for ten minutes from its sign-in


def token(target: Target, username: str) -> str:
    """The session of admin, dpo, dpo-2, reviewer, auditor or keys: with both factors. One for eight minutes."""
    return _token(target.url, target.home, username, int(time.time() // STEPPED_UP_SECONDS))


def console_credentials(target: Target, username: str) -> dict[str, str]:
    """What somebody of the staff types to sign in now, with the code of this half minute."""
    person = next(one for one in target.demo["console"] if one["username"] == f"demo-{username}")
    step = int(time.time()) // STEP_SECONDS
    return {
        "tenant": target.demo["tenant_slug"],
        "username": person["username"],
        "password": person["password"],
        "code": code_at(base64.b32decode(person["totp_secret"]), step).decode(),
    }


@cache
def _token(url: str, home: Path, username: str, _moment: int) -> str:
    from tests.attacks.target import Target

    target = Target(url, home)
    for _ in range(3):
        status, answer = target.call("POST", SIGN_IN, console_credentials(target, username))
        if status == 200:
            return str(answer["token"])
        time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS)  # the code of this half minute was used by another attack
    raise RuntimeError(f"no session: {status}")


def claimed_key(target: Target, **asked: Any) -> str | None:
    """A key for `assistance` that an administrator asked for and an officer approved. None where it is refused."""
    body = {"purposes": ["assistance"], "default_purpose": "assistance", **asked}
    status, made = target.call("POST", KEYS, body, key=token(target, "admin"))
    if status != 201:
        return None
    _, approved = target.call("POST", f"{KEYS}{made['id']}/approve/", {}, key=token(target, "dpo"))
    _, claimed = target.call("POST", f"{KEYS}claim/", approved)
    return str(claimed["api_key"])
