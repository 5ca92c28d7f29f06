"""The demo tenant's staff, signed in over HTTP with password and second factor."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING

from governance.access.totp import STEP_SECONDS, code_at

if TYPE_CHECKING:
    from tests.e2e.tree import Tree

SIGN_IN = "/governance/v1/session/sign-in/"


def tokens(tree: Tree) -> dict[str, str]:
    """By name without `demo-`: admin, dpo, dpo-2, reviewer, auditor, keys."""
    demo = json.loads((tree.home / "demo.json").read_text())
    found = {}
    for person in demo["console"]:
        step = int(time.time()) // STEP_SECONDS
        body = {
            "tenant": demo["tenant_slug"],
            "username": person["username"],
            "password": person["password"],
            "code": code_at(base64.b32decode(person["totp_secret"]), step).decode(),
        }
        status, answer = tree.call("POST", SIGN_IN, body)
        assert status == 200, answer
        found[person["username"].removeprefix("demo-")] = answer["token"]
    return found
